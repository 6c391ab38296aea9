/** Durable files: nothing half-written stays, nothing of a living run is lost, and a write costs the same in any folder. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createFileDurably,
  sweepFolder,
  writeFileDurably,
} from '../../src/storage/durable-file.js';

const MODULE = new URL('../../build/src/storage/durable-file.js', import.meta.url);

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'durable-'));
  path = join(folder, 'site.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('a file is replaced whole, and is private', async () => {
  await writeFileDurably(path, 'one');
  await writeFileDurably(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['site.json']);
});

test.each([
  ['writing', 'writeFileSync = (file, data) => { write(file, data.slice(0, 1)); throw full; }'],
  ['flushing', 'fsync = (_, told) => told(full)'],
])('a disk that is full when %s leaves the folder as it was', async (_, replaced) => {
  await writeFileDurably(path, 'one');
  const said = run(`
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const write = fs.writeFileSync;
    fs.${replaced};
    syncBuiltinESMExports();
    await writeFileDurably(folder + '/site.json', 'two').catch(({ code, message }) => {
      write(1, JSON.stringify({ code, message }));
    });
  `);
  expect(JSON.parse(said)).toMatchObject({
    code: 'storage',
    message: expect.stringContaining('the disk is full'),
  });
  expect(await readdir(folder)).toEqual(['site.json']);
  expect(await readFile(path, 'utf8')).toBe('one');
});

test('a file is made by one of those who want to make it', async () => {
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, index) => createFileDurably(path, `content ${index}`)),
  );
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(`content ${made.indexOf(true)}`);
  expect(await readdir(folder)).toEqual(['site.json']);
});

test('what killed runs left is swept, and what a living one writes is not', async () => {
  const left = ['.site.json.4194304.0a1b2c3d4e5f.tmp'];
  const stays = [
    `.site.json.${process.ppid}.0a1b2c3d4e5f.tmp`,
    '.hidden',
    'other.tmp',
    'site.json',
  ];
  for (const name of [...left, ...stays]) await writeFile(join(folder, name), '');
  await sweepFolder(folder);
  expect((await readdir(folder)).sort()).toEqual(stays.sort());
});

test('a folder is swept by the first write of a process, and listed by no other', () => {
  const counted = run(`
    let lists = 0;
    const { readdir } = fs.promises;
    fs.promises.readdir = (...args) => { lists += 1; return readdir(...args); };
    syncBuiltinESMExports();
    fs.writeFileSync(folder + '/.site.json.4194304.0a.tmp', '');
    for (let index = 0; index < 50; index += 1) await writeFileDurably(folder + '/' + index, 'x');
    console.log(JSON.stringify({ lists, files: fs.readdirSync(folder).length }));
  `);
  expect(JSON.parse(counted)).toEqual({ lists: 1, files: 50 });
});

test('a run whose file was swept from another container writes it again', async () => {
  run(`
    const { rename } = fs.promises;
    let renames = 0;
    fs.promises.rename = async (from, to) => {
      renames += 1;
      if (renames === 1) fs.unlinkSync(from);
      return rename(from, to);
    };
    syncBuiltinESMExports();
    await writeFileDurably(folder + '/site.json', 'whole');
  `);
  expect(await readFile(path, 'utf8')).toBe('whole');
  expect(await readdir(folder)).toEqual(['site.json']);
});

test.each([
  ['a replacement', 'promises.rename', `writeFileDurably(path, 'two')`, 'two'],
  ['a deletion', 'promises.unlink', 'removeFileDurably(path)', null],
  ['reading', 'openSync', 'readPrivateFile(path)', 'one'],
  ['adding a line', 'openSync', `appendLinesDurably(path, ['two'])`, 'one\ntwo\n'],
])('%s on Windows waits for a program that has the file open', async (_, replaced, work, left) => {
  await writeFile(path, 'one');
  run(`
    Object.defineProperty(process, 'platform', { value: 'win32' });
    const path = folder + '/site.json';
    const { appendLinesDurably } = await import(new URL('append-file.js', MODULE));
    const whole = fs.${replaced};
    let refusals = 0;
    fs.${replaced} = (...args) => {
      refusals += 1;
      if (refusals <= 3) throw Object.assign(new Error(), { code: 'EPERM' });
      return whole(...args);
    };
    syncBuiltinESMExports();
    await ${work};
  `);
  expect(await readFile(path, 'utf8').catch(() => null)).toBe(left);
  expect(await readdir(folder)).toEqual(left === null ? [] : ['site.json']);
});

/** Runs code in a process of its own, where the file system's functions can be replaced. */
function run(code: string): string {
  const script = `
    const { default: fs } = await import('node:fs');
    const { syncBuiltinESMExports } = await import('node:module');
    const MODULE = ${JSON.stringify(MODULE.href)};
    const { readPrivateFile, removeFileDurably, writeFileDurably } = await import(MODULE);
    const [folder] = process.argv.slice(1);
    ${code}`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, folder],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}
