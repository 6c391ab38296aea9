/** Signing out: forgets the Gmail connection and its tokens, and revokes them at Google if no other site is harmed. */

import type { HeldSite } from '../sites/held-site.js';
import type { Stores } from '../sites/hold.js';
import type { Google } from './google.js';
import { liveKindOf } from './kinds.js';
import type { GrantOutcome } from './live-kind.js';

/**
 * Forgets a site's Gmail connection. The revocation comes first: without the token it could not be repeated.
 *
 * @param keepsGrant forget here only
 * @throws MailError `network`, `google-unavailable`: nothing has been forgotten then; of the stores
 */
export async function signOut(
  held: HeldSite,
  keepsGrant: boolean,
  world: Google & Stores,
): Promise<GrantOutcome> {
  const outcome = await held.disconnect((connection, confirm) =>
    liveKindOf(connection).end(held, connection, { keepsGrant, confirm }, world),
  );
  return outcome ?? { grant: 'kept' };
}
