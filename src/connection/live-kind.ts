/** What each kind of connection asks of Google: a token, and the end of the permission. */

import type { FailureFacts } from '../google/explain.js';
import type { AccessToken } from '../google/oauth.js';
import type { HeldSite } from '../sites/held-site.js';
import type { Stores } from '../sites/hold.js';
import type { SecretReader } from '../sites/secrets.js';
import type { GmailConnection, Site } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';
import type { Google } from './google.js';

/** What became of the permission at Google. */
export type GrantOutcome =
  | { readonly grant: 'kept' }
  /** Sites that connected the account while the permission was being ended: theirs may have ended with it. */
  | { readonly grant: 'revoked' | 'gone-already'; readonly connectedMeanwhile: readonly string[] }
  /** A revocation would stop email for these sites as well. Once Google was asked, their permission may have ended too. */
  | {
      readonly grant: 'kept-for-others';
      readonly others: readonly string[];
      readonly wasAsked: boolean;
    }
  /** Nobody signed in: the Admin console still allows it. The service account's key is deleted with its last site. */
  | { readonly grant: 'delegated'; readonly others: readonly string[] };

export interface LiveKind<C extends GmailConnection = GmailConnection> {
  /**
   * A fresh access token: the live proof that Google still accepts the connection.
   *
   * @throws MailError `sign-in-needed` with the likeliest reason; `network`, `google-unavailable`; of the credential
   *   store
   */
  token(site: Site, connection: C, secrets: SecretReader, google: Google): Promise<AccessToken>;
  /** What makes the explanation of a refusal more precise: who acts, and for whom. */
  facts(site: string, connection: C, now: Date): FailureFacts;
  /** The other sites that rely on the same permission. @throws MailError `storage` if that is not known */
  sharing(store: SiteStore, siteName: string, connection: C): Promise<readonly string[]>;
  /**
   * Ends the permission at Google, if that harms no other site.
   *
   * @param keepsGrant only forget it here
   * @param confirm makes sure, just before, that this run still holds the site and the account
   */
  end(
    held: HeldSite,
    connection: C,
    ending: { readonly keepsGrant: boolean; confirm(): Promise<void> },
    world: Google & Stores,
  ): Promise<GrantOutcome>;
}
