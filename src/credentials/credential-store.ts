/** Where secrets live, for a run that may change them. */

import type { CredentialReader, Slot } from './credential-reader.js';

/** The claim under which a secret is changed, as a store in the same database knows it. */
export interface Fence {
  readonly key: string;
  /** A new one for each claim, and after each lost answer. */
  token: string;
  /** Set while a change whose answer was lost may still arrive under this token: the id that shuts it out. */
  nextId: string | null;
}

/**
 * A store of secrets that can be changed. Throws as `CredentialReader` does. A store in the same database as the claims
 * changes nothing under a lost claim, however late its statement arrives, and throws `site-busy`; a keychain can't do
 * that.
 */
export interface CredentialStore extends CredentialReader {
  /** Stores the secret and proves it: reads it back and compares. */
  set(siteKey: string, slot: Slot, secret: string, fence?: Fence): Promise<void>;
  /** Deletes the secret; false if there was none. Never false because the store is locked. */
  delete(siteKey: string, slot: Slot, fence?: Fence): Promise<boolean>;
}
