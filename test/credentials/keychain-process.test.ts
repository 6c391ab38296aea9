/** The worker's life: it never holds the program up, never outlives it, and never loses a write to Ctrl-C. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openKeychain } from '../../src/credentials/keychain.js';
import { type KeychainSetting, type Keyring, startKeyring } from '../support/keyring.js';
import { describeWith } from '../support/system-part.js';

const KEYCHAIN = new URL('../../build/src/credentials/keychain.js', import.meta.url);

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function keyring(): Promise<Keyring> {
  const started = await startKeyring({ unlocked: true });
  cleanUps.push(started.stop);
  return started;
}

/**
 * Runs a program that has the store as `store`, in a process group of its own, as a terminal does. `onSlow` is called
 * once a call is under way that its service does not answer; SIGUSR2 calls `onSignal`.
 */
function program(setting: KeychainSetting, code: string): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { openKeychain } = await import(${JSON.stringify(KEYCHAIN.href)});
       let [onSlow, onSignal] = [() => {}, () => {}];
       process.on('SIGUSR2', () => onSignal());
       const store = openKeychain({
         service: 'writeupp-mail-test', environment: process.env, interactive: false, timeoutMs: 20_000,
         slowAfterMs: 100, onSlow: () => onSlow(),
       });
       ${code}`,
    ],
    {
      env: {
        ...setting.env,
        WRITEUPP_MAIL_PASSPHRASE: 'open sesame',
        NODE_OPTIONS: '--no-warnings',
        NODE_EXTRA_CA_CERTS: '/dev/null',
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  cleanUps.push(async () => child.kill('SIGKILL'));
  return child;
}

/** Waits until the program says something. */
async function ready(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code, signal) => reject(new Error(`it ended: ${signal ?? code}`)));
  });
}

/** The process id of the program's worker, from the system. */
async function workerOf(child: ChildProcess): Promise<number> {
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    if (children !== '') return Number(children.trim());
    await wait(20);
  }
  throw new Error('it started no worker within 20 seconds');
}

async function eventuallyEnds(pid: number): Promise<void> {
  const until = Date.now() + 20_000;
  while (await isRunning(pid)) {
    if (Date.now() > until) throw new Error('it was still running after 20 seconds');
    await wait(20);
  }
}

/** A process that has ended and that init has not yet taken note of (state Z) does not run. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !stat.includes(') Z');
}

describeWith(['keyring'], 'the keychain worker', () => {
  test('lets a program end that has nothing more to do, and ends with it', async () => {
    const child = program(
      await keyring(),
      `const waiting = setInterval(() => {}, 1_000);
       onSignal = () => clearInterval(waiting);
       await store.prove();
       console.log('ready');`,
    );
    await ready(child);
    const worker = await workerOf(child);
    child.kill('SIGUSR2');

    expect(await once(child, 'exit')).toEqual([0, null]);
    await eventuallyEnds(worker);
  });

  test('lets a program exit with its own code while a call hangs', async () => {
    const started = await keyring();
    started.freeze();
    const child = program(
      started,
      `onSignal = () => process.exit(7);
       onSlow = () => console.log('ready');
       store.prove();`,
    );
    await ready(child);
    const worker = await workerOf(child);
    child.kill('SIGUSR2');

    expect(await once(child, 'exit')).toEqual([7, null]);
    await eventuallyEnds(worker);
  });

  test('ends when the program is killed while a call hangs', async () => {
    const started = await keyring();
    started.freeze();
    const child = program(started, `onSlow = () => console.log('ready'); store.prove();`);
    await ready(child);
    const worker = await workerOf(child);

    child.kill('SIGKILL');

    await eventuallyEnds(worker);
  });

  test('is ended at the time limit, while the program goes on', async () => {
    const started = await keyring();
    started.freeze();
    const child = program(
      started,
      `const hasty = openKeychain({
         service: 'writeupp-mail-test', environment: process.env, interactive: false, timeoutMs: 1_000,
         slowAfterMs: 100, onSlow: () => console.log('ready'),
       });
       await hasty.prove().catch(() => {});
       setTimeout(() => {}, 10_000);`,
    );
    await ready(child);
    const worker = await workerOf(child);

    await eventuallyEnds(worker);
    expect(child.exitCode).toBeNull();
  });

  test('completes a write while Ctrl-C reaches every process of the terminal', async () => {
    const started = await keyring();
    const child = program(
      started,
      `process.on('SIGINT', () => {});
       const waiting = setInterval(() => {}, 1_000);
       const toldToGoOn = new Promise((resolve) => { onSignal = resolve; });
       await store.prove();
       console.log('ready');
       await toldToGoOn;
       clearInterval(waiting);
       onSlow = () => console.log('storing');
       await store.set('harbour', 'smtp-password', 'secret');
       process.exit((await store.get('harbour', 'smtp-password')) === 'secret' ? 0 : 1);`,
    );
    await ready(child);
    started.freeze();
    child.kill('SIGUSR2');
    await ready(child);

    process.kill(-(child.pid as number), 'SIGINT');
    await wait(200);
    started.thaw();

    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('has neither the passphrase nor a secret in its environment or arguments', async () => {
    const child = program(
      await keyring(),
      `await store.set('harbour', 'smtp-password', 'hunter2');
       console.log('ready'); setTimeout(() => {}, 60_000);`,
    );
    await ready(child);
    const worker = await workerOf(child);
    const seen = await Promise.all(
      ['environ', 'cmdline'].map((file) => readFile(`/proc/${worker}/${file}`, 'utf8')),
    );

    expect(seen.join('\n')).toContain('keychain-worker.js');
    expect(seen.join('\n')).not.toMatch(/open sesame|hunter2|NODE_OPTIONS|NODE_EXTRA_CA_CERTS/);
  });
});

describe('a worker that fails', () => {
  test.each([
    ['crashes', `process.on('message', () => process.kill(process.pid, 'SIGKILL'));`],
    ['ends at once', ''],
  ])('a worker that %s is an unavailable keychain', async (_what, code) => {
    const store = openKeychain({
      service: 'test',
      environment: process.env,
      interactive: false,
      workerPath: await workerScript(code),
    });

    for (const _attempt of [1, 2]) {
      await expect(store.prove()).rejects.toMatchObject({ code: 'keychain-unavailable' });
    }
  });

  test('a secret that Windows would cut off is refused before anything is started', async () => {
    const store = openKeychain({
      service: 'test',
      environment: process.env,
      interactive: false,
      platform: 'win32',
      workerPath: '/nowhere',
    });

    await expect(
      store.set('harbour', 'google-access-token', 'é'.repeat(1_281)),
    ).rejects.toMatchObject({
      code: 'keychain-unavailable',
      message: expect.stringContaining('2,560 bytes'),
    });
  });
});

async function workerScript(code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'worker.mjs');
  await writeFile(path, code);
  return fileURLToPath(new URL(path, 'file://'));
}
