/** The access token of a site's connection, kept for its hour: most messages need no refresh. */

import type { AccessToken } from '../google/oauth.js';
import { keptAccessToken } from '../sites/secrets.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { type ConnectionDeps, proveConnection, requireConnection } from './prove-connection.js';

/** A token that ends sooner is not used any more, in milliseconds: a request needs a moment to arrive. */
const MARGIN_MS = 60_000;

/** A connection, and a token to use it with. */
export interface UsableConnection {
  readonly connection: GmailConnection;
  readonly accessToken: AccessToken;
  /** The token was kept from an earlier run: Google may have ended it since. */
  readonly fromCache: boolean;
}

/** What using a connection needs: proving it, and a place for the token it gives. */
export interface UseDeps extends ConnectionDeps {
  /** Keeps a fresh token for later runs. Never fails: what could not be kept costs a refresh the next time. */
  readonly keepToken: (site: Site, connection: GmailConnection, content: string) => Promise<void>;
  /** Where a run that sends many messages keeps the token between them; absent for one message. */
  readonly memory?: TokenMemory;
}

/** A token that is remembered, and whose it is. */
export interface TokenMemory {
  current?: { readonly id: string; readonly accessToken: AccessToken };
}

/**
 * The connection with the token that is kept, or with a fresh one, which is kept then.
 *
 * @throws MailError as `proveConnection`
 */
export async function useConnection(site: Site, deps: UseDeps): Promise<UsableConnection> {
  const connection = await requireConnection(site, deps);
  const isFresh = ({ expiresAt }: AccessToken) => expiresAt - MARGIN_MS > deps.now().getTime();
  const remembered = deps.memory?.current;
  if (
    remembered !== undefined &&
    remembered.id === connection.id &&
    isFresh(remembered.accessToken)
  ) {
    return { connection, accessToken: remembered.accessToken, fromCache: true };
  }
  const kept = readKept(await keptAccessToken(site, connection, deps.credentials));
  if (kept === null || !isFresh(kept)) return refreshConnection(site, deps);
  remember(deps, connection, kept);
  return { connection, accessToken: kept, fromCache: true };
}

/** The connection with a fresh token, whatever is kept. @throws MailError as `proveConnection` */
export async function refreshConnection(site: Site, deps: UseDeps): Promise<UsableConnection> {
  const { connection, accessToken } = await proveConnection(site, deps);
  await deps.keepToken(site, connection, JSON.stringify(accessToken));
  remember(deps, connection, accessToken);
  return { connection, accessToken, fromCache: false };
}

function remember({ memory }: UseDeps, { id }: GmailConnection, accessToken: AccessToken) {
  if (memory !== undefined) memory.current = { id, accessToken };
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
