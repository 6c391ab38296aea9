/** The credential store in encrypted files: one per secret, sealed to the vault's identity. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Decrypter, identityToRecipient } from 'age-encryption';
import type { MailError } from '../errors.js';
import {
  isMissing,
  isThere,
  readPrivateBytes,
  removeFileDurably,
  temporaryPath,
  writeFileDurably,
} from '../storage/durable-file.js';
import { oneAtATimeEach } from '../storage/one-at-a-time.js';
import type { CredentialStore } from './credential-store.js';
import { sealTo } from './seal.js';
import {
  type AskPassphrase,
  damaged,
  hasIdentity,
  identityPath,
  openIdentity,
} from './vault-identity.js';

/** Where the vault is, and how to get its passphrase. */
export interface VaultOptions {
  readonly folder: string;
  /** Called at most once, and only to read or store a secret. */
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

/** The dummy entry of `prove`, in a file that no secret uses and that is swept if the run is killed. */
const DUMMY = { version: 1, siteKey: 'vault test', slot: 'dummy', secret: 'dummy' } as const;

/** Opens the vault. Nothing is read, written or asked for before the first call. */
export function openVault({ folder, passphrase, readOnly = false }: VaultOptions): CredentialStore {
  const inTurn = oneAtATimeEach();
  const pathOf = (siteKey: string, slot: string) => secretPath(folder, siteKey, slot);
  let opening: Promise<string> | undefined;
  let recipient: Promise<string> | undefined;

  return {
    kind: 'vault',
    description: `the vault ${folder}`,
    get(siteKey, slot) {
      const path = pathOf(siteKey, slot);
      return inTurn(path, () => readFrom(path, siteKey, slot));
    },
    set(siteKey, slot, secret) {
      const path = pathOf(siteKey, slot);
      return inTurn(path, () => store(path, { version: 1, siteKey, slot, secret }));
    },
    delete(siteKey, slot) {
      const path = pathOf(siteKey, slot);
      return inTurn(path, () => removeFileDurably(path));
    },
    isMissing: (siteKey, slot) => isMissing(pathOf(siteKey, slot)),
    prove,
    async close() {},
  };

  /** The slow part, done once. */
  function identity(): Promise<string> {
    opening ??= openIdentity(folder, passphrase);
    return opening;
  }

  async function readFrom(path: string, siteKey: string, slot: string): Promise<string | null> {
    const bytes = await readPrivateBytes(path);
    if (bytes === null) return null;
    await requireIdentity(path);
    return openSecret(bytes, await identity(), { siteKey, slot, path });
  }

  /** Without it there is nothing to open the file with, and a new identity would hide what was lost. */
  async function requireIdentity(path: string): Promise<void> {
    if (!(await hasIdentity(folder))) throw withoutIdentity(path);
  }

  /** Read back only as bytes: that sealed secrets open is proven once, and opening takes as long as sealing. */
  async function store(path: string, content: SealedSecret): Promise<void> {
    recipient ??= identity().then(identityToRecipient);
    const sealed = await sealTo([await recipient], JSON.stringify(content));
    await writeFileDurably(path, sealed);
    const kept = await readPrivateBytes(path);
    if (kept === null || Buffer.compare(kept, sealed) !== 0) {
      throw damaged(path, 'it did not give back what had just been stored in it', {
        secretChanged: 'unknown',
      });
    }
    // This run has opened the identity: it only has to be still there, which is checked thousands of times in an
    // import.
    if (!isThere(identityPath(folder))) throw withoutIdentity(path);
  }

  async function prove(): Promise<void> {
    if (readOnly) {
      if (await hasIdentity(folder)) await identity();
      return;
    }
    const path = temporaryPath(join(folder, 'proof'));
    await store(path, DUMMY);
    await readFrom(path, DUMMY.siteKey, DUMMY.slot);
    await removeFileDurably(path);
  }
}

function withoutIdentity(path: string): MailError {
  return damaged(path, 'the vault’s own key, identity.json, is missing beside it');
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
