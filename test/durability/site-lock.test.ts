/** The lock of a site under stress: never two holders, never taken from the living, soon free after a kill. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { LockHolder } from '../../src/storage/lock.js';
import { lockSite } from '../../src/storage/site-lock.js';

const LOCK_USER = fileURLToPath(
  new URL('../../build/test/durability/lock-user.js', import.meta.url),
);

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'site-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe('a site lock', () => {
  test('has one holder at a time, whoever wins the race for what a dead run left', async () => {
    const runs = Array.from({ length: 6 }, () => user('inherit', '150'));
    const ends = runs.map(async ({ child, output }) => {
      const [code] = await once(child, 'close');
      return { code, output: output() };
    });
    expect(await Promise.all(ends)).toEqual(runs.map(() => ({ code: 0, output: '' })));
    expect((await readdir(folder)).filter((name) => name !== 'site.lock')).toEqual([]);
  });

  test('stays with a run that is stopped for longer than a dead one may be silent', async () => {
    const { child } = await holder();
    child.kill('SIGSTOP');
    const { failure, waitedFor, ms } = await tryToLock();
    child.kill('SIGCONT');
    expect(failure).toMatchObject({ code: 'site-busy' });
    expect(failure?.message).toContain(
      `"writeupp-mail hold" on this computer (process ${child.pid}`,
    );
    expect(waitedFor?.pid).toBe(child.pid);
    expect(ms).toBeGreaterThan(14_900);
    expect(ms).toBeLessThan(17_000);
  });

  test('is free again within 15 seconds of a kill', async () => {
    const { child } = await holder();
    child.kill('SIGKILL');
    await once(child, 'close');
    const { failure, ms } = await tryToLock();
    expect(failure).toBeNull();
    expect(ms).toBeLessThan(10_000);
  });

  test('is given up when another run took over, and says so before a write', async () => {
    const lock = await take();
    await writeFile(join(folder, 'site.lock'), JSON.stringify({ ...claim(process.pid), id: 'x' }));
    expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'site-busy' }));
    await lock.release();
    // Not ours any more, so not ours to remove.
    expect(await readFile(join(folder, 'site.lock'), 'utf8')).toContain('"id":"x"');
  });

  const LEFT_BEHIND = [
    ['by a process that is gone', () => claim(2 ** 30), 3_600],
    ['by a process whose number is ours now', () => claim(process.pid), 3_600],
    ['by a process whose number is another one’s now', () => claim(process.ppid), 3_600],
    ['on another computer', () => ({ ...claim(process.pid), host: 'elsewhere.example' }), 0],
    ['by a power cut, empty', () => null, 0],
    ['at a time that is yet to come', () => claim(2 ** 30), -3_600],
  ] as const;
  test.each(LEFT_BEHIND)('that was left %s is free within 15 seconds', async (_, content, ageS) => {
    const left = content();
    await writeFile(join(folder, 'site.lock'), left === null ? '' : JSON.stringify(left));
    const time = Date.now() / 1000 - ageS;
    await utimes(join(folder, 'site.lock'), time, time);
    const { failure, ms } = await tryToLock();
    expect(failure).toBeNull();
    expect(ms).toBeLessThan(10_000);
    expect(await readdir(folder)).toEqual([]);
  });

  test('is inherited from an heir that died before it could take over', async () => {
    await writeFile(join(folder, 'site.lock'), JSON.stringify({ ...claim(2 ** 30), id: 'one' }));
    await writeFile(join(folder, 'site.lock.heir.one'), JSON.stringify(claim(2 ** 30 + 1)));
    await writeFile(join(folder, `site.lock.new.three.${2 ** 30}`), '{');
    expect((await tryToLock()).failure).toBeNull();
    expect(await readdir(folder)).toEqual([]);
  });

  test('never follows a symbolic link in its place', async () => {
    const target = join(folder, 'target');
    await writeFile(target, 'precious');
    await symlink(target, join(folder, 'site.lock'));
    const { failure } = await tryToLock();
    expect(failure).toMatchObject({ code: 'storage' });
    expect(failure?.message).toContain(join(folder, 'site.lock'));
    expect(await readFile(target, 'utf8')).toBe('precious');
  });
});

function claim(pid: number) {
  const since = '2026-01-01T00:00:00.000Z';
  return { id: 'left-behind', pid, host: hostname(), command: 'migrate', since };
}

function take(onWait: (holder: LockHolder | null) => void = () => undefined) {
  const { signal } = new AbortController();
  return lockSite(folder, 'site', 'site', { command: 'test', onWait, signal });
}

async function tryToLock() {
  const began = performance.now();
  let waitedFor: LockHolder | null = null;
  let failure: MailError | null = null;
  try {
    const lock = await take((holder) => {
      waitedFor = holder;
    });
    lock.assertHeld();
    await lock.release();
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    failure = error;
  }
  return {
    failure: failure as MailError | null,
    waitedFor: waitedFor as LockHolder | null,
    ms: performance.now() - began,
  };
}

function user(mode: string, ...more: string[]) {
  const child = spawn(process.execPath, [LOCK_USER, mode, folder, ...more]);
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

/** A process that holds the lock. */
async function holder() {
  const { child, output } = user('hold');
  for (let tries = 0; tries < 400 && !output().includes('held'); tries += 1) await sleep(25);
  expect(output()).toBe('held\n');
  return { child };
}
