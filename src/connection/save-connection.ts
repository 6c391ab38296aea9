/** Saving a new Gmail connection: the permission is stored, read back and proven before the old one is forgotten. */

import type { Identity } from '../google/id-token.js';
import type { AccessToken, TokenSet } from '../google/oauth.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import { kindOf } from '../sites/connection-kind.js';
import type { HeldSite, NewConnection } from '../sites/held-site.js';
import type { SecretReader } from '../sites/secrets.js';
import { storedKey } from '../sites/service-keys.js';
import type { Google } from './google.js';
import type { LiveConnection } from './prove-connection.js';
import { refreshWith } from './sign-in-kind.js';

/** A checked sign-in, ready to be saved. */
export interface SignedIn {
  readonly identity: Identity;
  readonly tokens: TokenSet & { readonly refreshToken: string };
}

/**
 * Saves a connection once what was read back from the credential store has proven it live.
 *
 * @throws MailError of the stores; `sign-in-needed`, `network`, …: the old connection is then as it was
 */
export async function saveConnection(
  held: HeldSite,
  { identity, tokens }: SignedIn,
  google: Google,
): Promise<LiveConnection> {
  const { name, gmail } = held.site;
  const signedInAt = google.now();
  const now = signedInAt.toISOString();
  const endsAt = endOf(tokens.refreshTokenLife, signedInAt);
  // The same account keeps its history: a habit shows only over several connections.
  const former = gmail === null ? null : kindOf(gmail).account(gmail);
  const refusals = former?.subject === identity.subject ? gmail?.refusals : undefined;
  const fresh: NewConnection = {
    method: 'oauth',
    email: identity.email,
    subject: identity.subject,
    issuer: google.issuer.id,
    clientId: (await google.client()).id,
    connectedAt: now,
    usedAt: now,
    test: null,
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(refusals === undefined ? {} : { refusals }),
  };
  return held.connect(fresh, tokens.refreshToken, async (readBack, connection) => ({
    connection,
    accessToken: await refreshWith(readBack, name, connection, google),
  }));
}

/** A delegation that Google has just accepted, ready to be saved. */
export interface Delegated {
  readonly serviceAccount: NamedServiceAccount;
  /** The person in whose name email is sent. */
  readonly account: string;
  readonly accessToken: AccessToken;
}

/**
 * Whether nothing of the service account just named needs saving: the same key is stored, or it has none.
 *
 * @throws MailError of the credential store
 */
export async function isKeyKept(
  { email, key }: NamedServiceAccount,
  { issuer }: Pick<Google, 'issuer'>,
  credentials: Pick<SecretReader, 'get'>,
): Promise<boolean> {
  return key === null || (await storedKey({ issuer: issuer.id, email }, credentials)) === key;
}

/** Saves a connection by delegation, and the service account's key. @throws MailError of the stores */
export async function saveDelegation(
  held: HeldSite,
  { serviceAccount: { email, clientId, key }, account, accessToken }: Delegated,
  google: Pick<Google, 'issuer' | 'now'>,
): Promise<LiveConnection> {
  const now = google.now().toISOString();
  const connection = await held.connectByDelegation(
    {
      method: 'delegation',
      email: account,
      issuer: google.issuer.id,
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
