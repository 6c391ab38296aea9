/**
 * A process that uses a lock, for the tests of the lock: `lock-user.js hold FOLDER` takes it and keeps it;
 * `lock-user.js inherit FOLDER ROUNDS` takes it ROUNDS times, and leaves it each time as a killed run does.
 */

import { randomUUID } from 'node:crypto';
import { rename, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLock, takeLock } from '../../src/storage/lock-file.js';
import { lockSite } from '../../src/storage/site-lock.js';

const [mode = '', folder = '', rounds = '0'] = process.argv.slice(2);
const claimOf = (pid: number) => ({
  ...{ id: randomUUID(), pid, host: hostname() },
  ...{ command: mode, since: new Date().toISOString() },
});
/** No process has it: Linux gives numbers up to 2^22 at most. */
const DEAD_PID = 2 ** 30;

if (mode === 'hold') {
  await lockSite(folder, 'site', 'site', {
    ...{ command: 'hold', signal: new AbortController().signal },
    onWait: () => undefined,
  });
  process.stdout.write('held\n');
  setInterval(() => undefined, 1_000);
} else {
  for (let round = 0; round < Number(rounds); round += 1) await inheritOnce();
}

/** Races for the lock with no pause, and judges every holder with the dead one's number to be dead. */
async function inheritOnce(): Promise<void> {
  const path = `${folder}/site.lock`;
  for (;;) {
    const found = await findLock(path);
    if (found !== null && found.holder?.pid !== DEAD_PID) {
      await sleep(Math.random() * 2);
      continue;
    }
    const own = await takeLock(path, claimOf(process.pid), found);
    if (own === null) continue;
    // Two at once in here are what a lock is there to prevent: the second one can't make the file.
    await writeFile(`${folder}/inside`, '', { flag: 'wx' });
    await sleep(Math.random() * 3);
    if (!own.isOurs()) throw new Error('the lock of a living process was taken away');
    await unlink(`${folder}/inside`);
    await leaveAsIfKilled(path);
    return;
  }
}

async function leaveAsIfKilled(path: string): Promise<void> {
  const dead = `${path}.${process.pid}.left`;
  await writeFile(dead, JSON.stringify(claimOf(DEAD_PID)));
  await utimes(dead, 0, 0);
  await rename(dead, path);
}
