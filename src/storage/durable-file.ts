/** Files that are whole or absent: replaced atomically, private to the user, and on disk before we go on. */

import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  lstatSync,
  open,
  openSync,
  promises,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { refuseOthers } from './ownership.js';
import { ensurePrivateFolder, requirePrivateFolder } from './private-folder.js';
import { sharedTurns } from './shared-turn.js';
import { errnoOf, storageError } from './storage-error.js';
import { untilFree } from './until-free.js';

const PRIVATE_FILE = 0o600;

const opened = promisify(open);

/**
 * Never follows a symbolic link, and never blocks on something put in a file's place, such as a named pipe. (Windows
 * has neither flag.)
 */
export const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Replaces a file whole: written next to it, flushed, renamed over it, and the folder flushed, so that a power cut
 * leaves the old content or the new, never a mixture. The file is 0600 in a 0700 folder, which is created if missing.
 * (write-file-atomic does not flush the folder, and leaves its temporary file behind when it is killed.)
 *
 * @throws MailError `storage` with the path; the file is then as it was.
 */
export async function writeFileDurably(path: string, data: string | Uint8Array): Promise<void> {
  await placing(path, data, (temporary) => untilFree(() => promises.rename(temporary, path)));
}

/**
 * Creates a file unless there is one: of several concurrent runs, one creates it. A hard link is made whole or not at
 * all, and never replaces a file.
 *
 * @returns false if there was a file already; it is then as it was
 * @throws MailError `storage` with the path
 */
export async function createFileDurably(path: string, data: string): Promise<boolean> {
  return placing(path, data, async (temporary) => {
    try {
      await untilFree(() => promises.link(temporary, path));
      return true;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      // A later run sweeps one that stays.
      await promises.rm(temporary, { force: true }).catch(() => undefined);
    }
  });
}

/**
 * Deletes a file for good: the folder is flushed before this returns.
 *
 * @returns false if there was no such file.
 * @throws MailError `storage` with the path.
 */
export async function removeFileDurably(path: string): Promise<boolean> {
  try {
    await sweepOnce(dirname(path));
    // Usually it is not there, and checking needs no other thread.
    if (!isThere(path)) return false;
    await untilFree(() => promises.unlink(path));
    await flushFolder(dirname(path));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw storageError(error, path, 'deleted');
  }
}

/**
 * Whether there is no file to delete; sweeps what killed runs left next to it, as a deletion does.
 *
 * @throws MailError `storage` with the path
 */
export async function isMissing(path: string): Promise<boolean> {
  try {
    await sweepOnce(dirname(path));
    return !isThere(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    throw storageError(error, path, 'read');
  }
}

/** Whether there is anything at a path. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Reads a text file that this program wrote, without following a symbolic link that someone put in its place.
 *
 * @returns null if there is no such file.
 * @throws MailError `storage` with the path; also if another user owns the file or its folder, or may write to it
 */
export async function readPrivateFile(path: string): Promise<string | null> {
  const bytes = await readPrivateBytes(path);
  return bytes === null ? null : bytes.toString('utf8');
}

/**
 * As `readPrivateFile`, for binary content. Read synchronously: for a small file that is five times faster than handing
 * the work to another thread, or than loading the code for it; a fleet has 10,000 of them.
 */
export async function readPrivateBytes(path: string): Promise<Buffer | null> {
  try {
    const file = await untilFree(() => openSync(path, READ));
    try {
      requirePrivateFolder(dirname(path));
      refuseOthers(path, fstatSync(file));
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw storageError(error, path, 'read');
  }
}

/**
 * Removes what killed runs left half-written in a folder. A file is kept for now if a process with its number is
 * running. (In another container processes have other numbers; a run whose file we remove writes it again.)
 */
export async function sweepFolder(folder: string): Promise<void> {
  for (const name of await leftIn(folder)) {
    await promises.rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** The names of the files that `sweepFolder` would remove. */
export async function leftIn(folder: string): Promise<string[]> {
  return (await promises.readdir(folder)).filter((name) => {
    const pid = LEFTOVER.exec(name)?.groups?.pid;
    return pid !== undefined && !isRunning(Number(pid));
  });
}

/** The form of a temporary name. */
const LEFTOVER = /^\..+\.(?<pid>\d+)\.[\da-f]+\.tmp$/;

/** Folders that this process swept: once is enough, and a folder of 10,000 records takes time to list. */
const swept = new Set<string>();

async function sweepOnce(folder: string): Promise<void> {
  if (!swept.has(folder)) await sweepFolder(folder);
  swept.add(folder);
}

/** Writes a file next to its place, then puts it there. Nothing is left behind if that fails. */
async function placing<T>(
  path: string,
  data: string | Uint8Array,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  try {
    await ensurePrivateFolder(folder);
    await sweepOnce(folder);
    const placed = await again(async () => {
      const temporary = temporaryPath(path);
      try {
        await writeNewFile(temporary, data);
        return await place(temporary);
      } catch (error) {
        await promises.rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
    });
    await flushFolder(folder);
    return placed;
  } catch (error) {
    throw storageError(error, path, 'written');
  }
}

/** Retries once if the file was gone before it was in place: another run took us for dead. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return work();
  }
}

/** The path of a file that is swept if its run is killed. Two containers may share a process number. */
export function temporaryPath(path: string): string {
  // The global `crypto`: node:crypto would be loaded at each start, and most of them write nothing.
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('hex');
  return join(dirname(path), `.${basename(path)}.${process.pid}.${random}.tmp`);
}

/**
 * Exclusive creation: a symbolic link or file planted at the temporary name is an error, not a target. What waits for
 * the disk is done in another thread, and the rest synchronously.
 */
export async function writeNewFile(path: string, data: string | Uint8Array): Promise<void> {
  const file = await opened(path, 'wx', PRIVATE_FILE);
  try {
    writeFileSync(file, data);
    await flush(file);
  } finally {
    closeSync(file);
  }
}

/** Also false if it is not a process number. Another process may have the number by now. */
function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** Flushes an open file to disk. */
export function flush(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(file, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Makes a rename or deletion survive a power cut; many sites at once share a flush. Windows can’t open a folder, and
 * needs no flush.
 */
export const flushFolder = sharedTurns(async (folder) => {
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    await flush(file);
  } finally {
    closeSync(file);
  }
});
