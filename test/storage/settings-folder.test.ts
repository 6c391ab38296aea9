/** The settings folder's name in the keychain. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keychainService } from '../../src/storage/settings-folder.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'settings-'));
});
afterEach(() => rm(home, { recursive: true }));

test('a new folder gets a name that no other has, and keeps it', async () => {
  const folder = { home };
  const name = await keychainService(folder);
  expect(name).toMatch(/^writeupp-mail \([\da-f]{16}\)$/);
  await writeFile(join(home, 'sites.json'), '{}');
  expect(await keychainService(folder)).toBe(name);
  const other = await mkdtemp(join(tmpdir(), 'settings-'));
  expect(await keychainService({ home: other })).not.toBe(name);
  await rm(other, { recursive: true });
});

test('of runs that name it at once, all come to one name', async () => {
  const runs = Array.from({ length: 8 }, () => keychainService({ home }));
  expect(new Set(await Promise.all(runs)).size).toBe(1);
  expect(await readdir(home)).toEqual(['folder.json']);
});

test('a run that must change nothing writes nothing', async () => {
  await keychainService({ home }, true);
  expect(await readdir(home)).toEqual([]);
});

test.each([
  '',
  '{}',
  '{"version":2,"keychainService":"writeupp-mail"}',
  '{"version":1,"keychainService":7}',
])('a damaged file is told and left: %s', async (text) => {
  await writeFile(join(home, 'folder.json'), text, { mode: 0o600 });
  await expect(keychainService({ home })).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining(join(home, 'folder.json')),
  });
  expect(await readFile(join(home, 'folder.json'), 'utf8')).toBe(text);
});
