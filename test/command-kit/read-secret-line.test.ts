/** A password on standard input, as different programs write it. */

import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { readSecretLine } from '../../src/command-kit/read-secret-line.js';
import type { Context } from '../../src/context/context.js';

const read = (bytes: Buffer) => {
  const stdin = Object.assign(Readable.from([bytes]), { isTTY: false });
  return readSecretLine({ streams: { stdin }, prompts: null } as unknown as Context);
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
});

test.each([
  ['nothing', ''],
  ['a byte order mark alone', '\ufeff\n'],
  ['two lines', 'one\ntwo\n'],
  ['a whole file', 'x'.repeat(2_000)],
])('%s is refused', async (_name, text) => {
  await expect(read(Buffer.from(text))).rejects.toMatchObject({ code: 'invalid-settings' });
});
