/**
 * A lock as one file that says who holds it: made whole or not at all, and inherited from a dead holder by
 * exactly one run.
 *
 * (proper-lockfile judges a holder by the clock alone, and removes a dead lock by name: a run that was starved
 * or stopped for a few seconds lost its lock alive, and of two runs that found the same dead lock the slower
 * one removed the lock that the faster one had just made.)
 */

import { readFileSync, unlinkSync } from 'node:fs';
import { link, lstat, readdir, rename, unlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readPrivateFile } from './durable-file.js';
import { isRunning } from './is-running.js';
import type { LockHolder } from './lock.js';

/** What is in the file: the holder, and a word of its own for each time that a lock is taken. */
export interface LockClaim extends LockHolder {
  readonly id: string;
}

/** A lock as it was found. */
export interface FoundLock {
  readonly id: string;
  /** Null if the file is not whole, which only a power cut can bring about. */
  readonly holder: LockHolder | null;
  /** When its holder last said that it is alive, milliseconds since 1970. */
  readonly refreshedAt: number;
  /** Whose claim the lock file itself holds: the holder's own, or that of the dead one before it. */
  readonly rootId: string;
}

/** A lock that is ours. */
export interface OwnLock {
  /** Whether the file is still the one that was taken. */
  isOurs(): boolean;
  /** Says that its holder is alive. */
  refresh(): Promise<void>;
  /** Removes the file. Synchronous, so that it can be done while the process exits. */
  release(): void;
}

/**
 * Finds who holds a lock: the holder in the file, or the last of those who inherited from it.
 *
 * @returns null if the lock is free
 * @throws MailError `storage`
 */
export async function findLock(path: string): Promise<FoundLock | null> {
  const root = await readClaim(path);
  if (root === null) return null;
  let last = root;
  for (;;) {
    const heir = await readClaim(heirPath(path, last.id));
    if (heir === null) return { ...last, rootId: root.id };
    last = heir;
  }
}

/**
 * Takes a lock that is free, or inherits it from a holder that the caller found to be dead.
 *
 * A claim is a hard link: made whole, or refused where there is one already. The place of an heir is named
 * after the dead holder's id, so one run alone can inherit from it; if that one dies too, the next inherits
 * from the heir. Only the heir replaces the lock file, so nobody removes the lock of a living run.
 *
 * @param dead the dead holder; null where the lock is free
 * @returns null if another run was faster: look again
 * @throws the file system's own error; MailError `storage`
 */
export async function takeLock(
  path: string,
  claim: LockClaim,
  dead: FoundLock | null,
): Promise<OwnLock | null> {
  const candidate = `${path}.new.${claim.id}.${claim.pid}`;
  try {
    await writeFile(candidate, JSON.stringify(claim), { flag: 'wx', mode: 0o600 });
    const isTaken =
      dead === null ? await makeLink(candidate, path) : await inherit(path, candidate, dead);
    if (!isTaken) return null;
  } finally {
    await unlink(candidate).catch(() => undefined);
  }
  await sweep(path);
  return ownLock(path, claim.id);
}

async function inherit(path: string, candidate: string, dead: FoundLock): Promise<boolean> {
  const place = heirPath(path, dead.id);
  if (!(await makeLink(candidate, place))) return false;
  // Another run may have inherited before, and tidied its claim away; but then the file is no longer the dead one's.
  if ((await readClaim(path))?.id === dead.rootId) {
    await rename(candidate, path);
    return true;
  }
  await unlink(place).catch(() => undefined);
  return false;
}

function ownLock(path: string, id: string): OwnLock {
  const isOurs = () => {
    try {
      return parseClaim(readFileSync(path, 'utf8'))?.id === id;
    } catch {
      return false;
    }
  };
  return {
    isOurs,
    async refresh() {
      const now = new Date();
      await utimes(path, now, now);
    },
    release() {
      if (!isOurs()) return;
      try {
        unlinkSync(path);
      } catch {
        // It is free again once this process has ended.
      }
    },
  };
}

/** Removes what is left of claims once the lock is ours: all that inherited, and what killed runs left. */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path);
  const [heir, candidate] = [`${basename(path)}.heir.`, `${basename(path)}.new.`];
  for (const name of await readdir(folder)) {
    const isLeft =
      name.startsWith(heir) ||
      (name.startsWith(candidate) && !isRunning(Number(name.split('.').at(-1))));
    if (isLeft) await unlink(join(folder, name)).catch(() => undefined);
  }
}

/** Hard links are exclusive and whole on every file system that has them. False if the place is taken. */
async function makeLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function heirPath(path: string, id: string): string {
  return `${path}.heir.${id}`;
}

async function readClaim(path: string): Promise<Omit<FoundLock, 'rootId'> | null> {
  const text = await readPrivateFile(path);
  const mtimeMs = await lstat(path).then(
    (found) => found.mtimeMs,
    () => null,
  );
  if (text === null || mtimeMs === null) return null;
  const claim = parseClaim(text);
  return { id: claim?.id ?? 'unreadable', holder: claim, refreshedAt: mtimeMs };
}

function parseClaim(text: string): LockClaim | null {
  try {
    const { id, pid, host, command, since } = JSON.parse(text) as Partial<LockClaim>;
    // The id becomes part of a file's name.
    if (typeof id !== 'string' || !/^[\w-]+$/.test(id)) return null;
    if (typeof pid !== 'number' || typeof host !== 'string') return null;
    if (typeof command !== 'string' || typeof since !== 'string') return null;
    return { id, pid, host, command, since };
  } catch {
    return null;
  }
}
