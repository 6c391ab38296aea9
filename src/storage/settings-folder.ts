/**
 * The settings folder's own name in the keychain, kept in a file in it.
 *
 * Entries in a keychain belong to a user, not to a folder: two folders that are each "the default"
 * (XDG_CONFIG_HOME), or one that was made again at the same path, must not share them. So a folder has an id of
 * its own. A folder with records of version 0.1.0 keeps the name that its entries have.
 */

import { promises } from 'node:fs';
import { join } from 'node:path';
import { MailError } from '../errors.js';
import { createFileDurably, readPrivateFile } from './durable-file.js';
import { errnoOf, storageError } from './storage-error.js';

/** A settings folder. */
export interface SettingsFolder {
  /** Its path, absolute. */
  readonly home: string;
  /** Whether it is the one that is used when nothing is said. */
  readonly isDefaultHome: boolean;
}

/** The file's content. */
interface FolderName {
  readonly version: 1;
  readonly keychainService: string;
}

/**
 * The name that all entries of this folder in the keychain have in common; made up and written down where there
 * is none, and so before the first record: a folder with records and without a name is one of version 0.1.0.
 *
 * @param readOnly for a run that must change nothing: a folder without a name is then left without one
 * @throws MailError `storage` if the file can't be read or written, or is damaged: another name would not find
 *   what is there
 */
export async function keychainService(folder: SettingsFolder, readOnly = false): Promise<string> {
  // The settings folder itself may be a symbolic link.
  const path = join(await promises.realpath(folder.home).catch(() => folder.home), 'folder.json');
  const found = await readName(path);
  if (found !== null) return found;
  const former = await formerName(folder);
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex');
  const keychainService = former ?? `writeupp-mail (${random})`;
  if (readOnly) return keychainService;
  const content: FolderName = { version: 1, keychainService };
  try {
    const isOurs = await createFileDurably(path, `${JSON.stringify(content, null, 2)}\n`);
    // Another run may have been first.
    return isOurs ? keychainService : ((await readName(path)) ?? keychainService);
  } catch (error) {
    // It can be found again without being written down, on a disk that is read-only, say.
    if (former !== null) return former;
    throw error;
  }
}

async function formerName({ home, isDefaultHome }: SettingsFolder): Promise<string | null> {
  if (!(await hasRecords(home))) return null;
  return isDefaultHome ? 'writeupp-mail' : `writeupp-mail (${home})`;
}

/** Records of a folder that has no name yet are of version 0.1.0. */
async function hasRecords(home: string): Promise<boolean> {
  const folder = join(home, 'sites');
  try {
    return (await promises.readdir(folder)).some((name) => /^[^.].*\.json$/.test(name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw storageError(error, folder, 'read');
  }
}

async function readName(path: string): Promise<string | null> {
  const text = await readPrivateFile(path);
  if (text === null) return null;
  try {
    const { version, keychainService } = JSON.parse(text) as Partial<FolderName>;
    if (version === 1 && keychainService?.startsWith('writeupp-mail')) return keychainService;
  } catch {
    // Told below.
  }
  throw new MailError(
    'storage',
    `${path} is damaged, or of a newer version of writeupp-mail. It names the entries of this settings folder in the keychain.`,
    'It was left as it is. Put it back from a backup, or update writeupp-mail.',
  );
}
