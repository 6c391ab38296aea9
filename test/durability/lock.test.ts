/** The lock under stress: never two holders, never taken from the living, free at once after a kill. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { takeLock } from '../../src/storage/lock.js';
import type { LockHolder } from '../../src/storage/lock-holder.js';
import { describeWith, testIf } from '../support/system-part.js';

const LOCK_USER = [
  process.execPath,
  fileURLToPath(new URL('../../build/test/durability/lock-user.js', import.meta.url)),
];
/** How long a test waits for a lock that must not come, in milliseconds. */
const SHORT_WAIT_MS = 300;

let folder: string;
let path: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'site.lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe('a lock', () => {
  test('has one holder at a time, in a race for it, and leaves nothing behind', async () => {
    await race(Array.from({ length: 6 }, () => [...LOCK_USER, 'race', folder, '150']));
  });

  test('stays with a run that stands still, and those who wait are told who has it', async () => {
    const { child } = await holder();
    child.kill('SIGSTOP');
    const { failure, waitedFor } = await tryToLock(SHORT_WAIT_MS);
    child.kill('SIGCONT');
    expect(failure).toMatchObject({ code: 'site-busy' });
    expect(failure?.message).toMatch(
      new RegExp(
        `^The site "site" is in use by "writeupp-mail hold" on this computer \\(process ${child.pid}, for \\d+ s\\)\\.$`,
      ),
    );
    expect(waitedFor).toMatchObject({ pid: child.pid, host: hostname(), command: 'hold' });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(waitedFor);
  });

  test('is waited for until it is free', async () => {
    const first = await take();
    let isFree = false;
    const second = takeLock(path, 'It', {
      ...{ command: 'wait', signal: new AbortController().signal },
      onWait: async () => {
        isFree = true;
        await first.release();
      },
    });
    (await second).assertHeld();
    expect(isFree).toBe(true);
    await (await second).release();
  });

  test('is free at once after a kill, stopped or not', async () => {
    for (const stopped of [false, true]) {
      const { child } = await holder();
      if (stopped) child.kill('SIGSTOP');
      child.kill('SIGKILL');
      await once(child, 'close');
      const { failure, waitedFor } = await tryToLock(0);
      expect({ failure, waitedFor }).toEqual({ failure: null, waitedFor: null });
    }
  });

  test('is waited for no longer once the run is asked to end', async () => {
    const lock = await take();
    const controller = new AbortController();
    const waiting = takeLock(path, 'It', {
      ...{ command: 'wait', signal: controller.signal },
      onWait: () => controller.abort(),
    });
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    lock.assertHeld();
    await lock.release();
  });

  test('does not stand in the way of another: one run holds several', async () => {
    const [one, other] = [await take(), await take(join(folder, 'account-1f.lock'))];
    one.assertHeld();
    other.assertHeld();
    await one.release();
    other.assertHeld();
    await other.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('whose file was removed or replaced is lost, and says so before a write', async () => {
    const lock = await take();
    await unlink(path);
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'site-busy' }));
    const other = await take();
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'site-busy' }));
    await lock.release();
    // Not ours any more, so not ours to remove.
    other.assertHeld();
    await other.release();
    expect(() => other.assertHeld()).toThrow(expect.objectContaining({ code: 'site-busy' }));
  });

  const LEFT = [
    ['by a killed run', { id: 'a-b', pid: process.ppid, host: hostname(), command: 'migrate' }],
    ['by a power cut, empty', null],
  ] as const;
  test.each(LEFT)('that was left %s is free at once, and swept away', async (_, content) => {
    const since = new Date().toISOString();
    await writeFile(path, content === null ? '' : JSON.stringify({ ...content, since }));
    await writeFile(join(folder, '@account.lock'), '{');
    expect(await tryToLock(0)).toEqual({ failure: null, waitedFor: null, leftElsewhere: null });
    expect(await readdir(folder)).toEqual([]);
  });

  test('that a run on another computer left is taken, and told', async () => {
    const left = { pid: 1, host: 'elsewhere.example', command: 'migrate', since: '2026-01-01' };
    await writeFile(path, JSON.stringify(left));
    expect(await tryToLock(0)).toEqual({ failure: null, waitedFor: null, leftElsewhere: left });
  });

  test('never follows a symbolic link in its place', async () => {
    const target = join(folder, 'target');
    await writeFile(target, 'precious');
    await symlink(target, path);
    const { failure } = await tryToLock(0);
    expect(failure).toMatchObject({ code: 'storage' });
    expect(failure?.message).toContain(path);
    expect(await readFile(target, 'utf8')).toBe('precious');
  });
});

describeWith(['strace'], 'a lock, slowly,', () => {
  test('is not taken by way of a file that its last holder has removed', async () => {
    // The kernel waits 20 ms before it locks: time enough for the file that was opened to be gone.
    const slowly = ['strace', '-f', '-qq', '-o', '/dev/null', '--inject=fcntl:delay_enter=20000'];
    const racer = [...LOCK_USER, 'race', folder];
    await race([
      [...racer, '300'],
      [...slowly, ...racer, '3'],
    ]);
  });
});

/** Another host name on the same kernel, as a container has it; who is not root needs a user name space as well. */
const unshare = [['-u'], ['-r', '-u']].find(
  (options) => spawnSync('unshare', [...options, 'true']).status === 0,
);
testIf(unshare !== undefined, 'the right to make a UTS name space (unshare -u)')(
  'a lock stays with a run of another host name, which is told to be no place to share',
  async () => {
    const inside = 'hostname elsewhere && exec "$@"';
    const { child } = await holder('unshare', ...(unshare ?? []), 'sh', '-c', inside, 'sh');
    child.kill('SIGSTOP');
    const { failure } = await tryToLock(SHORT_WAIT_MS);
    expect(failure).toMatchObject({ code: 'site-busy' });
    expect(failure?.message).toContain(`on elsewhere (process ${child.pid},`);
    expect(failure?.hint).toContain('must not be shared between computers');
    child.kill('SIGKILL');
    await once(child, 'close');
    const { failure: next, leftElsewhere } = await tryToLock(0);
    expect(next).toBeNull();
    expect(leftElsewhere).toMatchObject({ host: 'elsewhere' });
    expect(await lstat(path).catch(() => null)).toBeNull();
  },
);

function take(at = path) {
  const { signal } = new AbortController();
  return takeLock(at, 'It', { command: 'test', onWait: () => undefined, signal });
}

async function tryToLock(waitMs: number) {
  let waitedFor: LockHolder | null = null;
  let leftElsewhere: LockHolder | null = null;
  let failure: MailError | null = null;
  const options = {
    ...{ command: 'test', signal: new AbortController().signal },
    onWait: (found: LockHolder | null) => {
      waitedFor = found;
    },
    onLeftElsewhere: (found: LockHolder) => {
      leftElsewhere = found;
    },
  };
  try {
    const lock = await takeLock(path, 'The site "site"', options, waitMs);
    lock.assertHeld();
    await lock.release();
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    failure = error;
  }
  return {
    failure: failure as MailError | null,
    waitedFor: waitedFor as LockHolder | null,
    leftElsewhere: leftElsewhere as LockHolder | null,
  };
}

/** Runs these at once, to their ends: none fails, and nothing is left. */
async function race(commands: readonly (readonly string[])[]): Promise<void> {
  const ends = commands.map(async (command) => {
    const { child, output } = start(command);
    const [code] = await once(child, 'close');
    return { code, output: output() };
  });
  expect(await Promise.all(ends)).toEqual(commands.map(() => ({ code: 0, output: '' })));
  expect(await readdir(folder)).toEqual([]);
}

function start([program = '', ...args]: readonly string[]) {
  const child = spawn(program, args);
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  return { child, output: () => text };
}

/** A process that holds the lock, started by way of another program if one is named. */
async function holder(...by: readonly string[]) {
  const { child, output } = start([...by, ...LOCK_USER, 'hold', folder]);
  while (!output().includes('held') && child.exitCode === null) await sleep(20);
  expect(output()).toBe('held\n');
  return { child };
}
