/** Messages for a server that takes ASCII alone. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { inAscii, isEightBit } from '../../../src/mail/message/eight-bit.js';
import { parseRawMessage, piecesOf } from '../../../src/mail/message/raw-message.js';

const encode = (message: Buffer) =>
  Buffer.concat(piecesOf(inAscii(parseRawMessage(message), 'mail.example')));

test('any text arrives as it was, in ASCII and short lines', async () => {
  const text = fc
    .array(fc.constantFrom('ü', 'a', ' ', '=', '.', '\r\n', '😊', '\t', 'x'.repeat(100)))
    .map((parts) => `é${parts.join('')}`);
  await fc.assert(
    fc.asyncProperty(text, async (body) => {
      const message = encode(Buffer.from(`To: a@x.example\r\n\r\n${body}`));
      expect(isEightBit(parseRawMessage(message))).toBe(false);
      for (const line of message.toString().split('\r\n')) expect(line.length).toBeLessThan(77);
      const { text: arrived } = await simpleParser(message);
      expect(arrived?.replace(/\n+$/, '')).toBe(body.replaceAll('\r\n', '\n').replace(/\n+$/, ''));
    }),
  );
});

test('the type that the message names stays, and other than text is base64', async () => {
  const header = 'Content-Type: application/x-raw\r\nContent-Transfer-Encoding: 8bit\r\n';
  const message = encode(
    Buffer.concat([Buffer.from(`${header}\r\n`), Buffer.from([0xff, 0xfe, 0x0d])]),
  );
  const { attachments } = await simpleParser(message);
  expect(attachments[0]?.content).toEqual(Buffer.from([0xff, 0xfe, 0x0d]));
  expect(message.toString().match(/content-transfer-encoding/gi)).toHaveLength(1);
});

test('ASCII is left alone', () => {
  const message = Buffer.from('To: a@x.example\r\n\r\nText=\r\n');
  expect(encode(message)).toEqual(message);
});

describe('is refused', () => {
  test.each([
    ['a message in parts', 'Content-Type: multipart/mixed; boundary=x\r\n\r\nü'],
    ['a message in a message', 'Content-Type: message/rfc822\r\n\r\nü'],
    ['one that says it is encoded already', 'Content-Transfer-Encoding: base64\r\n\r\nü'],
    ['a header', 'Subject: ü\r\n\r\n'],
  ])('%s', (_name, text) => {
    expect(() => encode(Buffer.from(text))).toThrow(
      expect.objectContaining({
        code: 'invalid-message',
        message: expect.stringContaining('mail.example'),
        details: { sent: 'no' },
      }),
    );
  });
});
