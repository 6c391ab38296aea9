/** A credential store for one run over many sites: what is the same for all of them is asked for once. */

import { SHARED_KEY_SLOT, type Slot } from './credential-reader.js';
import type { CredentialStore } from './credential-store.js';

/**
 * The same store, but it proves itself only once, since each secret that is stored is read back anyway, and it
 * remembers the keys that sites share.
 *
 * @param remembersAll whether it remembers a site's own secrets too: for many messages of one site
 */
export function forManySites(store: CredentialStore, remembersAll = false): CredentialStore {
  const known = new Map<string, string>();
  const isRemembered = (slot: Slot) => remembersAll || slot === SHARED_KEY_SLOT;
  const placeOf = (siteKey: string, slot: Slot) => JSON.stringify([siteKey, slot]);
  let proven: Promise<void> | null = null;
  return {
    kind: store.kind,
    description: store.description,
    async get(siteKey, slot) {
      if (!isRemembered(slot)) return store.get(siteKey, slot);
      const place = placeOf(siteKey, slot);
      const secret = known.get(place) ?? (await store.get(siteKey, slot));
      if (secret !== null) known.set(place, secret);
      return secret;
    },
    async set(siteKey, slot, secret, fence) {
      await store.set(siteKey, slot, secret, fence);
      if (isRemembered(slot)) known.set(placeOf(siteKey, slot), secret);
    },
    async delete(siteKey, slot, fence) {
      known.delete(placeOf(siteKey, slot));
      return store.delete(siteKey, slot, fence);
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
