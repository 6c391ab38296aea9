/** A person signed in with Google: the refresh token gives access tokens, and can be revoked. */

import { MailError } from '../errors.js';
import { oauthEndpoints } from '../google/metadata.js';
import { type AccessToken, refreshAccessToken, revokeToken } from '../google/oauth.js';
import { newOAuth2Client } from '../google/transport.js';
import { refreshToken } from '../sites/secrets.js';
import type { GmailConnection, OAuthConnection } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import type { Google } from './google.js';
import type { LiveKind } from './live-kind.js';
import { notConnected } from './not-connected.js';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

export const SIGN_IN: LiveKind<OAuthConnection> = {
  async token(site, connection, secrets, google) {
    const token = await refreshToken(site, connection, secrets);
    if (token !== null) return refreshWith(token, site.name, connection, google);
    // The record names the store before the first secret is stored: if it doesn’t, this computer never had one.
    const words = site.credentials === null ? 'not' : 'no longer';
    throw notConnected(
      site.name,
      `The saved permission of ${connection.email} is ${words} in ${secrets.description}.`,
    );
  },
  facts: (site, { email, clientId }, now) => ({ now, site, account: email, clientId }),
  sharing: sitesOfAccount,
  async end(held, connection, { keepsGrant, confirm }, { sites, issuer, client, signal }) {
    const { site } = held;
    // A stand-in can't revoke what the real Google granted, nor the other way round.
    if (keepsGrant || connection.issuer !== issuer.id) return { grant: 'kept' };
    const store = await sites();
    // While the person was being asked, another site may have connected this account.
    const known = await sitesOfAccount(store, site.name, connection);
    if (known.length > 0) return { grant: 'kept-for-others', others: known, wasAsked: false };
    const token = await refreshToken(site, connection, await held.credentials());
    if (token === null) return { grant: 'gone-already', connectedMeanwhile: [] };
    const app = newOAuth2Client(await client(), await oauthEndpoints(issuer, signal), signal);
    // Again just before each request, since Google may have been slow.
    const lastLook = async () => {
      // A claim that ends by time is renewed before it, so that the renewal takes no time after it.
      await confirm();
      const found = await sharersOf(store, site.name, connection);
      // Only then whether this run still has the account: a run that has since taken it over need not be in the records.
      if (found.others.length === 0) await confirm();
      return found;
    };
    let { others, isCounted } = await lastLook();
    if (others.length > 0) return { grant: 'kept-for-others', others, wasAsked: false };
    const grant = await revokeToken(app, token, signal, async () => {
      ({ others, isCounted } = await lastLook());
      return others.length === 0;
    });
    if (grant === 'not-repeated') return { grant: 'kept-for-others', others, wasAsked: true };
    // A store that counts can't keep other computers from connecting the account meanwhile: the person is at least told.
    const late = isCounted ? sitesOfAccount(store, site.name, connection).catch(() => []) : [];
    return { grant, connectedMeanwhile: await late };
  },
};

/** Refreshes with a given token, which may be stored but not yet in the record. */
export async function refreshWith(
  token: string,
  siteName: string,
  connection: OAuthConnection,
  { client, issuer, now, signal }: Google,
): Promise<AccessToken> {
  const [app, endpoints] = [await client(), await oauthEndpoints(issuer, signal)];
  return refreshAccessToken(
    newOAuth2Client(app, endpoints, signal),
    token,
    {
      ...SIGN_IN.facts(siteName, connection, now()),
      connectedAt: connection.connectedAt,
      lastUsedAt: connection.usedAt,
      sessionRefusals: refusalsSince(connection.refusals, now().getTime() - WEEK_MS),
    },
    signal,
  );
}

/** How often Google has recently asked for a new sign-in. */
function refusalsSince(refusals: GmailConnection['refusals'], time: number): number {
  return refusals?.filter(({ at }) => Date.parse(at) > time).length ?? 0;
}

async function sitesOfAccount(...of: Parameters<typeof sharersOf>): Promise<readonly string[]> {
  return (await sharersOf(...of)).others;
}

/**
 * The other sites for which somebody signed in to the same Google account: a revocation ends every permission of the
 * program for that account, on every computer.
 */
async function sharersOf(
  store: SiteStore,
  siteName: string,
  connection: OAuthConnection,
): Promise<{ readonly others: readonly string[]; readonly isCounted: boolean }> {
  const sharing = await store.sharing(connection);
  if (sharing === 'unknown') throw await notKnownWhoShares(store, connection);
  if ('count' in sharing) {
    const more = sharing.count - 1;
    const words = more === 1 ? 'one more in WriteUpp' : `${more} more in WriteUpp`;
    return { others: more < 1 ? [] : [words], isCounted: true };
  }
  const others = sharing.filter((name) => siteKey(name) !== siteKey(siteName));
  return { others, isCounted: false };
}

/** Reports the record that can't be read. */
async function notKnownWhoShares(store: SiteStore, { email }: GmailConnection): Promise<MailError> {
  let error = new MailError('storage', `A record in ${store.description} can’t be read.`, '');
  for await (const site of store.list()) if (site instanceof MailError) error = site;
  return new MailError(
    error.code,
    error.message,
    `So it is not known whether another site sends through ${email} too, and the permission was not ended at Google.\n` +
      'To forget it on this computer only: writeupp-mail sign-out --keep-grant\n' +
      error.hint,
    error.details,
  );
}
