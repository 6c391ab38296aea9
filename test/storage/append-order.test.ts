/** A line of the history is told as kept only once it is written whole and on disk. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

const fs = await import('node:fs');
const durable = await import('../../src/storage/durable-file.js');

let calls: string[];
/** How many bytes the disk has room for. */
let room: number;
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  writeSync: (file: number, data: Buffer) => {
    calls.push('write');
    return fs.writeSync(file, data.subarray(0, room));
  },
}));
jest.unstable_mockModule('../../src/storage/durable-file.js', () => ({
  ...durable,
  flush: (file: number) => {
    calls.push('flush');
    return durable.flush(file);
  },
  flushFolder: (path: string) => {
    calls.push('flush folder');
    return durable.flushFolder(path);
  },
}));
const { appendLinesDurably } = await import('../../src/storage/append-file.js');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'append-'));
  [calls, room] = [[], 1_000];
});
afterEach(() => rm(folder, { recursive: true }));

test('it is written, flushed, and its file is in the folder for good', async () => {
  await appendLinesDurably(join(folder, 'lines'), ['one']);
  expect(calls).toEqual(['write', 'flush', 'flush folder']);
  await appendLinesDurably(join(folder, 'lines'), ['two']);
  expect(calls.slice(3)).toEqual(['write', 'flush']);
});

test('a line that the disk took a part of is not told as kept', async () => {
  room = 2;
  await expect(appendLinesDurably(join(folder, 'lines'), ['one'])).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('full'),
  });
});
