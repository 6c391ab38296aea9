/** Keeps the access token of a connection for its hour, so that most messages need no refresh. */

import type { AccessToken } from '../google/oauth.js';
import { holdIfFree, type Stores } from '../sites/hold.js';
import { keptAccessToken } from '../sites/secrets.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { isUseNews, recordAccepted } from './connection-history.js';
import type { Google } from './google.js';
import { proveConnection, requireConnection } from './prove-connection.js';

/** A token that expires sooner is not used, in milliseconds: a request takes a moment to arrive. */
const MARGIN_MS = 60_000;

/** A connection, and a token to use it with. */
export interface UsableConnection {
  readonly connection: GmailConnection;
  readonly accessToken: AccessToken;
  /** The token was cached by an earlier run: Google may have revoked it since. */
  readonly fromCache: boolean;
}

/**
 * The connection with its cached token, or with a fresh one, which is then cached.
 *
 * @throws MailError as `proveConnection`
 */
export async function useConnection(site: Site, world: Google & Stores): Promise<UsableConnection> {
  const connection = await requireConnection(site, world);
  const isFresh = ({ expiresAt }: AccessToken) => expiresAt - MARGIN_MS > world.now().getTime();
  const remembered = world.tokens?.current;
  if (remembered?.id === connection.id && isFresh(remembered.accessToken)) {
    return { connection, accessToken: remembered.accessToken, fromCache: true };
  }
  const kept = readKept(await keptAccessToken(site, connection, await world.secrets()));
  if (kept === null || !isFresh(kept)) return refreshConnection(site, world);
  remember(world, connection, kept);
  return { connection, accessToken: kept, fromCache: true };
}

/** The connection with a fresh token, whether or not one is cached. @throws MailError as `proveConnection` */
export async function refreshConnection(
  site: Site,
  world: Google & Stores,
): Promise<UsableConnection> {
  const { connection, accessToken } = await proveConnection(site, await world.secrets(), world);
  await keepToken(site, connection, JSON.stringify(accessToken), world);
  remember(world, connection, accessToken);
  return { connection, accessToken, fromCache: false };
}

/** For later runs, if no other run holds the site. A token that could not be cached costs a refresh next time. */
async function keepToken(
  { name }: Site,
  connection: GmailConnection,
  content: string,
  world: Google & Stores,
): Promise<void> {
  await holdIfFree(world, name, async (held) => {
    await held.keepAccessToken(connection, content);
    if (isUseNews(connection, world.now())) await recordAccepted(held, connection, world.now());
  });
}

function remember({ tokens }: Google, { id }: GmailConnection, accessToken: AccessToken) {
  if (tokens !== null) tokens.current = { id, accessToken };
}

/** Null for anything that this version did not write: a refresh replaces it. */
function readKept(content: string | null): AccessToken | null {
  try {
    const { token, expiresAt } = JSON.parse(content ?? '{}') as Partial<AccessToken>;
    const isWhole = typeof token === 'string' && token !== '' && typeof expiresAt === 'number';
    return isWhole ? { token, expiresAt } : null;
  } catch {
    return null;
  }
}
