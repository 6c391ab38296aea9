/** The keychain, for commands that only check whether it works. */

import type { CredentialReader } from '../credentials/credential-reader.js';
import { keychainService } from '../storage/settings-folder.js';
import type { World } from './world.js';

/**
 * Opens it under the settings folder's own name, and without a store of records: a database that is down says nothing
 * about the keychain, and a check must not create a settings folder.
 */
export async function keychainToTry({ environment, ask }: World): Promise<CredentialReader> {
  const { openKeychain } = await import('../credentials/keychain.js');
  return openKeychain({
    service: await keychainService(environment, true),
    environment: environment.forChildren,
    interactive: ask !== null,
  });
}
