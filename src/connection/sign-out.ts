/** Signing out: the Gmail connection and its tokens are forgotten here, and ended at Google where that harms no other site. */

import { MailError } from '../errors.js';
import { oauthEndpoints } from '../google/metadata.js';
import { revokeToken } from '../google/oauth.js';
import { newOAuth2Client } from '../google/transport.js';
import type { HeldSite } from '../sites/held-site.js';
import { refreshToken } from '../sites/secrets.js';
import { keyOwner, sitesUsing } from '../sites/service-keys.js';
import type { GmailConnection } from '../sites/site.js';
import { accountKey, type SiteStore } from '../sites/site-store.js';
import type { ConnectionDeps } from './prove-connection.js';

/** What became of the permission at Google. */
export type GrantOutcome =
  | { readonly grant: 'revoked' | 'gone-already' | 'kept' }
  /** A revocation would end email for these sites as well. */
  | { readonly grant: 'kept-for-others'; readonly others: readonly string[] }
  /** Nobody signed in: what the Admin console allows stays. The key of the service account goes with its last site. */
  | { readonly grant: 'delegated'; readonly others: readonly string[] };

/**
 * The sites that somebody signed in to the same Google account for: a revocation ends every permission of the program for that account,
 * on every computer. The account is known by Google's own key, since its address can change.
 *
 * @throws MailError `storage` if a record can't be read: then it is not known, and nothing may be revoked
 */
export async function sitesSharingAccount(
  store: SiteStore,
  siteName: string,
  connection: GmailConnection,
): Promise<string[]> {
  if (connection.method === 'delegation') {
    const owner = keyOwner(connection);
    return owner === null ? [] : sitesUsing(owner, store, siteName);
  }
  const sharing: string[] = [];
  for (const name of await store.names()) {
    const site = await store.read(name).catch((error: unknown) => {
      throw notKnownWhoShares(error, connection);
    });
    if (site === null || site.name === siteName || site.gmail?.method !== 'oauth') continue;
    if (accountKey(site.gmail) === accountKey(connection)) sharing.push(site.name);
  }
  return sharing;
}

/**
 * Forgets a site's Gmail connection. The revocation comes first: without the token it could not be repeated.
 *
 * @param keepGrant forget here only
 * @throws MailError `network`, `google-unavailable`: nothing was forgotten then; of the stores
 */
export async function signOut(
  held: HeldSite,
  store: SiteStore,
  keepGrant: boolean,
  deps: ConnectionDeps,
): Promise<GrantOutcome> {
  const outcome = await held.disconnect(async (connection) =>
    keepGrant && connection.method === 'oauth'
      ? ({ grant: 'kept' } as const)
      : endGrant(held, store, connection, deps),
  );
  return outcome ?? { grant: 'kept' };
}

async function endGrant(
  { site }: HeldSite,
  store: SiteStore,
  connection: GmailConnection,
  deps: ConnectionDeps,
): Promise<GrantOutcome> {
  if (connection.method === 'delegation') {
    return {
      grant: 'delegated',
      others: await sitesSharingAccount(store, site.name, connection),
    };
  }
  // A stand-in can't end what the real Google gave, nor the other way round.
  if (connection.issuer !== deps.issuer.id) return { grant: 'kept' };
  // Read once more: while the person was asked, another site may have connected this account.
  const others = await sitesSharingAccount(store, site.name, connection);
  if (others.length > 0) return { grant: 'kept-for-others', others };
  const token = await refreshToken(site, connection, deps.credentials);
  if (token === null) return { grant: 'gone-already' };
  const endpoints = await oauthEndpoints(deps.issuer, deps.signal);
  const client = newOAuth2Client(await deps.client(), endpoints, deps.signal);
  return { grant: await revokeToken(client, token, deps.signal) };
}

function notKnownWhoShares(error: unknown, { email }: GmailConnection): unknown {
  if (!(error instanceof MailError)) return error;
  return new MailError(
    error.code,
    error.message,
    `So it is not known whether another site sends through ${email} too, and the permission was not ended at Google.\n` +
      'To forget it on this computer only: writeupp-mail sign-out --keep-grant\n' +
      error.hint,
    error.details,
  );
}
