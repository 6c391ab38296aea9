/** The credential store in encrypted files: each secret a file of its own, sealed to the vault's identity. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import {
  isMissing,
  readPrivateBytes,
  removeFileDurably,
  temporaryPath,
  writeFileDurably,
} from '../storage/durable-file.js';
import { oneAtATime } from '../storage/one-at-a-time.js';
import type { CredentialStore } from './credential-store.js';
import { type AskPassphrase, damaged, hasIdentity, openIdentity } from './vault-identity.js';

/** Where the vault is, and how to come by its passphrase. */
export interface VaultOptions {
  readonly folder: string;
  /** Called at most once, and only when a secret is to be read or stored. */
  readonly passphrase: AskPassphrase;
  /** For a run that must change nothing: `prove` then opens the vault, and writes nothing. */
  readonly readOnly?: boolean;
}

/** The place of a secret, and its content: what is sealed in a file. */
interface SealedSecret {
  readonly version: 1;
  /** The file's own place, so that one site's file is not taken for another's when files are mixed up. */
  readonly siteKey: string;
  readonly slot: string;
  readonly secret: string;
}

/** The dummy entry of `prove`, in a file that no secret has and that is swept if the run is killed. */
const DUMMY = { version: 1, siteKey: 'vault test', slot: 'dummy', secret: 'dummy' } as const;

/** Opens the vault. Nothing is read, written or asked for before the first call. */
export function openVault({ folder, passphrase, readOnly = false }: VaultOptions): CredentialStore {
  const inTurn = oneAtATime();
  let opening: Promise<string> | undefined;

  return {
    kind: 'vault',
    description: `the vault ${folder}`,
    get: (siteKey, slot) => inTurn(() => read(siteKey, slot)),
    set: (siteKey, slot, secret) =>
      inTurn(() => store(secretPath(folder, siteKey, slot), { version: 1, siteKey, slot, secret })),
    delete: (siteKey, slot) => inTurn(() => removeFileDurably(secretPath(folder, siteKey, slot))),
    isMissing: (siteKey, slot) => isMissing(secretPath(folder, siteKey, slot)),
    prove: () => inTurn(prove),
    async close() {},
  };

  /** The slow part, done once. */
  function identity(): Promise<string> {
    opening ??= openIdentity(folder, passphrase);
    return opening;
  }

  async function read(siteKey: string, slot: string): Promise<string | null> {
    return readFrom(secretPath(folder, siteKey, slot), siteKey, slot);
  }

  async function readFrom(path: string, siteKey: string, slot: string): Promise<string | null> {
    const bytes = await readPrivateBytes(path);
    if (bytes === null) return null;
    // Without it there is nothing to open the file with, and a new identity would hide what was lost.
    if (!(await hasIdentity(folder))) {
      throw damaged(path, 'the vault’s own key, identity.json, is missing beside it');
    }
    return openSecret(bytes, await identity(), { siteKey, slot, path });
  }

  async function store(path: string, content: SealedSecret): Promise<void> {
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(await identity()));
    await writeFileDurably(path, await encrypter.encrypt(JSON.stringify(content)));
    const kept = await readFrom(path, content.siteKey, content.slot);
    if (kept !== content.secret) {
      throw damaged(path, 'it did not give back what had just been stored in it', {
        secretChanged: 'unknown',
      });
    }
  }

  async function prove(): Promise<void> {
    if (readOnly) {
      if (await hasIdentity(folder)) await identity();
      return;
    }
    const path = temporaryPath(join(folder, 'proof'));
    await store(path, DUMMY);
    await removeFileDurably(path);
  }
}

/** The file of a secret. The name is bounded: file systems allow 255 bytes, and a key may be longer. */
function secretPath(folder: string, siteKey: string, slot: string): string {
  return join(folder, `${fileName(siteKey)}.${slot}.age`);
}

const NAME_MAX = 150;

function fileName(siteKey: string): string {
  const escaped = encodeURIComponent(siteKey).replace(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (escaped.length <= NAME_MAX) return escaped;
  const hash = createHash('sha256').update(siteKey).digest('hex').slice(0, 32);
  return `${escaped.slice(0, NAME_MAX)}-${hash}`;
}

async function openSecret(
  bytes: Uint8Array,
  identity: string,
  { siteKey, slot, path }: { siteKey: string; slot: string; path: string },
): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  let content: Partial<SealedSecret> | null;
  try {
    content = JSON.parse(await decrypter.decrypt(bytes, 'text'));
  } catch {
    throw damaged(path, 'it is damaged, or belongs to another vault');
  }
  if (content?.version !== 1 || typeof content.secret !== 'string') {
    throw damaged(path, 'it was made by a newer version of this program');
  }
  if (content.siteKey !== siteKey || content.slot !== slot) {
    throw damaged(path, 'it is the file of another site or another secret');
  }
  return content.secret;
}
