/** What a credential store holds of a site, read past the program: every slot, and every file of the vault. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Decrypter } from 'age-encryption';
import { SLOTS, type Slot } from '../../src/credentials/credential-reader.js';
import { openKeychain } from '../../src/credentials/keychain.js';
import { openIdentity } from '../../src/credentials/vault-identity.js';
import { keychainService } from '../../src/storage/settings-folder.js';
import { SITE, type Workspace } from '../support/workspace.js';

/** Reads all secrets of the practice, and what else lies in the store. */
export type ReadSecrets = (workspace: Workspace) => Promise<StoredSecrets>;

export interface StoredSecrets {
  readonly slots: ReadonlyMap<Slot, string>;
  /** Files of the vault that are neither its key nor a secret of the practice. */
  readonly strangers: readonly string[];
}

/** A reader of vaults. Copies of one vault have one key, whose passphrase takes a quarter of a second. */
export function vaultReader(): ReadSecrets {
  const identities = new Map<string, Promise<string>>();
  return async ({ home, env }) => {
    const folder = join(home, 'vault');
    const sealed = await readFile(join(folder, 'identity.json'), 'utf8');
    const passphrase = async () => env.WRITEUPP_MAIL_PASSPHRASE;
    const identity = identities.get(sealed) ?? openIdentity(folder, passphrase);
    identities.set(sealed, identity);
    const slots = new Map<Slot, string>();
    const strangers: string[] = [];
    for (const name of await readdir(folder)) {
      const slot = SLOTS.find((each) => name === `${SITE}.${each}.age`);
      if (slot !== undefined) {
        slots.set(slot, await unseal(await readFile(join(folder, name)), await identity));
      } else if (name !== 'identity.json') strangers.push(name);
    }
    return { slots, strangers };
  };
}

/** A reader of a keyring, by the program's own worker. */
export function keyringReader(): ReadSecrets {
  return async ({ home, env }) => {
    const keychain = openKeychain({
      service: await keychainService({ home }, true),
      environment: env,
      interactive: false,
      workerPath: fileURLToPath(new URL('../../dist/keychain-worker.js', import.meta.url)),
    });
    const slots = new Map<Slot, string>();
    for (const slot of SLOTS) {
      const secret = await keychain.get(SITE, slot);
      if (secret !== null) slots.set(slot, secret);
    }
    await keychain.close();
    return { slots, strangers: [] };
  };
}

async function unseal(bytes: Uint8Array, identity: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const { secret } = JSON.parse(await decrypter.decrypt(bytes, 'text')) as { secret: string };
  return secret;
}
