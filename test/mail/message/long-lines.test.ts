/** Text with long lines, as it goes to Gmail: it arrives as it was written. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { withLongLinesKept } from '../../../src/mail/message/long-lines.js';
import { parseRawMessage, piecesOf } from '../../../src/mail/message/raw-message.js';

const keep = (message: Buffer) =>
  Buffer.concat(piecesOf(withLongLinesKept(parseRawMessage(message))));
const LONG = 'x'.repeat(77);
const longest = (message: Buffer) =>
  Math.max(
    ...message
      .toString('latin1')
      .split('\r\n')
      .map((line) => line.length),
  );

test('any text arrives as it was, in short lines', async () => {
  const text = fc
    .array(fc.constantFrom('ü', 'a', ' ', '=', '.', '\r\n', '😊', '\t', 'word '.repeat(30)))
    .map((parts) => `${LONG}${parts.join('')}`);
  const header = fc.constantFrom(
    '',
    'Content-Type: text/plain; charset=utf-8\r\n',
    'MIME-Version: 1.0\r\nContent-Type: TEXT/PLAIN; charset="UTF-8"; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n',
  );
  await fc.assert(
    fc.asyncProperty(header, text, async (fields, body) => {
      const given = Buffer.from(`To: a@x.example\r\n${fields}\r\n${body}`);
      const message = keep(given);
      expect(longest(message)).toBeLessThan(110);
      for (const line of message.toString().split('\r\n\r\n')[1]?.split('\r\n') ?? []) {
        expect(line.length).toBeLessThan(77);
      }
      const [{ text: arrived }, { text: before }] = [
        await simpleParser(message),
        await simpleParser(given),
      ];
      expect(arrived?.trimEnd()).toBe(before?.trimEnd());
    }),
  );
});

test('letters beyond ASCII keep the charset that is named', async () => {
  const header = 'Content-Type: text/plain; charset=iso-8859-1\r\n\r\n';
  const message = keep(Buffer.from(`${header}${LONG} caf\xe9\r\n`, 'latin1'));
  expect(message.toString('latin1')).toContain('=E9');
  expect((await simpleParser(message)).text).toContain(`${LONG} café`);
});

describe('is left as it is', () => {
  test.each([
    ['short lines', `Subject: x\r\n\r\n${'x'.repeat(76)}\r\n${'x'.repeat(76)}`],
    ['short lines of letters with two bytes', `Subject: x\r\n\r\n${'ü'.repeat(76)}\r\n`],
    ['no body', 'Subject: x\r\n'],
    ['parts', `Content-Type: multipart/signed; boundary=x\r\n\r\n${LONG}\r\n`],
    ['a message in a message', `Content-Type: message/rfc822\r\n\r\nTo: x\r\n\r\n${LONG}\r\n`],
    ['a web page', `Content-Type: text/html\r\n\r\n<p>${LONG}</p>\r\n`],
    ['what is no text', `Content-Type: application/pkcs7-mime\r\n\r\n${LONG}\r\n`],
    ['what is encoded', `Content-Transfer-Encoding: Quoted-Printable\r\n\r\n${LONG}\r\n`],
    ['a DKIM signature', `DKIM-Signature: v=1\r\n\r\n${LONG}\r\n`],
    ['a signature in the text', `\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n${LONG}\r\n`],
    ['a text that is no letter', `\r\n${`${'x'.repeat(998)}\r\n`.repeat(5_001)}`],
  ])('%s', (_name, text) => {
    expect(keep(Buffer.from(text)).equals(Buffer.from(text))).toBe(true);
  });

  test('letters of which nobody says what they mean', () => {
    const message = Buffer.from(`Subject: x\r\n\r\n${LONG} caf\xe9\r\n`, 'latin1');
    expect(keep(message).equals(message)).toBe(true);
  });
});
