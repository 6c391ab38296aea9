/** Where secrets live, for the one who may change them. */

import type { CredentialReader, Slot } from './credential-reader.js';

/** A store of secrets that can be changed. Throws as `CredentialReader` does. */
export interface CredentialStore extends CredentialReader {
  /** Stores the secret and proves it: reads it back and compares. */
  set(siteKey: string, slot: Slot, secret: string): Promise<void>;
  /** Deletes the secret; false if there was none. Never false because the store is locked. */
  delete(siteKey: string, slot: Slot): Promise<boolean>;
}
