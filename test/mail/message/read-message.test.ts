/** Reading a message from standard input: bounded, and refused early. */

import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { readMessage, requireSize } from '../../../src/mail/message/read-message.js';

const never = new AbortController().signal;
const of = (...pieces: readonly string[]) =>
  Readable.from(pieces.map((piece) => Buffer.from(piece)));

test('gives the whole message with CRLF line ends', async () => {
  const message = await readMessage(of('A: b\n', '\nx\r', '\ny'), never);
  expect(message.toString()).toBe('A: b\r\n\r\nx\r\ny');
});

describe('refuses', () => {
  test('one that is too large, and reads no further', async () => {
    const input = new PassThrough({ highWaterMark: 4 });
    const reading = readMessage(input, never, 8);
    const feed = () => {
      while (!input.destroyed && input.write('1234'));
      if (!input.destroyed) input.once('drain', feed);
    };
    feed();
    await expect(reading).rejects.toMatchObject({
      code: 'message-too-large',
      details: { sent: 'no' },
    });
    expect(input.destroyed).toBe(true);
  });

  test('one whose line ends make it too large', async () => {
    await expect(readMessage(of('a\nb'), never, 3)).rejects.toMatchObject({
      code: 'message-too-large',
    });
    await expect(readMessage(of('a\r'), never, 2)).rejects.toMatchObject({
      code: 'message-too-large',
    });
    expect(await readMessage(of('a\nb'), never, 4)).toHaveLength(4);
  });

  test('nothing', async () => {
    await expect(readMessage(of(), never)).rejects.toMatchObject({ code: 'invalid-message' });
  });

  test('what can’t be read, such as a folder', async () => {
    const input = new Readable({ read: () => undefined });
    const reading = readMessage(input, never);
    input.destroy(Object.assign(new Error('EISDIR: /secret/path'), { code: 'EISDIR' }));
    await expect(reading).rejects.toMatchObject({
      code: 'invalid-message',
      message: expect.not.stringContaining('/secret/path'),
    });
  });
});

test('too little memory says nothing of the message: it is left to the caller', async () => {
  const shortage = Object.assign(new Error('read ENOMEM'), { code: 'ENOMEM' });
  const input = new Readable({ read: () => input.destroy(shortage) });
  await expect(readMessage(input, never)).rejects.toBe(shortage);
});

describe('UTF-16 is named as such, with what to do', () => {
  const text = 'From: jo@x.example\r\nTo: a@x.example\r\n\r\nBody.\r\n';
  const little = (prefix: string) => Buffer.from(prefix + text, 'utf16le');
  test.each([
    ['with its mark', little('\ufeff')],
    ['with its mark, the other way round', little('\ufeff').swap16()],
    ['without a mark', little('')],
    ['without a mark, the other way round', little('').swap16()],
    ['with LF line ends', Buffer.from(`\ufeff${text.replaceAll('\r', '')}`, 'utf16le')],
  ])('%s', async (_name, bytes) => {
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    await expect(readMessage(Readable.from(pieces), never)).rejects.toMatchObject({
      code: 'invalid-message',
      message: expect.stringContaining('UTF-16'),
      hint: expect.stringContaining('Out-File -Encoding utf8'),
    });
  });
});

describe('is interrupted', () => {
  test('while it waits', async () => {
    const stop = new AbortController();
    const reading = readMessage(new PassThrough(), stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('before it begins', async () => {
    await expect(readMessage(of('A: b\n'), AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});

test('the size is checked again when the message is ready', () => {
  expect(() => requireSize(36_700_160)).not.toThrow();
  expect(() => requireSize(36_700_161)).toThrow(
    expect.objectContaining({ code: 'message-too-large' }),
  );
});
