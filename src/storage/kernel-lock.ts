/**
 * A file locked by the system's kernel: for as long as the process lives that locked it, stopped or not, and not
 * a moment longer.
 *
 * The lock belongs to an open file, not to a name. Whoever lets go removes the file first, so a lock counts only
 * if the file that was locked is still the one at its path: who had opened a removed one has to try again.
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

/** A file that is locked by this process. */
export interface LockedFile {
  /** Whether it is still the one at its path, and not let go. */
  isInPlace(): boolean;
  /** Removes it (on Windows: empties it), and lets the next one in. Safe to call more than once. Never fails. */
  letGo(): Promise<void>;
}

/** Locks a file, which is made if there is none; null if another holds it, or has just let go of this very file. */
export type LockFile = (path: string, content: string) => LockedFile | null;

/** Whether nobody holds the lock of a file that is there: then a killed run left it. It is left as it is. */
export type IsFree = (path: string) => boolean;

/** A byte far behind the content: on Windows the locked part of a file can't even be read by others. */
const LOCKED_BYTE = 2 ** 30;

/**
 * Loads what locks files; most commands only read, and have no need of it.
 *
 * @throws MailError `storage` where the native part is not made for this system
 */
export async function loadLockFile(platform = process.platform): Promise<LockFile> {
  const tryLock = await loadTryLock();
  return (path, content) => lockFile(path, content, tryLock, platform);
}

/** As `loadLockFile`, for whoever only looks. @throws as `loadLockFile` */
export async function loadIsFree(): Promise<IsFree> {
  const tryLock = await loadTryLock();
  return (path) => {
    const fd = openSync(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    try {
      return tryLock(fd) && isAt(path, fd);
    } finally {
      // The lock goes with it.
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
 * In one go, with nothing of this process in between. The open file is kept as a number, because a FileHandle
 * that nobody refers to any more is closed, and the lock with it.
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
  const isInPlace = () => isOpen && isAt(path, fd);
  return {
    isInPlace,
    letGo() {
      if (!isOpen) return Promise.resolve();
      try {
        // Windows keeps the name of a removed file for as long as anyone has it open: there it stays, and names nobody.
        if (platform === 'win32') ftruncateSync(fd);
        else if (isInPlace()) unlinkSync(path);
      } catch {
        // A file that is left is no lock.
      }
      isOpen = false;
      // In another thread: giving the space of a removed file back can wait for the disk.
      return new Promise((resolve) => close(fd, () => resolve()));
    },
  };
}

/** Not as a file beside it that is renamed: the lock belongs to this very file. */
function replaceContent(fd: number, content: string): void {
  ftruncateSync(fd);
  writeSync(fd, content, 0);
}

/** Whether the open file is the one at this path. */
function isAt(path: string, fd: number): boolean {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && isSameFile(fstatSync(fd, { bigint: true }), found);
}

/**
 * Whether two looks are at one file. On new Windows 11, libuv before 1.51 tells 64 bits of a volume's number by a
 * path, and 32 by an open file (github.com/libuv/libuv/pull/4698).
 */
export function isSameFile(one: FileId, other: FileId): boolean {
  return one.ino === other.ino && BigInt.asUintN(32, one.dev) === BigInt.asUintN(32, other.dev);
}

/** What the system tells files apart by. */
type FileId = Pick<BigIntStats, 'ino' | 'dev'>;
