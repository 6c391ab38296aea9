/** Which secrets a site's record accounts for, and the clearing of those it does not. */

import { SLOTS, type Slot } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import { MailError } from '../errors.js';
import type { Site, TokenSlot } from './site.js';
import { siteKey } from './site-name.js';

/** The credential slot of a refresh token. */
export function tokenSlot(slot: TokenSlot): Slot {
  return slot === 'a' ? 'google-token-a' : 'google-token-b';
}

/** The slots that hold something a site needs. */
export function accountedSlots(site: Pick<Site, 'smtp' | 'gmail'>): ReadonlySet<Slot> {
  return new Set<Slot>([
    ...(site.smtp?.passwordStored ? (['smtp-password'] as const) : []),
    ...(site.gmail === null
      ? []
      : ([tokenSlot(site.gmail.tokenSlot), 'google-access-token'] as const)),
  ]);
}

/**
 * Deletes what a run that was killed left behind: every slot that the record does not account for.
 *
 * @throws MailError of the credential store
 */
export async function clearUnaccountedSecrets(
  site: Pick<Site, 'name' | 'smtp' | 'gmail'>,
  credentials: CredentialStore,
): Promise<void> {
  const accounted = accountedSlots(site);
  for (const slot of SLOTS) {
    if (!accounted.has(slot)) await credentials.delete(siteKey(site.name), slot);
  }
}

/**
 * A site's secrets are all in one credential store. Looking for them in the other one would find nothing,
 * and read as "never connected".
 *
 * @throws MailError `invalid-settings` that says which store to choose
 */
export function requireSameCredentialStore(site: Site, credentials: CredentialStore): void {
  if (accountedSlots(site).size === 0) return;
  if (site.credentials === null || site.credentials === credentials.kind) return;
  throw new MailError(
    'invalid-settings',
    `The secrets of "${site.name}" are in the ${site.credentials}, but the ${credentials.kind} was chosen.`,
    site.credentials === 'vault'
      ? 'Set WRITEUPP_MAIL_CREDENTIALS=vault and run the command again.'
      : 'Unset WRITEUPP_MAIL_CREDENTIALS (the keychain is the default) and run the command again.',
  );
}
