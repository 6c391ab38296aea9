/** Lines that are only ever added: whole ones stay whole, whatever came before them. */

import { execFileSync } from 'node:child_process';
import {
  appendFile,
  mkdtemp,
  open,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { appendLinesDurably, readLines } from '../../src/storage/append-file.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lines-'));
  path = join(folder, 'lines.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

async function lines(): Promise<string[]> {
  const all: string[] = [];
  for await (const { text } of readLines(path)) all.push(text);
  return all;
}

test('lines come back in their order, from a file that is the user’s alone', async () => {
  expect(await lines()).toEqual([]);
  await appendLinesDurably(path, ['one', 'two']);
  await appendLinesDurably(path, ['three']);
  expect(await lines()).toEqual(['one', 'two', 'three']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a torn last line is ended, and spoils no other', async () => {
  await appendLinesDurably(path, ['one']);
  await appendFile(path, '{"tor');
  await appendLinesDurably(path, ['two']);
  expect(await readFile(path, 'utf8')).toBe('one\n{"tor\ntwo\n');
});

test('runs at once lose no line and mix none', async () => {
  const all = Array.from({ length: 50 }, (_, number) => `${number} `.repeat(200));
  await Promise.all(all.map((line) => appendLinesDurably(path, [line])));
  expect((await lines()).sort()).toEqual([...all].sort());
});

test('a named pipe in its place is not waited for', async () => {
  execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', path]);
  const reading = lines().catch((error) => error.code);
  const late = AbortSignal.timeout(2_000);
  const waited = new Promise((resolve) => late.addEventListener('abort', () => resolve('waits')));
  const found = await Promise.race([reading, waited]);
  // Both ends are open then: a reader that waits goes on.
  if (found === 'waits') await (await open(path, 'r+')).close();
  expect(found).not.toBe('waits');
});

test('a link in its place is not followed', async () => {
  await writeFile(join(folder, 'other'), 'other\n');
  await symlink(join(folder, 'other'), path);
  await expect(appendLinesDurably(path, ['one'])).rejects.toMatchObject({ code: 'storage' });
  expect(await readFile(join(folder, 'other'), 'utf8')).toBe('other\n');
});
