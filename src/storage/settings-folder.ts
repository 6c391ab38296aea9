/**
 * The settings folder's own name in the keychain, kept in a file in it.
 *
 * Entries in a keychain belong to a user, not to a folder: two folders that are each "the default" (XDG_CONFIG_HOME),
 * or one created again at the same path, must not share them. So each folder has an id.
 */

import { join } from 'node:path';
import { MailError } from '../errors.js';
import { createFileDurably, readPrivateFile } from './durable-file.js';

export interface SettingsFolder {
  /** Its real path: it may be reached by a symbolic link, but nothing in it may be. */
  readonly home: string;
}

/** The file's content. */
interface FolderName {
  readonly version: 1;
  readonly keychainService: string;
}

/**
 * The name that all keychain entries of this folder share; generated and stored on first use.
 *
 * @param readOnly for a run that must change nothing: a folder without a name is then left without one
 * @throws MailError `storage` if the file can't be read or written, or is damaged: a different name would not find what
 *   is there
 */
export async function keychainService(folder: SettingsFolder, readOnly = false): Promise<string> {
  const path = join(folder.home, 'folder.json');
  const found = await readName(path);
  if (found !== null) return found;
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex');
  const keychainService = `writeupp-mail (${random})`;
  if (readOnly) return keychainService;
  const content: FolderName = { version: 1, keychainService };
  const isOurs = await createFileDurably(path, `${JSON.stringify(content, null, 2)}\n`);
  // Another run may have been first.
  return isOurs ? keychainService : ((await readName(path)) ?? keychainService);
}

async function readName(path: string): Promise<string | null> {
  const text = await readPrivateFile(path);
  if (text === null) return null;
  try {
    const { version, keychainService } = JSON.parse(text) as Partial<FolderName>;
    if (version === 1 && keychainService?.startsWith('writeupp-mail')) return keychainService;
  } catch {
    // Reported below.
  }
  throw new MailError(
    'storage',
    `${path} is damaged, or of a newer version of writeupp-mail. It names the entries of this settings folder in the keychain.`,
    'It was left as it is. Put it back from a backup, or update writeupp-mail.',
  );
}
