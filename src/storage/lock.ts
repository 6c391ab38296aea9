/**
 * A lock that one run holds at a time, kept by the system: a stalled run keeps it for as long as it lives, and a killed
 * run loses it at once. No clock decides anything. The lock's file says who holds it, for those who wait.
 */

import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { MailError } from '../errors.js';
import { readPrivateFile } from './durable-file.js';
import { type LockedFile, type LockFile, loadIsFree, loadLockFile } from './kernel-lock.js';
import {
  describeHolder,
  isElsewhere,
  type LockHolder,
  parseHolder,
  SHARED_FOLDER,
} from './lock-holder.js';
import { ensurePrivateFolder } from './private-folder.js';
import { storageError } from './storage-error.js';
import { isInUse, untilFree } from './until-free.js';
import { type Turn, WAIT_MS, type WaitOptions, waitForTurn } from './wait-for-turn.js';

/** A lock held by this run. Only its holder works on what it protects. */
export interface HeldLock {
  /** @throws MailError `site-busy` if somebody has since removed or replaced the lock's file. */
  assertHeld(): void;
  /** Lets the next one in. Safe to call more than once. */
  release(): Promise<void>;
}

/** How to behave while another run holds the lock. */
export interface LockOptions extends WaitOptions {
  /** The command that will hold the lock, shown to anyone who waits for it. */
  readonly command: string;
  /** For what concerns this computer alone: no claim is then requested from a shared store. */
  readonly isLocal?: boolean;
  /**
   * Called if the lock is free and its file names another computer: a run there was killed, or the folder is shared
   * between computers in a way that this lock can't see.
   */
  onLeftElsewhere?(holder: LockHolder): void;
}

const POLL_MS = 50;

/**
 * Takes a lock, waiting if another run holds it. One process may hold several.
 *
 * @param path the lock's file, in a folder that holds only locks
 * @param what what is locked, as the start of a sentence: `The site "harbour-physio"`
 * @param waitMs how long to wait, in milliseconds
 * @throws MailError `site-busy`, naming the holder; `interrupted`, `storage`
 */
export async function takeLock(
  path: string,
  what: string,
  options: LockOptions,
  waitMs = WAIT_MS,
): Promise<HeldLock> {
  try {
    const lockFile = await loadLockFile();
    await ensurePrivateFolder(dirname(path));
    sweepLocks(path, lockFile);
    const turn: Turn<LockedFile> = {
      async take() {
        const found = await readHolder(path);
        const file = await untilFree(() => lockFile(path, contentOf(options.command)));
        if (file !== null && found !== null && isElsewhere(found)) {
          options.onLeftElsewhere?.(found);
        }
        return file;
      },
      holder: () => readHolder(path),
      busy: (holder) => busy(what, holder),
      pollMs: POLL_MS,
      waitMs,
    };
    return heldLock(what, await waitForTurn(turn, options));
  } catch (error) {
    throw storageError(error, path, 'locked');
  }
}

function heldLock(what: string, file: LockedFile): HeldLock {
  return {
    assertHeld() {
      if (!file.isInPlace()) throw lost(what);
    },
    async release() {
      await file.letGo();
    },
  };
}

function contentOf(command: string): string {
  const since = new Date().toISOString();
  const holder: LockHolder = { pid: process.pid, host: hostname(), command, since };
  return `${JSON.stringify(holder)}\n`;
}

async function readHolder(path: string): Promise<LockHolder | null> {
  return parseHolder(await readPrivateFile(path));
}

/** Folders that this process has swept. */
const swept = new Set<string>();

/** Removes what killed runs left next to a lock: other locks, which are free. */
function sweepLocks(path: string, lockFile: LockFile): void {
  const folder = dirname(path);
  if (swept.has(folder)) return;
  swept.add(folder);
  clearLocks(folder, lockFile, path);
}

function clearLocks(folder: string, lockFile: LockFile, except: string | null): void {
  for (const name of readdirSync(folder)) {
    const found = join(folder, name);
    if (name.endsWith('.lock') && found !== except) clearLock(found, lockFile);
  }
}

function clearLock(path: string, lockFile: LockFile): void {
  try {
    void lockFile(path, '')?.letGo();
  } catch (error) {
    // Another program has it open: a later run removes it.
    if (!isInUse(error)) throw error;
  }
}

/**
 * The files that killed runs left in a folder of locks, and the holders that they name. On Windows an empty one does
 * not count: a run that releases its lock may not be able to remove it.
 *
 * @throws MailError `storage`
 */
export async function leftLocks(
  folder: string,
  platform = process.platform,
): Promise<{ readonly path: string; readonly holder: LockHolder | null }[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.lock'));
  if (names.length === 0) return [];
  const isFree = await loadIsFree();
  const found = names.map((name) => join(folder, name)).filter((path) => isFreeNow(path, isFree));
  const left = await Promise.all(
    found.map(async (path) => ({ path, holder: await readHolder(path) })),
  );
  return platform === 'win32' ? left.filter(({ holder }) => holder !== null) : left;
}

/** False if it has gone meanwhile. */
function isFreeNow(path: string, isFree: (path: string) => boolean): boolean {
  try {
    return isFree(path);
  } catch {
    return false;
  }
}

/** Removes what `leftLocks` found. @throws MailError `storage` if locks can't be tried */
export async function sweepLeftLocks(folder: string): Promise<void> {
  clearLocks(folder, await loadLockFile(), null);
}

function busy(what: string, holder: LockHolder | null): MailError {
  const wait = 'Wait until that run has ended, then run the command again.';
  return new MailError(
    'site-busy',
    `${what} is in use by ${describeHolder(holder)}.`,
    holder !== null && isElsewhere(holder) ? `${wait}\n${SHARED_FOLDER}` : wait,
  );
}

function lost(what: string): MailError {
  return new MailError(
    'site-busy',
    `${what} is no longer held by this run: the file of its lock was removed or replaced.`,
    'Run the command again: it goes on from what is stored.',
  );
}
