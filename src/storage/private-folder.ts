import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  promises,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refuseOthers } from './ownership.js';
import { errnoOf, storageError } from './storage-error.js';

const PRIVATE = 0o700;

/**
 * Creates a folder that only this user can read, or removes other users' access to an existing one.
 *
 * @throws MailError `storage` if another user owns it or may write to it; else the file system's own error, which
 *   callers translate with `storageError`
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  // Usually it exists already, and checking needs no other thread.
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found !== undefined) return tighten(folder, found);
  const first = await promises.mkdir(folder, { recursive: true, mode: PRIVATE });
  if (first !== undefined) flushNewFolders(dirname(first), folder);
  await tighten(folder, lstatSync(folder));
}

/** A new folder survives a power cut once its parent is flushed. Windows can't, and need not. */
function flushNewFolders(from: string, to: string): void {
  if (process.platform === 'win32') return;
  for (let folder = dirname(to); ; folder = dirname(folder)) {
    const file = openSync(folder, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (folder === from || folder === dirname(folder)) return;
  }
}

/**
 * Checks a folder before its contents are trusted: a link in its place leads to someone else's files.
 *
 * @throws MailError `storage` if another user owns it or may write to it; the file system's own error as above
 */
export function requirePrivateFolder(folder: string): void {
  const found = lstatSync(folder);
  requireFolder(found);
  refuseOthers(folder, found);
}

/** The real path of a folder, or of the part that exists: a settings folder may be a link, what is in it may not. */
export function realFolder(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realFolder(parent), basename(path));
  }
}

/**
 * Checks a settings folder before anything in it is trusted, and removes other users' access.
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
  requireFolder(found);
  refuseOthers(folder, found);
  // Windows has no such permission bits.
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    await promises.chmod(folder, PRIVATE);
}

function requireFolder(found: Stats): void {
  if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
}
