/** Files that are whole or absent: replaced atomically, private to the user, on disk before we go on. */

import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MailError } from '../errors.js';
import { isRunning } from './is-running.js';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/**
 * Replaces a file whole: written beside it, flushed, renamed over it, and the folder flushed, so that a
 * power cut leaves the old content or the new, never a mixture. The file is 0600 in a 0700 folder, which
 * is made if it is missing.
 * (write-file-atomic does not flush the folder, and leaves its temporary file behind when it is killed.)
 *
 * @throws MailError `storage` with the path; the file is then as it was.
 */
export async function writeFileDurably(path: string, data: string | Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName(basename(path), process.pid));
  try {
    await ensurePrivateFolder(folder);
    await sweepLeftovers(folder, basename(path));
    await writeNewFile(temporary, data);
    await rename(temporary, path);
    await flushFolder(folder);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw storageError(error, path, 'written');
  }
}

/**
 * Deletes a file for good: the folder is flushed before this returns.
 *
 * @returns false if there was no such file.
 * @throws MailError `storage` with the path.
 */
export async function removeFileDurably(path: string): Promise<boolean> {
  try {
    await sweepLeftovers(dirname(path), basename(path));
    await unlink(path);
    await flushFolder(dirname(path));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw storageError(error, path, 'deleted');
  }
}

/**
 * Reads a text file that this program wrote, without following a symbolic link that someone put in its place.
 *
 * @returns null if there is no such file.
 * @throws MailError `storage` with the path.
 */
export async function readPrivateFile(path: string): Promise<string | null> {
  const bytes = await readPrivateBytes(path);
  return bytes === null ? null : bytes.toString('utf8');
}

/** As `readPrivateFile`, for content that is not text. */
export async function readPrivateBytes(path: string): Promise<Buffer | null> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw storageError(error, path, 'read');
  }
}

/**
 * Makes a folder that only this user can read, and takes other users' access away where it existed.
 *
 * @throws the file system's own error; callers translate it with `storageError`.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const found = await lstat(folder);
  if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  // Windows has no such permission bits; the profile folder's access list protects it there.
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    await chmod(folder, PRIVATE_FOLDER);
}

/**
 * Turns a file system error into words: what could not be done, where, and what to do about it.
 * A MailError passes through unchanged.
 */
export function storageError(
  error: unknown,
  path: string,
  wanted: 'read' | 'written' | 'deleted' | 'locked',
): MailError {
  if (error instanceof MailError) return error;
  const code = errnoOf(error);
  const [reason, hint] = REASONS[code ?? ''] ?? [
    `the system said ${code ?? 'nothing more'}`,
    CHECK,
  ];
  return new MailError('storage', `${path} could not be ${wanted}: ${reason}.`, hint);
}

const CHECK =
  'Check that the folder exists and that you may write to it, then run the command again.';

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space on this disk, then run the command again.'],
  EDQUOT: ['your disk quota is used up', 'Free some space, then run the command again.'],
  EROFS: [
    'the disk is read-only',
    'Make the disk writable, or choose another settings folder with WRITEUPP_MAIL_HOME.',
  ],
  EACCES: [
    'permission was denied',
    'Ask the person who looks after this computer to let you read and write this folder.',
  ],
  EPERM: [
    'permission was denied',
    'Ask the person who looks after this computer to let you read and write this folder.',
  ],
  ELOOP: [
    'it is a symbolic link, which this program never follows for its own records',
    'Find out who put the link there. Replace it by the real file, then run the command again.',
  ],
  ENOTDIR: [
    'a part of the path is not a folder',
    'Move whatever stands in its place away, or choose another folder with WRITEUPP_MAIL_HOME.',
  ],
  EISDIR: ['a folder stands in its place', 'Move that folder away, then run the command again.'],
};

function errnoOf(error: unknown): string | undefined {
  // Not `instanceof Error`: errors of Node.js itself are of another realm in some hosts.
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function temporaryName(name: string, pid: number): string {
  return `.${name}.${pid}.tmp`;
}

/** Exclusive creation: a symbolic link or file planted at the temporary name is an error, not a target. */
async function writeNewFile(path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', PRIVATE_FILE);
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A run that was killed half-way leaves its temporary file: remove those whose process is gone. */
async function sweepLeftovers(folder: string, name: string): Promise<void> {
  const prefix = `.${name}.`;
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(prefix) || !entry.endsWith('.tmp')) continue;
    const pid = Number(entry.slice(prefix.length, -'.tmp'.length));
    if (pid === process.pid || !isRunning(pid)) {
      await unlink(join(folder, entry)).catch(() => undefined);
    }
  }
}

/** Makes a rename or deletion last through a power cut. Windows cannot open a folder, and needs no flush. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
