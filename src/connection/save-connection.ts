/** Keeping a new Gmail connection: the new permission stored and proven before the old one is forgotten. */

import type { Identity } from '../google/id-token.js';
import type { TokenSet } from '../google/oauth.js';
import {
  clearUnaccountedSecrets,
  requireSameCredentialStore,
  tokenSlot,
} from '../sites/secrets.js';
import type { GmailConnection, TokenSlot } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import type { SiteSession } from '../sites/site-session.js';
import { type ConnectionDeps, type LiveConnection, refreshWith } from './prove-connection.js';

/** A checked sign-in, ready to be kept. */
export interface NewConnection {
  readonly identity: Identity;
  readonly tokens: TokenSet & { readonly refreshToken: string };
}

/**
 * Stores the refresh token in the slot that is free, reads it back, refreshes with what was read, and only
 * then puts the connection on record and forgets the old token. Killed anywhere, the record names a token
 * that is stored; a token that the record does not name is cleared by the next command.
 *
 * @throws MailError of the credential store; `sign-in-needed`, `network`, …: the old connection is then as it was
 */
export async function saveConnection(
  session: SiteSession,
  { identity, tokens }: NewConnection,
  deps: ConnectionDeps,
): Promise<LiveConnection> {
  const { site } = session;
  requireSameCredentialStore(site, deps.credentials);
  const signedInAt = deps.now();
  const now = signedInAt.toISOString();
  const connection: GmailConnection = {
    email: identity.email,
    subject: identity.subject,
    issuer: deps.issuer.id,
    clientId: deps.client.id,
    tokenSlot: freeSlot(site.gmail),
    connectedAt: now,
    usedAt: now,
    test: null,
    endsAt: endOf(tokens.refreshTokenLife, signedInAt),
    // The same account's history goes on: a habit shows only over several connections.
    refusals: site.gmail?.subject === identity.subject ? site.gmail.refusals : undefined,
  };
  await deps.credentials.set(
    siteKey(site.name),
    tokenSlot(connection.tokenSlot),
    tokens.refreshToken,
  );
  const accessToken = await refreshWith(tokens.refreshToken, site.name, connection, deps);
  // The cached access token belongs to the old connection.
  await deps.credentials.delete(siteKey(site.name), 'google-access-token');
  await session.update({ gmail: connection, credentials: deps.credentials.kind });
  await clearUnaccountedSecrets(session.site, deps.credentials);
  return { connection, accessToken };
}

/** ISO 8601; the life is in seconds. */
function endOf(life: number | null, from: Date): string | undefined {
  return life === null ? undefined : new Date(from.getTime() + life * 1000).toISOString();
}

function freeSlot(current: GmailConnection | null): TokenSlot {
  return current?.tokenSlot === 'a' ? 'b' : 'a';
}
