/** Keeping a new Gmail connection: the permission stored, read back and proven before the old one is forgotten. */

import type { Identity } from '../google/id-token.js';
import type { TokenSet } from '../google/oauth.js';
import type { HeldSite, NewConnection } from '../sites/held-site.js';
import { type ConnectionDeps, type LiveConnection, refreshWith } from './prove-connection.js';

/** A checked sign-in, ready to be kept. */
export interface SignedIn {
  readonly identity: Identity;
  readonly tokens: TokenSet & { readonly refreshToken: string };
}

/**
 * Keeps a connection, proven live with what was read back from the credential store.
 *
 * @throws MailError of the stores; `sign-in-needed`, `network`, …: the old connection is then as it was
 */
export async function saveConnection(
  held: HeldSite,
  { identity, tokens }: SignedIn,
  deps: Omit<ConnectionDeps, 'credentials'>,
): Promise<LiveConnection> {
  const { name, gmail } = held.site;
  const signedInAt = deps.now();
  const now = signedInAt.toISOString();
  const endsAt = endOf(tokens.refreshTokenLife, signedInAt);
  // The same account's history goes on: a habit shows only over several connections.
  const refusals = gmail?.subject === identity.subject ? gmail.refusals : undefined;
  const fresh: NewConnection = {
    email: identity.email,
    subject: identity.subject,
    issuer: deps.issuer.id,
    clientId: deps.client.id,
    connectedAt: now,
    usedAt: now,
    test: null,
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(refusals === undefined ? {} : { refusals }),
  };
  return held.connect(fresh, tokens.refreshToken, async (readBack, connection) => ({
    connection,
    accessToken: await refreshWith(readBack, name, connection, deps),
  }));
}

/** ISO 8601; the life is in seconds. */
function endOf(life: number | null, from: Date): string | undefined {
  return life === null ? undefined : new Date(from.getTime() + life * 1000).toISOString();
}
