/** Files that people name: whole, private, and never by a link, nor in the place of what is no ordinary file. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tryNamedFile, writeNamedFile } from '../../src/storage/named-file.js';

const FAILURES = { option: '--failures' };
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'named-'));
  path = join(folder, 'left.csv');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('is written anew: private, whatever was there before, and the folder stays as it is', async () => {
  await chmod(folder, 0o755);
  await writeFile(path, 'old', { mode: 0o644 });
  const reader = await open(path);
  await writeNamedFile(path, 'one', FAILURES);
  await writeNamedFile(path, 'two', FAILURES);
  expect(await readFile(path, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  // Whoever could read the old one reads nothing of the new.
  expect(await reader.readFile('utf8')).toBe('old');
  await reader.close();
  expect([(await stat(folder)).mode & 0o777, await readdir(folder)]).toEqual([0o755, ['left.csv']]);
});

test('trying changes nothing and leaves nothing behind', async () => {
  await writeFile(path, 'old');
  await tryNamedFile(path, FAILURES);
  expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['old', ['left.csv']]);
});

test.each<[what: string, put: (path: string) => Promise<unknown>]>([
  ['a link to a file', async (at) => symlink(await aFile('target'), at)],
  ['a link to nothing', (at) => symlink('nowhere', at)],
  ['a folder', (at) => mkdir(at)],
  ['a named pipe', async (at) => spawnSync('sh', ['-c', 'mkfifo "$0"', at])],
  ['a file that may not be replaced', (at) => writeFile(at, 'mine')],
])('%s is refused, tried or written, and stays', async (what, put) => {
  const naming = { option: '--rejects', mayReplace: !what.includes('may not') };
  await put(path);
  const before = await readdir(folder);
  const refusal = { code: 'usage', message: expect.stringContaining(`--rejects: ${path} is `) };
  await expect(writeNamedFile(path, 'new', naming)).rejects.toMatchObject(refusal);
  await expect(tryNamedFile(path, naming)).rejects.toMatchObject(refusal);
  expect(await readdir(folder)).toEqual(before);
  for (const name of before.filter((name) => name === 'target')) {
    expect(await readFile(join(folder, name), 'utf8')).toBe('mine');
  }
});

test('what can’t be put in its place any more leaves nothing beside it: passwords may stand in it', async () => {
  let looks = 0;
  const naming = {
    option: '--rejects',
    // Somebody puts a file there while the text is written beside it.
    get mayReplace() {
      looks += 1;
      if (looks === 2) writeFileSync(path, 'mine');
      return false;
    },
  };
  await expect(writeNamedFile(path, 'a password', naming)).rejects.toMatchObject({ code: 'usage' });
  expect(await readdir(folder)).toEqual(['left.csv']);
  expect(await readFile(path, 'utf8')).toBe('mine');
});

test('where nothing can be written, the system’s reason is told', async () => {
  const missing = join(folder, 'no', 'left.csv');
  await expect(tryNamedFile(missing, FAILURES)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('no such file or folder'),
  });
});

async function aFile(name: string): Promise<string> {
  await writeFile(join(folder, name), 'mine');
  return join(folder, name);
}
