/** What locks do otherwise on Windows; that they lock at all is proven in test/durability/lock.test.ts. */

import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isSameFile, loadLockFile } from '../../src/storage/kernel-lock.js';
import { leftLocks } from '../../src/storage/lock.js';

const HOLDER = JSON.stringify({ pid: 1, host: 'here', command: 'migrate', since: '2026-11-20' });

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kernel-lock-'));
  path = join(folder, 'site.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a volume’s number counts by the 32 bits that an open file tells', () => {
  const opened = { ino: 7n, dev: 0x9abc_def0n };
  expect(isSameFile(opened, { ino: 7n, dev: 0x1234_5678_9abc_def0n })).toBe(true);
  expect(isSameFile(opened, { ino: 7n, dev: -0x6543_2110n })).toBe(true);
  expect(isSameFile(opened, { ino: 7n, dev: 0x9abc_def1n })).toBe(false);
  expect(isSameFile(opened, { ino: 8n, dev: 0x9abc_def0n })).toBe(false);
});

test('the file of a run that let go is removed on every system: a spool has one for each message', async () => {
  for (const platform of ['linux', 'win32'] as const) {
    await (await loadLockFile(platform))(path, HOLDER)?.letGo();
    expect(await readdir(folder)).toEqual([]);
  }
});

test('a lock that can’t be looked at says so in words', async () => {
  const inner = join(folder, 'inner');
  await mkdir(inner);
  const held = (await loadLockFile())(join(inner, 'site.lock'), HOLDER);
  await rename(inner, join(folder, 'away'));
  await symlink(inner, inner);
  expect(() => held?.isInPlace()).toThrow(
    expect.objectContaining({
      code: 'storage',
      message: expect.stringContaining(join(inner, 'site.lock')),
    }),
  );
  await held?.letGo();
});

test('Windows may not let it be removed: it names nobody, and is nothing that a killed run left', async () => {
  const lockFile = await loadLockFile('win32');
  await writeFile(path, '');
  expect(await leftLocks(folder, 'win32')).toEqual([]);
  const again = lockFile(path, HOLDER);
  expect(again?.isInPlace()).toBe(true);
  await again?.letGo();
});

test('what a killed run left is told on every system, and cleared', async () => {
  for (const platform of ['linux', 'win32'] as const) {
    await writeFile(path, HOLDER);
    expect(await leftLocks(folder, platform)).toMatchObject([{ path, holder: { host: 'here' } }]);
    await (await loadLockFile(platform))(path, '')?.letGo();
    expect(await leftLocks(folder, platform)).toEqual([]);
  }
  expect(await readdir(folder)).toEqual([]);
});
