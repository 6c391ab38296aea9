/** Choosing the credential store by name. */

import { describe, expect, test } from '@jest/globals';
import {
  openCredentialStore,
  readCredentialStoreKind,
} from '../../src/credentials/open-credential-store.js';

/** Only a shared store has one. */
const noTeam = async () => {
  throw new Error('no team');
};

const OPTIONS = {
  team: noTeam,
  keychain: async () => ({ service: 'test', environment: {}, interactive: false }),
  vault: { folder: '/nowhere', passphrase: async () => undefined },
};

describe('readCredentialStoreKind', () => {
  test.each([
    [undefined, 'keychain'],
    ['', 'keychain'],
    ['keychain', 'keychain'],
    ['vault', 'vault'],
    ['team', 'team'],
  ] as const)('%p is %s', (value, kind) => {
    expect(readCredentialStoreKind(value)).toBe(kind);
  });

  test.each(['Vault', 'file', 'vault '])('%p is refused by name and value', (value) => {
    expect(() => readCredentialStoreKind(value)).toThrow(
      expect.objectContaining({
        code: 'invalid-settings',
        message: expect.stringContaining(`WRITEUPP_MAIL_CREDENTIALS is ${JSON.stringify(value)}`),
        hint: expect.stringMatching(/"keychain".*"vault".*"team"/),
      }),
    );
  });
});

describe('openCredentialStore', () => {
  test.each(['keychain', 'vault'] as const)('opens the %s', async (kind) => {
    expect((await openCredentialStore(kind, OPTIONS)).kind).toBe(kind);
  });
});
