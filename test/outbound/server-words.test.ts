/** A mail server's words: one short line, without what it must not repeat. */

import { expect, test } from '@jest/globals';
import { serverWords } from '../../src/outbound/server-words.js';

test.each([
  ['lines', '550-5.1.1 first\n550 5.1.1 second', '550-5.1.1 first 550 5.1.1 second'],
  ['terminal escapes', '550 \u001b[31mred\u001b[0m\u0007', '550 red'],
  ['right-to-left marks', '550 a\u202eb', '550 a b'],
  [
    'a log-in link',
    '534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&plt=AKgnsbuSECRET> Please log in',
    '534-5.7.14 <https://accounts.google.com/signin/continue> Please log in',
  ],
  [
    'Google’s help link',
    '535 5.7.8 see https://support.google.com/mail/?p=BadCredentials gsmtp',
    '535 5.7.8 see https://support.google.com/mail/?p=BadCredentials gsmtp',
  ],
  ['a long run', `550 ${'QUJD'.repeat(12)} x`, '550 [removed] x'],
])('%s', (_name, response, shown) => {
  expect(serverWords(response)).toBe(shown);
});

test('the password goes, plain and encoded', () => {
  const password = 'Tr0ub4dor';
  const encoded = Buffer.from(password).toString('base64');
  expect(serverWords(`535 ${password} ${encoded}`, [password])).toBe('535 [removed] [removed]');
  expect(serverWords('535 nothing to hide', [''])).toBe('535 nothing to hide');
});

test('at most 300 characters', () => {
  expect(serverWords('550 word '.repeat(100))).toHaveLength(300);
});
