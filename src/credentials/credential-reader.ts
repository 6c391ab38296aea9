/** Where secrets live, for those who only read them: the port that the OS keychain and the vault implement. */

/**
 * The fixed places for a site's secrets. Nothing has to be searched for: the site's name gives every slot. The two
 * slots of a kind take turns, so that a new secret is stored and proven before the old one is forgotten; the site's
 * record says which is current.
 */
export const SLOTS = [
  'smtp-password',
  'smtp-password-b',
  'google-token-a',
  'google-token-b',
  'google-access-token',
] as const;

/** The slot for a key that several sites use. It is stored under its own storage key, which is not a site's. */
export const SHARED_KEY_SLOT = 'service-account-key';

/** The slot for the token of a backend of WriteUpp’s settings. Its storage key is not a site's either. */
export const STORE_TOKEN_KEY = '@store';
export const STORE_TOKEN_SLOT = 'store-token';

/** One of the fixed places for a secret. */
export type Slot = (typeof SLOTS)[number] | typeof SHARED_KEY_SLOT | typeof STORE_TOKEN_SLOT;

/** The kinds of stores, by their names in WRITEUPP_MAIL_CREDENTIALS. */
export const STORE_KINDS = ['keychain', 'vault', 'team'] as const;

/** Which kind of store was chosen. */
export type CredentialStoreKind = (typeof STORE_KINDS)[number];

/**
 * A store of secrets. `siteKey` is the site's storage key (see `siteKey` in src/sites/site-name.ts). Every method
 * throws a MailError `keychain-unavailable`, `keychain-locked`, `keychain-timeout`, `vault-passphrase` (exit 6) or
 * `storage` (exit 1), and nothing else. Its message says what the store did, never what that means for a site: see
 * `secretChanged` in src/errors.ts.
 */
export interface CredentialReader {
  readonly kind: CredentialStoreKind;
  /** Where the secrets are, as shown to people: "the macOS Keychain", "the vault /home/…/vault". */
  readonly description: string;
  /** The secret, or null if the store is usable and holds none. Never null because the store is locked. */
  get(siteKey: string, slot: Slot): Promise<string | null>;
  /**
   * True if the store can tell, without being opened, that there is no such secret; then it also clears what killed
   * runs left of it. Absent if the store can't tell.
   */
  isMissing?(siteKey: string, slot: Slot): Promise<boolean>;
  /** Proves that the store works now: writes, reads back and deletes a dummy entry. */
  prove(): Promise<void>;
  /** Ends helper processes. Safe to call more than once. */
  close(): Promise<void>;
}
