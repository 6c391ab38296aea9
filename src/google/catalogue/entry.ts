/** The form of a catalogue row: how one of Google's refusals is recognised, and what a person is told. */
import type { ErrorCode, ErrorDetails, SignInReason } from '../../errors.js';
import type { GoogleFailure, GoogleOperation } from '../failure.js';

/** Who can put a failure right. */
export type Who =
  | 'you'
  | 'workspace-admin'
  | 'oauth-client-owner'
  | 'service-account-owner'
  | 'writeupp-support'
  | 'nobody-wait';

/** What is known beside Google's answer; it sharpens the explanation. Times are ISO 8601. */
export interface FailureFacts {
  readonly now: Date;
  /** When the Google account was connected. */
  readonly connectedAt?: string | undefined;
  /** When the connection last worked. */
  readonly lastUsedAt?: string | undefined;
  /** How many times in the past week Google asked for a new sign-in. */
  readonly sessionRefusals?: number | undefined;
  /** The connected account's address. */
  readonly account?: string | undefined;
  /** The client id in the Google client file. */
  readonly clientId?: string | undefined;
  /** The service account that acts for the account, and its numeric client id where that is known. */
  readonly serviceAccount?:
    | { readonly email: string; readonly clientId: string | null }
    | undefined;
  /** The site's name, to be named in the command that mends it. */
  readonly site?: string | undefined;
}

/** One way to recognise a row: every criterion given must hold; inside a list, any one. */
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
  /** The likeliest reason, from the answer and the facts. */
  readonly signInReason?: SignInReason;
}

/** One row of the catalogue. Rows are tried in order: the specific before the general. */
export interface CatalogueEntry {
  readonly id: string;
  /** Google's own words or reason, for docs/troubleshooting.md and for whoever searches for them. */
  readonly googleSays: string;
  /** The operations it can occur in; absent: all. */
  readonly operations?: readonly GoogleOperation[];
  /** Any one of these recognises it. */
  readonly match: readonly Match[];
  readonly code: ErrorCode;
  /** What happened, in plain words. */
  readonly what: string;
  readonly who: Who;
  /** What to do, one idea a line. */
  readonly hint: readonly string[];
  /** Lines that need the failure or the facts, such as a link or a command with the site's name. */
  readonly moreHints?: (failure: GoogleFailure, facts: FailureFacts) => readonly string[];
  /** What the row adds to the error's details. */
  readonly details?: (failure: GoogleFailure) => ErrorDetails;
  /** Whether a message can have left; absent: Google's refusal proves that it did not. */
  readonly sent?: 'unknown';
}
