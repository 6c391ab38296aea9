/** A message told apart and put together again: not a byte more or less. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fieldsNamed,
  parseRawMessage,
  piecesOf,
  rawValue,
  textValue,
} from '../../../src/mail/message/raw-message.js';

const parse = (text: string) => parseRawMessage(Buffer.from(text, 'latin1'));

const line = fc
  .array(fc.constantFrom('a', ' ', ':', '\t', '\xe9', '=?', '<', '"'), { maxLength: 12 })
  .map((characters) => characters.join(''));
const field = fc
  .tuple(
    fc.constantFrom('To', 'X-a', 'Bcc', 'from'),
    fc.array(line, { minLength: 1, maxLength: 3 }),
  )
  .map(([name, lines]) => `${name}:${lines.join('\r\n ')}\r\n`);

test('any message comes out as it went in, but for folded lines with nothing in them', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 6 }), fc.option(fc.string()), (fields, body) => {
      const text = fields.join('') + (body === null ? '' : `\r\n${body}`);
      const message = parse(text);
      const kept = fields.map((one) => one.replace(/\r\n[ \t]+(?=\r\n)/g, ''));
      expect(message.fields.map(({ raw }) => raw.toString('latin1'))).toEqual(kept);
      const whole = kept.join('') + (body === null ? '' : `\r\n${body}`);
      expect(Buffer.concat(piecesOf(message)).equals(Buffer.from(whole, 'latin1'))).toBe(true);
    }),
  );
});

describe('fields', () => {
  test('are told by their name, whatever its case and the white space before the colon', () => {
    const message = parse('TO : a@x.example\r\nto:b@x.example\r\nToo: c\r\n\r\nTo: body\r\n');
    expect(fieldsNamed(message, 'to').map((one) => textValue(one))).toEqual([
      'a@x.example',
      'b@x.example',
    ]);
  });

  test('are unfolded as text, and kept folded as bytes', () => {
    const [to] = parse('To: a@x.example,\r\n\tb@x.example\r\n').fields;
    if (to === undefined) throw new Error('no field');
    expect(textValue(to)).toBe('a@x.example,\tb@x.example');
    expect(rawValue(to).toString()).toBe(' a@x.example,\r\n\tb@x.example\r\n');
  });

  test.each([
    ['UTF-8', Buffer.from('X: Zoë'), 'Zoë'],
    ['Latin-1', Buffer.from('X: Zo\xeb', 'latin1'), 'Zoë'],
  ])('are read as %s', (_name, bytes, text) => {
    const [value] = parseRawMessage(bytes).fields;
    expect(value && textValue(value)).toBe(text);
  });
});

describe('a header that programs would read in different ways is refused', () => {
  test.each([
    ['a line that is no field', 'To: a\r\nhello there\r\n\r\n', 2],
    ['a folded line at the top', ' To: a\r\n\r\n', 1],
    ['no name', ': a\r\n\r\n', 1],
    ['white space inside the name', 'To b: a\r\n\r\n', 1],
    ['a name that is not ASCII', 'T\xf6: a\r\n\r\n', 1],
    ['a NUL', 'A: b\r\nTo: a\0\r\n\r\n', 2],
    ['text alone', 'Dear Pat\r\n', 1],
  ])('%s', (_name, text, lineNumber) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'invalid-message',
        message: expect.stringContaining(`Line ${lineNumber} `),
      }),
    );
  });
});

test('a header of a million folded lines is read in a moment', () => {
  const before = process.cpuUsage();
  const message = parse(`Bcc: a@x.example${',\r\n a@x.example'.repeat(1_000_000)}\r\n`);
  expect(message.fields).toHaveLength(1);
  // The processor's time, in microseconds: other programs take none of it.
  expect(process.cpuUsage(before).user).toBeLessThan(10e6);
});
