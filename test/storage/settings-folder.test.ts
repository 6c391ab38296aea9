/** The settings folder's name in the keychain: its own, or the one that version 0.1.0 gave it. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keychainService } from '../../src/storage/settings-folder.js';
import { copyFormerHome } from '../support/home-0-1-0.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'settings-'));
});
afterEach(() => rm(home, { recursive: true }));

test('a new folder gets a name that no other has, and keeps it', async () => {
  const folder = { home, isDefaultHome: true };
  const name = await keychainService(folder);
  expect(name).toMatch(/^writeupp-mail \([\da-f]{16}\)$/);
  await writeFile(join(home, 'sites.json'), '{}');
  expect(await keychainService(folder)).toBe(name);
  expect(await keychainService({ ...folder, isDefaultHome: false })).toBe(name);
  const other = await mkdtemp(join(tmpdir(), 'settings-'));
  expect(await keychainService({ home: other, isDefaultHome: true })).not.toBe(name);
  await rm(other, { recursive: true });
});

test('of runs that name it at once, all come to one name', async () => {
  const runs = Array.from({ length: 8 }, () => keychainService({ home, isDefaultHome: true }));
  expect(new Set(await Promise.all(runs)).size).toBe(1);
  expect(await readdir(home)).toEqual(['folder.json']);
});

test.each([true, false])(
  'a folder of version 0.1.0 keeps its name (default: %p)',
  async (isDefaultHome) => {
    await copyFormerHome(home);
    const former = isDefaultHome ? 'writeupp-mail' : `writeupp-mail (${home})`;
    expect(await keychainService({ home, isDefaultHome })).toBe(former);
    // For good, also once it has no record or another path.
    await rm(join(home, 'sites'), { recursive: true });
    expect(await keychainService({ home, isDefaultHome: !isDefaultHome })).toBe(former);
  },
);

test('a run that must change nothing writes nothing', async () => {
  await keychainService({ home, isDefaultHome: true }, true);
  expect(await readdir(home)).toEqual([]);
});

test.each([
  '',
  '{}',
  '{"version":2,"keychainService":"writeupp-mail"}',
  '{"version":1,"keychainService":7}',
])('a damaged file is told and left: %s', async (text) => {
  await writeFile(join(home, 'folder.json'), text, { mode: 0o600 });
  await expect(keychainService({ home, isDefaultHome: true })).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining(join(home, 'folder.json')),
  });
  expect(await readFile(join(home, 'folder.json'), 'utf8')).toBe(text);
});
