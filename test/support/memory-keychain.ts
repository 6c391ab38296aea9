/** The keychain of one person, in memory. */

import type { KeychainStore } from '../../src/credentials/keychain.js';

export function memoryKeychain(): KeychainStore & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    kind: 'keychain',
    description: 'a keychain in memory',
    entries,
    get: async (key, slot) => entries.get(`${key}/${slot}`) ?? null,
    set: async (key, slot, secret) => void entries.set(`${key}/${slot}`, secret),
    delete: async (key, slot) => entries.delete(`${key}/${slot}`),
    prove: async () => undefined,
    close: async () => undefined,
  };
}
