/**
 * The keys of service accounts in the credential store: each once, for all sites that use it, and gone with the last
 * of them. It is under the service account's own address; no site's key begins with @.
 */

import { SHARED_KEY_SLOT } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import type { SecretReader } from './secrets.js';
import type { GmailConnection } from './site.js';
import type { SiteStore } from './site-store.js';

/** A service account at an issuer: a rehearsal's never counts for the real one. */
export interface KeyOwner {
  readonly issuer: string;
  readonly email: string;
}

/** The service account whose key a connection needs; null if it needs none. */
export function keyOwner(gmail: GmailConnection | null): KeyOwner | null {
  if (gmail?.method !== 'delegation' || gmail.serviceAccount.signing !== 'key') return null;
  return { issuer: gmail.issuer, email: gmail.serviceAccount.email };
}

/** The stored key of a service account, or null. @throws MailError of the credential store */
export function storedKey(
  { email }: KeyOwner,
  credentials: Pick<SecretReader, 'get'>,
): Promise<string | null> {
  return credentials.get(placeOf(email), SHARED_KEY_SLOT);
}

/**
 * Keeps a key, unless it is there just so. The store reads back what it kept.
 *
 * @param beforeChange makes sure that this run may change it
 * @throws as `storedKey`, `beforeChange`
 */
export async function keepKey(
  owner: KeyOwner,
  key: string,
  credentials: CredentialStore,
  beforeChange: () => Promise<void> = async () => undefined,
): Promise<void> {
  if ((await storedKey(owner, credentials)) === key) return;
  await beforeChange();
  await credentials.set(placeOf(owner.email), SHARED_KEY_SLOT, key);
}

/**
 * The sites that use a service account, but for one. A record that can't be read counts as one that does: what it
 * may need is kept.
 */
export async function sitesUsing(
  owner: KeyOwner,
  store: SiteStore,
  exceptFor: string,
): Promise<string[]> {
  const using: string[] = [];
  for (const name of await store.names()) {
    const site = await store.read(name).catch(() => undefined);
    if (site === null || site?.name === exceptFor) continue;
    const other = site === undefined ? owner : keyOwner(site.gmail);
    if (other?.email === owner.email && other.issuer === owner.issuer) using.push(name);
  }
  return using;
}

/**
 * Forgets a key that no other site uses. A site that was connected with it in that very moment gets it back: it is
 * on record by then, and connecting takes no claim that thousands of sites would wait for.
 *
 * @throws as `storedKey`
 */
export async function forgetUnusedKey(
  owner: KeyOwner,
  store: SiteStore,
  exceptFor: string,
  credentials: CredentialStore,
): Promise<void> {
  if ((await sitesUsing(owner, store, exceptFor)).length > 0) return;
  const key = await storedKey(owner, credentials);
  if (key === null) return;
  await credentials.delete(placeOf(owner.email), SHARED_KEY_SLOT);
  if ((await sitesUsing(owner, store, exceptFor)).length > 0)
    await keepKey(owner, key, credentials);
}

function placeOf(email: string): string {
  return `@${email.toLowerCase()}`;
}
