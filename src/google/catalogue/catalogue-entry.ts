/** A catalogue row: how one of Google's refusals is recognised, and how it is explained. */
import type { ErrorCode, ErrorDetails, SignInReason } from '../../errors.js';
import type { Who } from '../../text/catalogue.js';
import type { GoogleFailure, GoogleOperation } from '../failure.js';

/** What is known apart from Google's response; it sharpens the explanation. Times are ISO 8601. */
export interface FailureFacts {
  readonly now: Date;
  /** When the Google account was connected. */
  readonly connectedAt?: string | undefined;
  /** When the connection last worked. */
  readonly lastUsedAt?: string | undefined;
  /** How often Google asked for a new sign-in in the past week. */
  readonly sessionRefusals?: number | undefined;
  /** The connected account's address. */
  readonly account?: string | undefined;
  /** The client id in the Google client file. */
  readonly clientId?: string | undefined;
  /** The service account that acts for the account, and its numeric client id if known. */
  readonly serviceAccount?:
    | { readonly email: string; readonly clientId: string | null }
    | undefined;
  /** The site's name, for the command that fixes the failure. */
  readonly site?: string | undefined;
}

/** One way to recognise a row: every criterion given must hold; in a list, any one. */
export interface Match {
  /** OAuth `error` values. */
  readonly errors?: readonly string[];
  /** `errors[].reason` or `details[].reason` values. */
  readonly reasons?: readonly string[];
  /** Google's words: the error description or the message. */
  readonly text?: RegExp;
  /** An HTTP status, or the first and last of a range. */
  readonly status?: number | readonly [first: number, last: number];
  /** Connection codes, or `any`. */
  readonly networkCodes?: readonly string[] | 'any';
  readonly beforeSending?: true;
  readonly viaProxy?: true;
  readonly proxyAnswer?: true;
  readonly html?: true;
  /** The likeliest reason, from the response and the facts. */
  readonly signInReason?: SignInReason;
}

/** Rows are tried in order: the specific before the general. */
export interface CatalogueEntry {
  readonly id: string;
  /** Google's own words or reason, for docs/troubleshooting.md and anyone who searches for them. */
  readonly googleSays: string;
  /** The operations in which it can occur; absent: all. */
  readonly operations?: readonly GoogleOperation[];
  /** Any one of these is enough. */
  readonly match: readonly Match[];
  readonly code: ErrorCode;
  /** What happened, in plain words. */
  readonly what: string;
  readonly who: Who;
  /** What to do, one idea per line. */
  readonly hint: readonly string[];
  /** Lines that need the failure or the facts, such as a link or a command with the site's name. */
  readonly moreHints?: (failure: GoogleFailure, facts: FailureFacts) => readonly string[];
  /** What the row adds to the error's details. */
  readonly details?: (failure: GoogleFailure) => ErrorDetails;
  /** Whether a message may have left; absent: Google's refusal proves that it did not. */
  readonly sent?: 'unknown';
}
