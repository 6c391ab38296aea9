/**
 * The keys of service accounts in the credential store: each is stored once, for all sites that use it, and is deleted
 * with the last of them. It is stored under the service account's own address; no site's key begins with @.
 */

import { SHARED_KEY_SLOT } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import { MailError } from '../errors.js';
import { type KeyOwner, keyOwner, ownerKey } from './key-owner.js';
import type { SecretReader } from './secrets.js';
import { siteKey } from './site-name.js';
import type { SiteClaim, SiteStore } from './site-store.js';

/** The claim to the site for which a key is kept or forgotten. */
type KeyClaim = Pick<SiteClaim, 'confirm'> & { readonly fence?: SiteClaim['fence'] | undefined };

/** The stored key of a service account, or null. @throws MailError of the credential store */
export function storedKey(
  { email }: KeyOwner,
  credentials: Pick<SecretReader, 'get'>,
): Promise<string | null> {
  return credentials.get(placeOf(email), SHARED_KEY_SLOT);
}

/**
 * Keeps a key, unless the very same is there already. The store reads back what it kept.
 *
 * @param claim to the site that will use it
 * @param beforehand done before the key is stored, if it has to be
 * @throws as `storedKey` does; `site-busy` if the claim was lost
 */
export async function keepKey(
  owner: KeyOwner,
  key: string,
  credentials: CredentialStore,
  claim: KeyClaim,
  beforehand?: () => Promise<void>,
): Promise<void> {
  if ((await storedKey(owner, credentials)) === key) return;
  await beforehand?.();
  await claim.confirm();
  await credentials.set(placeOf(owner.email), SHARED_KEY_SLOT, key, claim.fence);
}

/**
 * The sites that use a service account, except for one. A record that can't be read counts as using it, so that what it
 * may need is kept.
 */
export async function sitesUsing(
  owner: KeyOwner,
  store: SiteStore,
  exceptFor: string,
): Promise<string[]> {
  const using: string[] = [];
  for await (const { name } of usersOf(owner, store, exceptFor)) using.push(name);
  return using;
}

/** What became of a key to be forgotten; `unknown` if only a record that can't be read may need it. */
export type KeyFate = 'gone' | 'used' | 'unknown';

/**
 * Forgets a key that no other site uses. A site that was connected with it at that very moment gets it back: its record
 * is stored by then. Connecting takes no claim on the key, which thousands of sites would have to wait for.
 *
 * @throws as `storedKey`
 */
export async function forgetUnusedKey(
  owner: KeyOwner,
  store: SiteStore,
  exceptFor: string,
  credentials: CredentialStore,
  claim: KeyClaim,
): Promise<KeyFate> {
  const use = await useOf(owner, store, exceptFor);
  if (use !== null) return use;
  const key = await storedKey(owner, credentials);
  if (key === null) return 'gone';
  await claim.confirm();
  await credentials.delete(placeOf(owner.email), SHARED_KEY_SLOT, claim.fence);
  const useSince = await useOf(owner, store, exceptFor);
  if (useSince === null) return 'gone';
  await keepKey(owner, key, credentials, claim);
  return useSince;
}

/** Null if no other site uses a key, or may be using it. */
async function useOf(
  owner: KeyOwner,
  store: SiteStore,
  exceptFor: string,
): Promise<'used' | 'unknown' | null> {
  let use: 'unknown' | null = null;
  for await (const { isSure } of usersOf(owner, store, exceptFor)) {
    if (isSure) return 'used';
    use = 'unknown';
  }
  return use;
}

interface User {
  readonly name: string;
  /** Whether its record could be read, and says so. */
  readonly isSure: boolean;
}

async function* usersOf(
  owner: KeyOwner,
  store: SiteStore,
  exceptFor: string,
): AsyncGenerator<User> {
  for await (const site of store.list()) {
    const isUnread = site instanceof MailError;
    const name = isUnread ? (site.details.site ?? '') : site.name;
    if (siteKey(name) === siteKey(exceptFor)) continue;
    const other = isUnread ? owner : keyOwner(site.gmail);
    if (ownerKey(other) === ownerKey(owner)) yield { name, isSure: !isUnread };
  }
}

function placeOf(email: string): string {
  return `@${email.toLowerCase()}`;
}
