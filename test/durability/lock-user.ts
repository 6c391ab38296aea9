/**
 * A process that uses a lock, for the tests of the lock: `lock-user.js hold FOLDER` takes it and keeps it;
 * `lock-user.js race FOLDER ROUNDS` takes it ROUNDS times, and is sure to be alone each time.
 */

import { unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '../../src/storage/lock.js';

const [mode = '', folder = '', rounds = '0'] = process.argv.slice(2);

const take = () =>
  takeLock(
    `${folder}/site.lock`,
    'The site "site"',
    { command: mode, signal: new AbortController().signal, onWait: () => undefined },
    60_000,
  );

if (mode === 'hold') {
  await take();
  process.stdout.write('held\n');
  setInterval(() => undefined, 1_000);
} else {
  for (let round = 0; round < Number(rounds); round += 1) {
    const lock = await take();
    // Two at once in here are what a lock is there to prevent: the second one can't make the file.
    await writeFile(`${folder}/inside`, '', { flag: 'wx' });
    await sleep(Math.random() * 3);
    lock.assertHeld();
    await unlink(`${folder}/inside`);
    await lock.release();
  }
}
