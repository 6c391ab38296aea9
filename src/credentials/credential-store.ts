/** Where secrets live: the port that the OS keychain and the passphrase vault implement. */

/**
 * The fixed places for a site's secrets. Nothing has to be searched for: the site's name gives every slot.
 * `google-token-a` and `google-token-b` take turns, so that a new refresh token is stored and proven
 * before the old one is forgotten; the site's record says which is current.
 */
export const SLOTS = [
  'smtp-password',
  'google-token-a',
  'google-token-b',
  'google-access-token',
] as const;

/** One of a site's fixed places for a secret. */
export type Slot = (typeof SLOTS)[number];

/** Which kind of store was chosen, by name, with WRITEUPP_MAIL_CREDENTIALS. */
export type CredentialStoreKind = 'keychain' | 'vault';

/**
 * A store of secrets. `siteKey` is the site's storage key (see `siteKey` in src/sites/site-name.ts).
 * Every method throws a MailError `keychain-unavailable`, `keychain-locked`, `keychain-timeout`,
 * `vault-passphrase` (exit 6) or `storage` (exit 1), and nothing else.
 */
export interface CredentialStore {
  readonly kind: CredentialStoreKind;
  /** Where the secrets are, in words: "the macOS Keychain", "the vault /home/…/vault". */
  readonly description: string;
  /** The secret, or null if the store is usable and holds none. Never null because the store is locked. */
  get(siteKey: string, slot: Slot): Promise<string | null>;
  /** Stores the secret and proves it: reads it back and compares. */
  set(siteKey: string, slot: Slot, secret: string): Promise<void>;
  /** Deletes the secret; false if there was none. Never false because the store is locked. */
  delete(siteKey: string, slot: Slot): Promise<boolean>;
  /** Proves that the store works now: writes, reads back and deletes a dummy entry. */
  prove(): Promise<void>;
  /** Ends helper processes. Safe to call more than once. */
  close(): Promise<void>;
}
