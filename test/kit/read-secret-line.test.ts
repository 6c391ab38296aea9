/** A password on standard input, as different programs write it. */

import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { readSecretLine } from '../../src/kit/read-secret-line.js';
import type { World } from '../../src/kit/world.js';

let notes: string[] = [];
const read = (bytes: Buffer) => {
  notes = [];
  const stdin = Object.assign(Readable.from([bytes]), { isTTY: false });
  const report = { note: (line: string) => notes.push(line) };
  return readSecretLine({ streams: { stdin }, ask: null, report } as unknown as World);
};
const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();

test.each([
  ['as it is', Buffer.from('sécret')],
  ['with a line end', Buffer.from('sécret\n')],
  ['from an editor on Windows, with a byte order mark', Buffer.from('\ufeffsécret\r\n')],
  ['from Windows PowerShell, in UTF-16', Buffer.from('\ufeffsécret\r\n', 'utf16le')],
  ['in the other UTF-16', bigEndian('\ufeffsécret\r\n')],
])('%s', async (_name, bytes) => {
  expect(await read(bytes)).toBe('sécret');
  expect(notes).toEqual([]);
});

test.each([
  ['echo secret |', 'secret \r\n', 'secret '],
  ['a blank first', ' secret', ' secret'],
  ['a tab', 'secret\t\n', 'secret\t'],
])('a blank at an end is kept, and told (%s)', async (_what, text, password) => {
  expect(await read(Buffer.from(text))).toBe(password);
  expect(notes).toEqual([expect.stringContaining('blank')]);
  expect(notes.join()).not.toContain('"secret');
});

test.each<[what: string, bytes: Buffer, why: string]>([
  ['nothing', Buffer.from(''), 'is empty'],
  ['a byte order mark alone', Buffer.from('\ufeff\n'), 'is empty'],
  ['two lines', Buffer.from('one\ntwo\n'), 'more than one line'],
  ['a whole file', Buffer.from('x'.repeat(2_000)), 'longer than 1024 bytes'],
  ['what never ends', Buffer.from('x'.repeat(20_000)), 'too long'],
  ['the console’s code page (850)', Buffer.from('p\x84ss', 'latin1'), 'code page'],
  ['the code page of Windows (1252)', Buffer.from('pässword\r\n', 'latin1'), 'code page'],
  ['a letter that is cut', Buffer.from('sé').subarray(0, -1), 'code page'],
  ['UTF-16 without a mark', Buffer.from('secret', 'utf16le'), 'code page'],
  ['UTF-16 with half a letter', Buffer.from('\ufeffs\ud83d', 'utf16le'), 'code page'],
  ['a letter that was lost before', Buffer.from('p\ufffdss'), 'lost'],
  ['a control character', Buffer.from('sec\x1bret'), 'control character'],
])('%s is refused', async (_what, bytes, why) => {
  await expect(read(bytes)).rejects.toMatchObject({
    code: 'invalid-settings',
    message: expect.stringContaining(why),
  });
});
