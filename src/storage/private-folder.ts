/** Folders that only this user can look into. */

import { lstatSync, promises, type Stats, statSync } from 'node:fs';
import { refuseOthers } from './ownership.js';
import { errnoOf, storageError } from './storage-error.js';

const PRIVATE = 0o700;

/**
 * Makes a folder that only this user can read, and takes other users' access away where it existed.
 *
 * @throws MailError `storage` if another user owns it or may write to it; else the file system's own error, which
 *   callers translate with `storageError`
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  // Most often it is there, and looking takes no other thread.
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) {
    await promises.mkdir(folder, { recursive: true, mode: PRIVATE });
  }
  await tighten(folder, lstatSync(folder));
}

/**
 * Looks at a settings folder before anything in it is believed, and takes other users' access away. It may be a
 * symbolic link, as those who keep their settings in one place have it; the folders in it may not.
 *
 * @param readOnly for a run that must change nothing
 * @throws MailError `storage` if another user owns it or may write to it
 */
export async function checkSettingsFolder(folder: string, readOnly: boolean): Promise<void> {
  try {
    const found = statSync(folder);
    if (readOnly) refuseOthers(folder, found);
    else await tighten(folder, found);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw storageError(error, folder, 'read');
  }
}

async function tighten(folder: string, found: Stats): Promise<void> {
  if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  refuseOthers(folder, found);
  // Windows has no such permission bits.
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    await promises.chmod(folder, PRIVATE);
}
