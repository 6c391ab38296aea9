/** Where secrets live, for those who only read them: the port that the OS keychain and the vault implement. */

/**
 * The fixed places for a site's secrets. Nothing has to be searched for: the site's name gives every slot.
 * The two of a kind take turns, so that a new secret is stored and proven before the old one is forgotten; the
 * site's record says which is current.
 */
export const SLOTS = [
  'smtp-password',
  'smtp-password-b',
  'google-token-a',
  'google-token-b',
  'google-access-token',
] as const;

/** The place of a key that several sites use: under a key of its own, which is no site's. */
export const SHARED_KEY_SLOT = 'service-account-key';

/** The place of the token for a backend of WriteUpp’s settings: under a key that is no site's either. */
export const STORE_TOKEN_KEY = '@store';
export const STORE_TOKEN_SLOT = 'store-token';

/** One of the fixed places for a secret. */
export type Slot = (typeof SLOTS)[number] | typeof SHARED_KEY_SLOT | typeof STORE_TOKEN_SLOT;

/** The kinds of stores, by their names in WRITEUPP_MAIL_CREDENTIALS. */
export const STORE_KINDS = ['keychain', 'vault', 'team'] as const;

/** Which kind of store was chosen. */
export type CredentialStoreKind = (typeof STORE_KINDS)[number];

/**
 * A store of secrets. `siteKey` is the site's storage key (see `siteKey` in src/sites/site-name.ts).
 * Every method throws a MailError `keychain-unavailable`, `keychain-locked`, `keychain-timeout`,
 * `vault-passphrase` (exit 6) or `storage` (exit 1), and nothing else. Its words tell what the store did, and
 * never what that means for a site: see `secretChanged` in src/errors.ts.
 */
export interface CredentialReader {
  readonly kind: CredentialStoreKind;
  /** Where the secrets are, in words: "the macOS Keychain", "the vault /home/…/vault". */
  readonly description: string;
  /** The secret, or null if the store is usable and holds none. Never null because the store is locked. */
  get(siteKey: string, slot: Slot): Promise<string | null>;
  /**
   * True where the store can tell, without being opened, that there is no such secret; what killed runs left of it is
   * cleared then. Absent where it can't.
   */
  isMissing?(siteKey: string, slot: Slot): Promise<boolean>;
  /** Proves that the store works now: writes, reads back and deletes a dummy entry. */
  prove(): Promise<void>;
  /** Ends helper processes. Safe to call more than once. */
  close(): Promise<void>;
}
