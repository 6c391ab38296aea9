/** Keeping a new Gmail connection: the permission stored, read back and proven before the old one is forgotten. */

import type { Identity } from '../google/id-token.js';
import type { AccessToken, TokenSet } from '../google/oauth.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import type { HeldSite, NewConnection } from '../sites/held-site.js';
import type { SecretReader } from '../sites/secrets.js';
import { storedKey } from '../sites/service-keys.js';
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
  const isSame = gmail?.method === 'oauth' && gmail.subject === identity.subject;
  const refusals = isSame ? gmail.refusals : undefined;
  const fresh: NewConnection = {
    method: 'oauth',
    email: identity.email,
    subject: identity.subject,
    issuer: deps.issuer.id,
    clientId: (await deps.client()).id,
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

/** A delegation that Google has just accepted, ready to be kept. */
export interface Delegated {
  readonly serviceAccount: NamedServiceAccount;
  /** The person in whose name email is sent. */
  readonly account: string;
  readonly accessToken: AccessToken;
}

/**
 * Whether nothing of a service account that is named now has to be kept: its key is stored just so, or it has none.
 *
 * @throws MailError of the credential store
 */
export async function isKeyKept(
  { email, key }: NamedServiceAccount,
  { issuer }: Pick<ConnectionDeps, 'issuer'>,
  credentials: Pick<SecretReader, 'get'>,
): Promise<boolean> {
  return key === null || (await storedKey({ issuer: issuer.id, email }, credentials)) === key;
}

/** Keeps a connection by delegation, and the service account's key. @throws MailError of the stores */
export async function saveDelegation(
  held: HeldSite,
  { serviceAccount: { email, clientId, key }, account, accessToken }: Delegated,
  deps: Pick<ConnectionDeps, 'issuer' | 'now'>,
): Promise<LiveConnection> {
  const now = deps.now().toISOString();
  const connection = await held.connectByDelegation(
    {
      method: 'delegation',
      email: account,
      issuer: deps.issuer.id,
      serviceAccount: { email, clientId, signing: key === null ? 'keyless' : 'key' },
      connectedAt: now,
      usedAt: now,
      test: null,
    },
    key,
  );
  return { connection, accessToken };
}

/** ISO 8601; the life is in seconds. */
function endOf(life: number | null, from: Date): string | undefined {
  return life === null ? undefined : new Date(from.getTime() + life * 1000).toISOString();
}
