/** The access token of a site's connection, kept for its hour: most messages need no refresh. */

import { createHash } from 'node:crypto';
import { MailError } from '../errors.js';
import type { AccessToken } from '../google/oauth.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import { type ConnectionDeps, proveConnection, requireConnection } from './prove-connection.js';

const SLOT = 'google-access-token';

/** A token that ends sooner is not used any more, in milliseconds: a request needs a moment to arrive. */
const MARGIN_MS = 60_000;

/** A connection, and a token to use it with. */
export interface UsableConnection {
  readonly connection: GmailConnection;
  readonly accessToken: AccessToken;
  /** The token was kept from an earlier run: Google may have ended it since. */
  readonly fromCache: boolean;
}

/**
 * The connection with the token that is kept, or with a fresh one, which is kept then.
 *
 * @throws MailError as `proveConnection`
 */
export async function useConnection(site: Site, deps: ConnectionDeps): Promise<UsableConnection> {
  const connection = requireConnection(site, deps);
  const kept = readKept(await deps.credentials.get(siteKey(site.name), SLOT));
  const isUsable =
    kept !== null &&
    kept.connection === keyOf(connection) &&
    kept.expiresAt - MARGIN_MS > deps.now().getTime();
  return isUsable
    ? { connection, accessToken: kept, fromCache: true }
    : refreshConnection(site, deps);
}

/** The connection with a fresh token, whatever is kept. @throws MailError as `proveConnection` */
export async function refreshConnection(
  site: Site,
  deps: ConnectionDeps,
): Promise<UsableConnection> {
  const { connection, accessToken } = await proveConnection(site, deps);
  const kept: KeptToken = { ...accessToken, connection: keyOf(connection) };
  try {
    await deps.credentials.set(siteKey(site.name), SLOT, JSON.stringify(kept));
  } catch (error) {
    // What could not be kept costs a refresh the next time; it must not stop an email.
    if (!(error instanceof MailError)) throw error;
  }
  return { connection, accessToken, fromCache: false };
}

/** What the slot holds, as JSON. Windows Credential Manager takes 2,560 bytes: the token alone can have 2,048. */
interface KeptToken extends AccessToken {
  readonly connection: string;
}

/** A token of another connection (before a new sign-in, or of another issuer) never counts for this one. */
function keyOf({ issuer, clientId, subject, tokenSlot, connectedAt }: GmailConnection): string {
  const facts = JSON.stringify([issuer, clientId, subject, tokenSlot, connectedAt]);
  return createHash('sha256').update(facts).digest('base64url');
}

/** Null for anything that this version did not write: a refresh replaces it. */
function readKept(secret: string | null): KeptToken | null {
  try {
    const { token, expiresAt, connection } = JSON.parse(secret ?? '{}') as Partial<KeptToken>;
    const isWhole =
      typeof token === 'string' &&
      token !== '' &&
      typeof expiresAt === 'number' &&
      typeof connection === 'string';
    return isWhole ? { token, expiresAt, connection } : null;
  } catch {
    return null;
  }
}
