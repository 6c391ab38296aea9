/** A credential store for one run over many sites: what is the same for all of them is asked for once. */

import { SHARED_KEY_SLOT } from './credential-reader.js';
import type { CredentialStore } from './credential-store.js';

/**
 * The same store; it proves itself once, since each secret that is stored is read back anyway, and remembers the keys
 * that sites share. A site's own secrets are never remembered.
 */
export function forManySites(store: CredentialStore): CredentialStore {
  const keys = new Map<string, string>();
  let proven: Promise<void> | null = null;
  return {
    kind: store.kind,
    description: store.description,
    async get(siteKey, slot) {
      if (slot !== SHARED_KEY_SLOT) return store.get(siteKey, slot);
      const key = keys.get(siteKey) ?? (await store.get(siteKey, slot));
      if (key !== null) keys.set(siteKey, key);
      return key;
    },
    async set(siteKey, slot, secret) {
      await store.set(siteKey, slot, secret);
      if (slot === SHARED_KEY_SLOT) keys.set(siteKey, secret);
    },
    async delete(siteKey, slot) {
      if (slot === SHARED_KEY_SLOT) keys.delete(siteKey);
      return store.delete(siteKey, slot);
    },
    ...(store.isMissing === undefined ? {} : { isMissing: store.isMissing }),
    prove() {
      proven ??= store.prove().catch((error: unknown) => {
        proven = null;
        throw error;
      });
      return proven;
    },
    close: () => store.close(),
  };
}
