/** Where secrets live, for the one who may change them. */

import type { CredentialReader, Slot } from './credential-reader.js';

/** The claim under which a secret is changed, as a store in the same database knows it. */
export interface Fence {
  /** What is claimed. */
  readonly key: string;
  /** Another one for each claim, and after each answer that was lost. */
  token: string;
  /** Where an answer was lost, and what was sent under this token may still arrive: the id that ends that. */
  nextId: string | null;
}

/**
 * A store of secrets that can be changed. Throws as `CredentialReader` does. One in the database of the claims changes
 * nothing for a claim that was lost, however late its statement arrives, and throws `site-busy`; no keychain can.
 */
export interface CredentialStore extends CredentialReader {
  /** Stores the secret and proves it: reads it back and compares. */
  set(siteKey: string, slot: Slot, secret: string, fence?: Fence): Promise<void>;
  /** Deletes the secret; false if there was none. Never false because the store is locked. */
  delete(siteKey: string, slot: Slot, fence?: Fence): Promise<boolean>;
}
