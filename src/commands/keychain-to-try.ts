/** The keychain, for commands that only look at whether it works. */

import type { Context } from '../context/context.js';
import type { CredentialReader } from '../credentials/credential-reader.js';
import { keychainService } from '../storage/settings-folder.js';

/**
 * Opens it under the settings folder's own name, and without a store of records: a database that is down says nothing
 * about it, and a computer without a settings folder gets none by a look.
 */
export async function keychainToTry({ environment, prompts }: Context): Promise<CredentialReader> {
  const { openKeychain } = await import('../credentials/keychain.js');
  return openKeychain({
    service: await keychainService(environment, true),
    environment: environment.forChildren,
    interactive: prompts !== null,
  });
}
