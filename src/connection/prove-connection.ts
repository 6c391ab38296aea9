/** A site's Gmail connection, proven: its saved permission is there, and Google accepts it now. */

import { MailError } from '../errors.js';
import type { Issuer } from '../google/issuer.js';
import { oauthEndpoints } from '../google/metadata.js';
import { type AccessToken, refreshAccessToken } from '../google/oauth.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
import { newOAuth2Client } from '../google/transport.js';
import { refreshToken, requireSameStore, type SecretReader } from '../sites/secrets.js';
import type { GmailConnection, OAuthConnection, Site } from '../sites/site.js';
import { siteCommand } from '../words/command-line.js';
import { connectionFacts, type DelegatedTokens } from './delegated-tokens.js';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** What proving a connection needs. */
export interface ConnectionDeps {
  readonly credentials: SecretReader;
  readonly issuer: Issuer;
  /** The app that people sign in to; delegation needs none. @throws MailError `no-oauth-client`, … */
  readonly client: () => Promise<OAuthClient>;
  readonly delegation: DelegatedTokens;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** A connection that Google accepted in this run. */
export interface LiveConnection {
  readonly connection: GmailConnection;
  readonly accessToken: AccessToken;
}

/**
 * The connection on record, if it can count here: from this issuer and, where a person signed in, given to this OAuth
 * client.
 *
 * @throws MailError `sign-in-needed` with reason `not-connected`
 */
export async function requireConnection(
  site: Site,
  deps: Pick<ConnectionDeps, 'issuer' | 'client'>,
): Promise<GmailConnection> {
  const { gmail } = site;
  if (gmail === null) {
    throw notConnected(site.name, `"${site.name}" is not connected to a Google account.`);
  }
  if (gmail.issuer !== deps.issuer.id) {
    throw notConnected(
      site.name,
      `"${site.name}" was connected at ${gmail.issuer}, not at ${deps.issuer.id}, and the one never counts for the other.`,
    );
  }
  if (gmail.method === 'oauth' && gmail.clientId !== (await deps.client()).id) {
    throw notConnected(
      site.name,
      `"${site.name}" was connected with another Google client file than the one in use now.`,
    );
  }
  return gmail;
}

/**
 * Gets a fresh access token over a site's connection, from whichever source it has: the live proof that Google still
 * accepts it.
 *
 * @throws MailError `sign-in-needed` with the likeliest reason; `network`, `google-unavailable`;
 *   of the credential store
 */
export async function proveConnection(site: Site, deps: ConnectionDeps): Promise<LiveConnection> {
  const connection = await requireConnection(site, deps);
  if (connection.method === 'delegation') {
    requireSameStore(site, deps.credentials);
    const { delegation, credentials } = deps;
    const accessToken = await delegation.ofConnection(site.name, connection, credentials, deps);
    return { connection, accessToken };
  }
  const token = await refreshToken(site, connection, deps.credentials);
  if (token === null) {
    throw notConnected(
      site.name,
      `The saved permission of ${connection.email} is no longer in ${deps.credentials.description}.`,
    );
  }
  const accessToken = await refreshWith(token, site.name, connection, deps);
  return { connection, accessToken };
}

/** Refreshes with a given token: also for one that is stored and not yet on record. */
export async function refreshWith(
  token: string,
  siteName: string,
  connection: OAuthConnection,
  deps: Omit<ConnectionDeps, 'credentials'>,
): Promise<AccessToken> {
  const [client, endpoints] = [await deps.client(), await oauthEndpoints(deps.issuer, deps.signal)];
  return refreshAccessToken(
    newOAuth2Client(client, endpoints, deps.signal),
    token,
    {
      ...connectionFacts(siteName, connection, deps.now()),
      connectedAt: connection.connectedAt,
      lastUsedAt: connection.usedAt,
      sessionRefusals: refusalsSince(connection.refusals, deps.now().getTime() - WEEK_MS),
    },
    deps.signal,
  );
}

/** How often Google asked for a new sign-in lately. */
function refusalsSince(refusals: GmailConnection['refusals'], time: number): number {
  return refusals?.filter(({ at }) => Date.parse(at) > time).length ?? 0;
}

function notConnected(site: string, message: string): MailError {
  return new MailError(
    'sign-in-needed',
    message,
    `Connect it with: ${siteCommand('sign-in', site)}`,
    { reason: 'not-connected' },
  );
}
