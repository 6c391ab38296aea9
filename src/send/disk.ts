/**
 * The disk as a spool needs it: a port, so that a simulation can kill runs and cut the power at any call. Whatever can
 * be synchronous is, so that nothing else in this process runs between two calls.
 */

import {
  closeSync,
  copyFileSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { flushFolder, READ } from '../storage/durable-file.js';
import {
  type LockFile,
  loadLockFile,
  loadWhileLocked,
  type WhileLocked,
} from '../storage/kernel-lock.js';
import { errnoOf, storageError } from '../storage/storage-error.js';
import { shownName } from './file-names.js';

/** Enough to tell whether a file was changed. */
export type Look = Pick<Stats, 'ino' | 'size' | 'mtimeMs'>;

export const isSameLook = (one: Look, other: Look) =>
  one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs;

/** What is known of a file without reading it. */
export type Found = Pick<Stats, 'ino' | 'size' | 'mtimeMs' | 'ctimeMs' | 'isFile'>;

/** Each method throws the system's own error. Paths are absolute, or relative to the working folder. */
export interface Disk {
  /** Does not follow links. Null if nothing is there, or if the name is too long for anything to be. */
  look(path: string): Found | null;
  isFolder(path: string): Promise<boolean>;
  /** Private to the user; an existing folder is left as it is. */
  makeFolder(path: string): Promise<void>;
  names(folder: string): readonly Buffer[];
  read(path: string): Buffer;
  /** The first bytes of a file that should not be large; null if there is no such file. */
  readStart(path: string, bytes: number): Buffer | null;
  /** Private to the user. The content is on disk when it returns, the name once the folder is flushed. */
  write(path: string, data: string | Uint8Array, options?: { readonly isNew?: boolean }): void;
  /** On disk when it returns. */
  append(path: string, data: string): void;
  rename(from: string, to: string): void;
  /** Gives a file a second name, which needs no room on a full disk; copies it if the file system has no hard links. */
  copy(from: string, to: string): void;
  /** No error if there is no such file. */
  remove(path: string): void;
  /** Sets the time of a file, in milliseconds. */
  setTime(path: string, ms: number): void;
  flushFolder(path: string): Promise<void>;
  readonly lockFile: LockFile;
  readonly whileLocked: WhileLocked;
}

/** The text of a file; empty if there is none. @throws MailError `storage` */
export function textOf(path: string, disk: Pick<Disk, 'look' | 'read'>): string {
  try {
    return disk.look(path) === null ? '' : disk.read(path).toString();
  } catch (error) {
    throw storageError(error, shownName(path), 'read');
  }
}

/** @throws MailError `storage` if the native module that locks files is not built for this system */
export async function systemDisk(): Promise<Disk> {
  return {
    look(path) {
      try {
        return lstatSync(path, { throwIfNoEntry: false }) ?? null;
      } catch (error) {
        if (errnoOf(error) === 'ENAMETOOLONG') return null;
        throw error;
      }
    },
    isFolder: async (path) => (await stat(path).catch(() => null))?.isDirectory() === true,
    async makeFolder(path) {
      await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
        if (errnoOf(error) !== 'EEXIST') throw error;
      });
    },
    names: (folder) => readdirSync(folder, 'buffer'),
    read: (path) => readFileSync(path),
    readStart,
    write(path, data, { isNew = false } = {}) {
      writeFileSync(path, data, { mode: 0o600, flag: isNew ? 'wx' : 'w', flush: true });
    },
    append(path, data) {
      writeFileSync(path, data, { mode: 0o600, flag: 'a', flush: true });
    },
    rename: renameSync,
    copy(from, to) {
      try {
        linkSync(from, to);
      } catch (error) {
        if (errnoOf(error) === 'EEXIST') throw error;
        copyFileSync(from, to);
      }
    },
    remove: (path) => rmSync(path, { force: true }),
    setTime: (path, ms) => utimesSync(path, ms / 1000, ms / 1000),
    flushFolder,
    lockFile: await loadLockFile(),
    whileLocked: await loadWhileLocked(),
  };
}

function readStart(path: string, bytes: number): Buffer | null {
  let file: number;
  try {
    file = openSync(path, READ);
  } catch (error) {
    if (['ENOENT', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
  try {
    const start = Buffer.alloc(Math.min(bytes, fstatSync(file).size));
    let length = 0;
    for (let read = -1; read !== 0 && length < start.length; length += read) {
      read = readSync(file, start, length, start.length - length, null);
    }
    return start.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
