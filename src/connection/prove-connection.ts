/** Proves a site's Gmail connection: its saved permission is there, and Google accepts it now. */

import type { AccessToken } from '../google/oauth.js';
import { kindOf } from '../sites/connection-kind.js';
import type { SecretReader } from '../sites/secrets.js';
import type { GmailConnection, Site } from '../sites/site.js';
import type { Google } from './google.js';
import { liveKindOf } from './kinds.js';
import { notConnected } from './not-connected.js';

/** A connection that Google accepted in this run. */
export interface LiveConnection {
  readonly connection: GmailConnection;
  readonly accessToken: AccessToken;
}

/**
 * The stored connection, if it counts here: from this issuer and, where a person signed in, granted to this OAuth
 * client.
 *
 * @throws MailError `sign-in-needed` with reason `not-connected`
 */
export async function requireConnection(
  site: Site,
  google: Pick<Google, 'issuer' | 'client'>,
): Promise<GmailConnection> {
  const { gmail } = site;
  if (gmail === null) {
    throw notConnected(site.name, `"${site.name}" is not connected to a Google account.`);
  }
  if (gmail.issuer !== google.issuer.id) {
    throw notConnected(
      site.name,
      `"${site.name}" was connected at ${gmail.issuer}, not at ${google.issuer.id}, and the one never counts for the other.`,
    );
  }
  const clientId = kindOf(gmail).clientId(gmail);
  if (clientId !== null && clientId !== (await google.client()).id) {
    throw notConnected(
      site.name,
      `"${site.name}" was connected with another Google client file than the one in use now.`,
    );
  }
  return gmail;
}

/**
 * Gets a fresh access token for a site's connection of either kind: the live proof that Google still accepts it.
 *
 * @throws MailError `sign-in-needed` with the likeliest reason; `network`, `google-unavailable`; of the credential
 *   store
 */
export async function proveConnection(
  site: Site,
  secrets: SecretReader,
  google: Google,
): Promise<LiveConnection> {
  const connection = await requireConnection(site, google);
  const accessToken = await liveKindOf(connection).token(site, connection, secrets, google);
  return { connection, accessToken };
}
