/** One writer a site: a lock that is waited for, says who holds it, and never outlives a killed run for long. */

import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { ensurePrivateFolder, storageError } from '../durable-file.js';
import { interrupted, MailError } from '../errors.js';
import { describeHolder } from './describe-holder.js';
import type { LockHolder, LockOptions, SiteLock } from './site-store.js';

/** How long another run is waited for, in milliseconds. */
const WAIT_MS = 15_000;
/** A lock that was not refreshed for this long belongs to a dead run, in milliseconds. */
const STALE_MS = 5_000;
const REFRESH_MS = 1_000;
const POLL_MS = 100;
/** How long a lock that was waited for must stay ours before it is believed, in milliseconds. */
const SETTLE_MS = 150;

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
  const ownerPath = `${folder}/${key}.owner.json`;
  await ensurePrivateFolder(folder).catch((error: unknown) => {
    throw storageError(error, folder, 'written');
  });
  const deadline = Date.now() + WAIT_MS;
  let waited = false;
  for (;;) {
    if (options.signal.aborted) throw interrupted();
    const attempt = await tryLock(path, ownerPath, options.command, waited);
    if (attempt !== null) return attempt;
    if (!waited) options.onWait(await readHolder(ownerPath));
    waited = true;
    if (Date.now() >= deadline) throw siteBusy(siteName, await readHolder(ownerPath));
    await sleep(POLL_MS + Math.random() * POLL_MS, undefined, { signal: options.signal }).catch(
      () => {
        throw interrupted();
      },
    );
  }
}

async function tryLock(
  path: string,
  ownerPath: string,
  command: string,
  contended: boolean,
): Promise<SiteLock | null> {
  let lost = false;
  let release: () => Promise<void>;
  try {
    release = await lockfile.lock(path, {
      realpath: false,
      lockfilePath: path,
      stale: STALE_MS,
      update: REFRESH_MS,
      onCompromised: () => {
        lost = true;
      },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return null;
    throw storageError(error, path, 'locked');
  }
  const mine: LockHolder = {
    pid: process.pid,
    host: hostname(),
    command,
    since: new Date().toISOString(),
  };
  const text = JSON.stringify(mine);
  await writeFile(ownerPath, text, { mode: 0o600 });
  // Two runs can find the same dead lock, and the slower one can remove the faster one's new lock
  // (proper-lockfile removes by name). The last to write the owner file is the one that has it.
  if (contended) {
    await sleep(SETTLE_MS);
    if ((await readFile(ownerPath, 'utf8').catch(() => '')) !== text) return null;
  }
  return {
    assertHeld: () => {
      if (lost) throw lostLock();
    },
    release: async () => {
      if (lost) return;
      lost = true;
      // The lock may have been taken over while this computer slept: then there is nothing to give back.
      await release().catch(() => undefined);
    },
  };
}

async function readHolder(ownerPath: string): Promise<LockHolder | null> {
  try {
    const value = JSON.parse(await readFile(ownerPath, 'utf8')) as Partial<LockHolder>;
    const { pid, host, command, since } = value;
    if (typeof pid !== 'number' || typeof host !== 'string') return null;
    if (typeof command !== 'string' || typeof since !== 'string') return null;
    return { pid, host, command, since };
  } catch {
    return null;
  }
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
    'This run lost its hold on the site: the computer slept, or another run took over.',
    'Run the command again: it goes on from what is stored.',
  );
}
