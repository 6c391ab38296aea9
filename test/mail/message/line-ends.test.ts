/** CRLF line ends: what is kept as it is, what becomes CRLF, and what is refused. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crlfKeeper } from '../../../src/mail/message/line-ends.js';

/** Keeps a text that comes in pieces of some length. */
function keep(text: string, pieceLength = text.length, maxBytes = 1_000): string {
  const keeper = crlfKeeper(maxBytes);
  const bytes = Buffer.from(text, 'latin1');
  for (let start = 0; start < bytes.length; start += Math.max(pieceLength, 1)) {
    expect(keeper.take(bytes.subarray(start, start + Math.max(pieceLength, 1)))).toBe(true);
  }
  return keeper.end().toString('latin1');
}

const bytesOf = (...characters: readonly string[]) =>
  fc.array(fc.constantFrom(...characters), { maxLength: 60 }).map((all) => all.join(''));

describe('line ends', () => {
  test.each([
    ['CRLF', 'A: b\r\n\r\nx\r\n', 'A: b\r\n\r\nx\r\n'],
    ['LF alone', 'A: b\n\nx\n', 'A: b\r\n\r\nx\r\n'],
    ['CR alone', 'A: b\r\rx\r', 'A: b\r\n\r\nx\r\n'],
    ['no line end at the end', 'A: b\n\nx', 'A: b\r\n\r\nx'],
    ['any of them in the body', 'A: b\r\n\r\n1\n2\r3\r\r\n4', 'A: b\r\n\r\n1\r\n2\r\n3\r\n\r\n4'],
    ['nothing', '', ''],
  ])('%s', (_name, text, kept) => {
    for (const pieceLength of [1, 2, 3, 100]) expect(keep(text, pieceLength)).toBe(kept);
  });

  test('are CRLF in the end, and nothing else is changed, however the message is cut', () => {
    const input = fc.tuple(
      bytesOf('\r', '\n', '\r\n', 'x', '.', '\xe9', '\0'),
      fc.integer({ min: 1, max: 7 }),
    );
    fc.assert(
      fc.property(input, ([body, pieceLength]) => {
        const kept = keep(`A: b\n\n${body}`, pieceLength);
        expect(kept).toBe(`A: b\n\n${body}`.replace(/\r\n|\r|\n/g, '\r\n'));
      }),
    );
  });

  test('are not touched in a message that has CRLF', () => {
    fc.assert(
      fc.property(bytesOf('\r\n', 'x', '\xff', ' '), (text) => {
        expect(keep(text, 2)).toBe(text);
      }),
    );
  });
});

describe('a carriage return inside a header line', () => {
  test.each([
    'A: b\rBcc: c\n\nx',
    'A: b\r\n\rB: c\r\n\r\nx',
    'A: b\r\r\nB: c\r\n\r\nx',
    'A: b\rB: c\r\rx\n',
  ])('%j is refused', (text) => {
    for (const pieceLength of [1, 2, 100]) {
      expect(() => keep(text, pieceLength)).toThrow(
        expect.objectContaining({ code: 'invalid-message' }),
      );
    }
  });

  test('in the body is a line end like others', () => {
    expect(keep('A: b\n\nx\ry')).toBe('A: b\r\n\r\nx\r\ny');
  });
});

test('the length counts with the new line ends', () => {
  const fits = crlfKeeper(4);
  expect(fits.take(Buffer.from('a\nb'))).toBe(true);
  expect(fits.end().toString()).toBe('a\r\nb');
  expect(crlfKeeper(3).take(Buffer.from('a\nb'))).toBe(false);
  const far = crlfKeeper(3);
  expect(far.take(Buffer.alloc(1_000, '\n'))).toBe(false);
});
