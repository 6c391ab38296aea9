/** A service account that sends in the account's name: nobody signs in, and nothing is revoked. */

import { keyOwner } from '../sites/key-owner.js';
import { requireSameStore } from '../sites/secrets.js';
import { sitesUsing } from '../sites/service-keys.js';
import type { DelegatedConnection } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';
import { factsOf } from './delegated-tokens.js';
import type { LiveKind } from './live-kind.js';

export const DELEGATION: LiveKind<DelegatedConnection> = {
  async token(site, connection, secrets, google) {
    requireSameStore(site, secrets);
    const delegation = await google.delegation();
    return delegation.ofConnection(site.name, connection, secrets, google);
  },
  facts: (site, { email, serviceAccount }, now) => factsOf(site, email, serviceAccount, now),
  sharing: sitesOfKey,
  async end({ site }, connection, _ending, { sites }) {
    return { grant: 'delegated', others: await sitesOfKey(await sites(), site.name, connection) };
  },
};

/** The sites that need the same key, which is deleted with the last of them. */
async function sitesOfKey(
  store: SiteStore,
  siteName: string,
  connection: DelegatedConnection,
): Promise<readonly string[]> {
  const owner = keyOwner(connection);
  return owner === null ? [] : sitesUsing(owner, store, siteName);
}
