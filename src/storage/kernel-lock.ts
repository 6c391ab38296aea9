/**
 * A file lock kept by the system's kernel: it lasts as long as the process that took it lives, stopped or not, and not
 * a moment longer.
 *
 * The lock belongs to an open file, not to a name. The holder removes the file before it lets go, so a lock counts only
 * if the locked file is still the one at its path: a process that had opened a removed file must try again.
 */

import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { MailError } from '../errors.js';
import { storageError } from './storage-error.js';
import { isInUse } from './until-free.js';

/** A file locked by this process. */
export interface LockedFile {
  /** Whether it is still the one at its path, and not released. @throws MailError `storage` */
  isInPlace(): boolean;
  /** Removes it, and lets the next one in. Safe to call more than once. Never fails. */
  letGo(): Promise<void>;
}

/** Locks a file, which is created if missing; null if another holds it, or has just let go of this very file. */
export type LockFile = (path: string, content: string) => LockedFile | null;

/** Whether nobody holds the lock of an existing file, which a killed run then left. The file is left as it is. */
export type IsFree = (path: string) => boolean;

/**
 * Does synchronous work that only one process may do at a time; null if another is doing it. The lock's file stays, so
 * that it needs no space when the disk is full.
 */
export type WhileLocked = <T>(path: string, work: () => T) => { readonly done: T } | null;

/** A byte far beyond the content: on Windows others can't even read the locked part of a file. */
const LOCKED_BYTE = 2 ** 30;

/**
 * Loads the native part that locks files; most commands only read, and don't need it.
 *
 * @throws MailError `storage` if the native part is not built for this system
 */
export async function loadLockFile(platform = process.platform): Promise<LockFile> {
  const tryLock = await loadTryLock();
  return (path, content) => lockFile(path, content, tryLock, platform);
}

/** @throws as `loadLockFile` */
export async function loadWhileLocked(): Promise<WhileLocked> {
  const tryLock = await loadTryLock();
  return (path, work) => {
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    const fd = openSync(path, flags, 0o600);
    try {
      return tryLock(fd) && isAt(path, fd) ? { done: work() } : null;
    } finally {
      // This releases the lock.
      closeSync(fd);
    }
  };
}

/** As `loadLockFile`, for callers that only check. @throws as `loadLockFile` */
export async function loadIsFree(): Promise<IsFree> {
  const tryLock = await loadTryLock();
  return (path) => {
    const fd = openSync(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    try {
      return tryLock(fd) && isAt(path, fd);
    } finally {
      // This releases the lock.
      closeSync(fd);
    }
  };
}

async function loadTryLock(): Promise<(fd: number) => boolean> {
  try {
    const { tryLock } = await import('fs-native-extensions');
    return (fd) => tryLock(fd, LOCKED_BYTE, 1);
  } catch {
    throw new MailError(
      'storage',
      `The part of this program that locks files does not load on this system (${process.platform}, ${process.arch}).`,
      'Install writeupp-mail again with npm on this very computer. If that does not help, the system is not one that it supports: Windows, macOS, and Linux with glibc (Debian, Ubuntu, Fedora …).',
    );
  }
}

/**
 * Synchronous, so that nothing else in this process comes in between. The open file is kept as a number, because a
 * FileHandle with no references left is closed, which releases the lock.
 */
function lockFile(
  path: string,
  content: string,
  tryLock: (fd: number) => boolean,
  platform: NodeJS.Platform,
): LockedFile | null {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const fd = openSync(path, flags, 0o600);
  let isLocked = false;
  try {
    isLocked = tryLock(fd) && isAt(path, fd);
    if (isLocked) replaceContent(fd, content);
  } catch (error) {
    if (isLocked) unlinkSync(path);
    closeSync(fd);
    throw error;
  }
  if (isLocked) return lockedFile(path, fd, platform);
  closeSync(fd);
  return null;
}

function lockedFile(path: string, fd: number, platform: NodeJS.Platform): LockedFile {
  let isOpen = true;
  const isInPlace = () => {
    try {
      return isOpen && isAt(path, fd);
    } catch (error) {
      throw storageError(error, path, 'read');
    }
  };
  return {
    isInPlace,
    letGo() {
      if (!isOpen) return Promise.resolve();
      try {
        // Windows keeps the name of a removed file while anyone has it open, and may refuse to remove it: so a file
        // that stays names no holder.
        if (platform === 'win32') ftruncateSync(fd);
        if (isInPlace()) unlinkSync(path);
      } catch {
        // A file that is left is not a lock.
      }
      isOpen = false;
      // In another thread: freeing the space of a removed file can wait for the disk.
      return new Promise((resolve) => close(fd, () => resolve()));
    },
  };
}

/** Not by renaming a new file over it: the lock belongs to this very file. */
function replaceContent(fd: number, content: string): void {
  ftruncateSync(fd);
  writeSync(fd, content, 0);
}

/** Whether the open file is the one at this path. */
function isAt(path: string, fd: number): boolean {
  try {
    const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return found !== undefined && isSameFile(fstatSync(fd, { bigint: true }), found);
  } catch (error) {
    // Removed on Windows, and open elsewhere: its name is about to go.
    if (isInUse(error)) return false;
    throw error;
  }
}

/**
 * Whether two results of `stat` describe the same file. On recent versions of Windows 11, libuv before 1.51 gives 64
 * bits of a volume's number for a path, and 32 for an open file (github.com/libuv/libuv/pull/4698).
 */
export function isSameFile(one: FileId, other: FileId): boolean {
  return one.ino === other.ino && BigInt.asUintN(32, one.dev) === BigInt.asUintN(32, other.dev);
}

/** How the system tells files apart. */
type FileId = Pick<BigIntStats, 'ino' | 'dev'>;
