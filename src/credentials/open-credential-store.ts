/** Chooses the credential store by name, and loads only the one that was chosen. */

import { MailError } from '../errors.js';
import { type CredentialStoreKind, STORE_KINDS } from './credential-reader.js';
import type { CredentialStore } from './credential-store.js';
import type { KeychainOptions } from './keychain.js';
import type { TeamOptions } from './team-store.js';
import type { VaultOptions } from './vault.js';

/** What each store needs to be opened. */
export interface CredentialStoreOptions {
  /** Called only if the keychain was chosen: a settings folder without a name in the keychain is given one. */
  readonly keychain: () => Promise<KeychainOptions>;
  readonly vault: VaultOptions;
  /** Throws if there is no shared store for it. */
  readonly team: () => Promise<TeamOptions>;
}

/** Opens the store. Nothing is started, read or asked for before its first call. */
export async function openCredentialStore(
  kind: CredentialStoreKind,
  options: CredentialStoreOptions,
): Promise<CredentialStore> {
  if (kind === 'vault') {
    const { openVault } = await import('./vault.js');
    return openVault(options.vault);
  }
  if (kind === 'team') {
    const { openTeam } = await import('./team-store.js');
    return openTeam(await options.team());
  }
  const { openKeychain } = await import('./keychain.js');
  return openKeychain(await options.keychain());
}

/**
 * Reads WRITEUPP_MAIL_CREDENTIALS. Unset or empty means the keychain; nothing else is guessed, because a secret stored
 * anywhere other than in the intended store would be looked for in vain.
 *
 * @throws MailError `invalid-settings` for any other word.
 */
export function readCredentialStoreKind(value: string | undefined): CredentialStoreKind {
  if (value === undefined || value === '') return 'keychain';
  const kind = STORE_KINDS.find((one) => one === value);
  if (kind !== undefined) return kind;
  throw new MailError(
    'invalid-settings',
    `WRITEUPP_MAIL_CREDENTIALS is ${JSON.stringify(value)}, which is not a store for passwords.`,
    'Set it to "keychain" (the keychain of this computer, also when it is not set), to "vault" (a file encrypted with a passphrase), or to "team" (sealed in the shared store of WRITEUPP_MAIL_STORE).',
  );
}
