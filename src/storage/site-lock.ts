/** One writer a site: a lock that is waited for, says who holds it, and never outlives a killed run for long. */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, MailError } from '../errors.js';
import { describeHolder } from './describe-holder.js';
import { ensurePrivateFolder, storageError } from './durable-file.js';
import { isRunning } from './is-running.js';
import type { LockHolder, LockOptions, SiteLock } from './lock.js';
import { type FoundLock, findLock, type LockClaim, type OwnLock, takeLock } from './lock-file.js';

/** How long another run is waited for, in milliseconds. */
const WAIT_MS = 15_000;
const POLL_MS = 100;
const REFRESH_MS = 1_000;
/** A lock whose process is gone, or is on another computer, is dead after this much silence, in milliseconds. */
const STALE_MS = 5_000;
/**
 * And one whose process is there, after this much: its number may have gone to another process (after a restart
 * of the computer, say). A run that is starved or stopped (Ctrl-Z) for less keeps its lock.
 */
const REUSED_MS = 60_000;

/** The locks that this process holds: a claim with our number that is not among them is of a process before us. */
const held = new Set<string>();

/**
 * Takes the lock of a site.
 *
 * @param folder where locks are kept
 * @param key the site's key
 * @param siteName for messages
 * @throws MailError `site-busy`, `interrupted`, `storage`
 */
export async function lockSite(
  folder: string,
  key: string,
  siteName: string,
  options: LockOptions,
): Promise<SiteLock> {
  const path = `${folder}/${key}.lock`;
  try {
    await ensurePrivateFolder(folder);
    return await waitForLock(path, siteName, options);
  } catch (error) {
    throw storageError(error, path, 'locked');
  }
}

async function waitForLock(
  path: string,
  siteName: string,
  options: LockOptions,
): Promise<SiteLock> {
  const deadline = performance.now() + WAIT_MS;
  const silence = silenceWatch();
  let waited = false;
  for (;;) {
    if (options.signal.aborted) throw interrupted();
    const found = await findLock(path);
    if (found === null || isDead(found, silence(found))) {
      const claim = newClaim(options.command);
      const own = await takeLock(path, claim, found);
      if (own !== null) return keep(own, claim.id);
    } else {
      if (!waited) options.onWait(found.holder);
      waited = true;
      if (performance.now() >= deadline) throw siteBusy(siteName, found.holder);
    }
    await pause(options.signal);
  }
}

function newClaim(command: string): LockClaim {
  const since = new Date().toISOString();
  return { id: randomUUID(), pid: process.pid, host: hostname(), command, since };
}

/**
 * Measures for how long a lock was seen without a sign of life, in milliseconds: by our own clock, which does
 * not run while the computer sleeps, and whatever the time of the other computer is.
 */
function silenceWatch(): (found: FoundLock) => number {
  let seen = '';
  let seenAt = 0;
  return ({ id, refreshedAt }) => {
    const now = performance.now();
    if (seen !== `${id} ${refreshedAt}`) {
      seen = `${id} ${refreshedAt}`;
      seenAt = now;
    }
    return now - seenAt;
  };
}

/**
 * Whether the holder of a lock has died. A process that is gone counts only after some silence: in another
 * container of the same host name, processes have other numbers.
 */
function isDead({ holder, id, refreshedAt }: FoundLock, silenceMs: number): boolean {
  const ageMs = Date.now() - refreshedAt;
  if (holder === null || holder.host !== hostname()) return silenceMs > STALE_MS;
  const isThere = holder.pid === process.pid ? held.has(id) : isRunning(holder.pid);
  if (!isThere) return Math.max(ageMs, silenceMs) > STALE_MS;
  return ageMs > REUSED_MS && silenceMs > STALE_MS;
}

/** Keeps a lock fresh until it is released, or the process ends. */
function keep(own: OwnLock, id: string): SiteLock {
  held.add(id);
  const refreshing = setInterval(() => {
    // A lock that was lost is another run's to refresh. What fails now is tried again a second later.
    if (own.isOurs()) own.refresh().catch(() => undefined);
  }, REFRESH_MS);
  refreshing.unref();
  const end = () => {
    clearInterval(refreshing);
    own.release();
    held.delete(id);
  };
  process.once('exit', end);
  return {
    assertHeld: () => {
      if (!own.isOurs()) throw lostLock();
    },
    release: async () => {
      process.off('exit', end);
      end();
    },
  };
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(POLL_MS + Math.random() * POLL_MS, undefined, { signal }).catch(() => {
    throw interrupted();
  });
}

function siteBusy(siteName: string, holder: LockHolder | null): MailError {
  return new MailError(
    'site-busy',
    `The site "${siteName}" is in use by ${describeHolder(holder)}.`,
    'Wait until that run has ended, then run the command again.',
  );
}

function lostLock(): MailError {
  return new MailError(
    'site-busy',
    'This run lost its hold on the site: it stood still for a minute, and another run took over.',
    'Run the command again: it goes on from what is stored.',
  );
}
