/** What programs put before a header, and text without one. */

import { describe, expect, test } from '@jest/globals';
import { readIncoming } from '../../../src/mail/message/incoming.js';
import { piecesOf } from '../../../src/mail/message/raw-message.js';

const read = (text: string, mayBeText = false) =>
  Buffer.concat(piecesOf(readIncoming(Buffer.from(text), mayBeText))).toString();

const MESSAGE = 'From: jo@x.example\r\nTo: a@x.example\r\n\r\nBody.\r\n';

describe('before the header is dropped', () => {
  test.each([
    ['a line of an mbox file', 'From jo@x.example Mon Jan  6 10:00:00 2025\r\n'],
    ['one in quotation', '>From jo@x.example Mon Jan  6 10:00:00 2025\r\n'],
    ['both', 'From - Mon Jan  6 10:00:00 2025\r\n>From jo Mon Jan  6 10:00 UTC 2025\r\n'],
    ['one without a time', 'From MAILER-DAEMON\r\n'],
    ['a byte order mark', '\ufeff'],
    ['a byte order mark and such a line', '\ufeffFrom jo@x.example Mon Jan  6 10:00:00 2025\r\n'],
  ])('%s', (_name, before) => {
    expect(read(before + MESSAGE)).toBe(MESSAGE);
    expect(read(before + MESSAGE, true)).toBe(MESSAGE);
  });

  test('a line alone, of a message without a header', () => {
    expect(read('From jo@x.example Mon Jan  6 10:00:00 2025\r\n\r\nBody.\r\n')).toBe(
      '\r\nBody.\r\n',
    );
  });
});

describe('text without a header', () => {
  test.each([
    ['Backup of box finished at 03:00\r\nNo errors.\r\n', ''],
    ['From now on, backups run at night.\r\nNo errors.\r\n', ''],
    ['From 03:00 to 04:00 the backup ran.\r\nNo errors.\r\n', ''],
    ['  indented\r\nTo: nobody@x.example\r\n', ''],
    [
      'Grüße\r\n',
      'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n',
    ],
  ])('%j is the body where the recipients are known', (text, header) => {
    expect(read(text, true)).toBe(`${header}\r\n${text}`);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'invalid-message' }));
  });

  test.each([
    'Dear Pat: hello\r\n',
    'To b: x\r\n\r\nBody\r\n',
    'To:root\r\nx\r\n',
    'Errors:\r\n- one\r\n',
  ])('%j has a colon in its first line: nothing is guessed', (text) => {
    expect(() => read(text, true)).toThrow(expect.objectContaining({ code: 'invalid-message' }));
  });
});

describe('what must not leave', () => {
  test('fields that transport writes about one delivery', () => {
    const trace =
      'Return-Path: <jo@x.example>\r\nDelivered-To: a@x.example\r\nX-Original-To: hidden@x.example\r\nEnvelope-To: hidden@x.example\r\nDelivery-date: Mon, 16 Nov 2026 09:30:00 +0000\r\ncontent-length :\r\n 7\r\n';
    expect(read(trace + MESSAGE)).toBe(MESSAGE);
    expect(read(MESSAGE + trace)).toBe(MESSAGE + trace);
  });
});
