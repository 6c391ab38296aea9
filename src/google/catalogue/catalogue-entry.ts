/** A catalogue row: how one of Google's refusals is recognised, and how it is explained. */
import type { Row, Who } from '../../text/catalogue.js';
import type { GoogleFailure } from '../failure.js';

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

/** A row about a failure at Google. It must make sense in docs/troubleshooting.md, where there are no facts. */
export interface CatalogueEntry extends Row<GoogleFailure, FailureFacts> {
  readonly id: string;
  /** Google's own words or reason, for docs/troubleshooting.md and anyone who searches for them. */
  readonly googleSays: string;
  readonly what: string;
  readonly who: Who;
  readonly hint: readonly string[];
  /** Lines that need the failure or the facts, such as a link or a command with the site's name. */
  readonly moreHints?: (failure: GoogleFailure, facts: FailureFacts) => readonly string[];
  /** Whether a message may have left; absent: Google's refusal proves that it did not. */
  readonly sent?: 'unknown';
}
