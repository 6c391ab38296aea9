/** Signing out: the Gmail connection and its tokens are forgotten here, and ended at Google where that harms no other site. */

import { oauthEndpoints } from '../google/metadata.js';
import { revokeToken } from '../google/oauth.js';
import { newOAuth2Client } from '../google/transport.js';
import { clearUnaccountedSecrets, tokenSlot } from '../sites/secrets.js';
import type { GmailConnection } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import type { SiteSession } from '../sites/site-session.js';
import type { SiteStore } from '../sites/site-store.js';
import type { ConnectionDeps } from './prove-connection.js';

/** What became of the permission at Google. */
export type GrantOutcome =
  | { readonly grant: 'revoked' | 'gone-already' | 'kept' }
  /** A revocation would end email for these sites as well. */
  | { readonly grant: 'kept-for-others'; readonly others: readonly string[] };

/**
 * The sites that use the same Google account through the same OAuth client: a revocation ends every
 * permission of the program for that account, on every computer.
 *
 * @throws MailError `storage` if a record can't be read: then it is not known, and nothing may be revoked
 */
export async function sitesSharingAccount(
  store: SiteStore,
  siteName: string,
  connection: GmailConnection,
): Promise<string[]> {
  const sharing: string[] = [];
  for (const name of await store.names()) {
    const site = await store.read(name);
    if (site === null || site.name === siteName) continue;
    const isSame =
      site.gmail?.subject === connection.subject && site.gmail.issuer === connection.issuer;
    if (isSame) sharing.push(site.name);
  }
  return sharing;
}

/**
 * Forgets a site's Gmail connection. The revocation comes first: without the token it could not be repeated.
 *
 * @param keepGrant forget here only
 * @throws MailError `network`, `google-unavailable`: nothing was forgotten then; `storage`; of the credential store
 */
export async function signOut(
  session: SiteSession,
  store: SiteStore,
  keepGrant: boolean,
  deps: ConnectionDeps,
): Promise<GrantOutcome> {
  const { gmail } = session.site;
  if (gmail === null) return { grant: 'kept' };
  const outcome = keepGrant
    ? ({ grant: 'kept' } as const)
    : await endGrant(session, store, gmail, deps);
  await session.update({ gmail: null });
  await clearUnaccountedSecrets(session.site, deps.credentials);
  return outcome;
}

async function endGrant(
  session: SiteSession,
  store: SiteStore,
  connection: GmailConnection,
  deps: ConnectionDeps,
): Promise<GrantOutcome> {
  // A stand-in can't end what the real Google gave, nor the other way round.
  if (connection.issuer !== deps.issuer.id) return { grant: 'kept' };
  const others = await sitesSharingAccount(store, session.site.name, connection);
  if (others.length > 0) return { grant: 'kept-for-others', others };
  const key = siteKey(session.site.name);
  const token = await deps.credentials.get(key, tokenSlot(connection.tokenSlot));
  if (token === null) return { grant: 'gone-already' };
  const endpoints = await oauthEndpoints(deps.issuer, deps.signal);
  const client = newOAuth2Client(deps.client, endpoints, deps.signal);
  return { grant: await revokeToken(client, token, deps.signal) };
}
