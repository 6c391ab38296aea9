/** A mail server's words: one short line, without what it must not repeat. */

import { describe, expect, test } from '@jest/globals';
import { serverWords } from '../../../src/mail/smtp/server-words.js';

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

describe('a password within what a login sends goes too, and the words stay', () => {
  const rows = ['', 'a', 'jo', 'joe', 'info@clinic.example'].flatMap((user) =>
    ['b', 'Q7', 'pw1', 'pass', 'Tr0ub4dor', 'päss-wörd', '0123456789012345678901234567'].map(
      (password) => [user, password] as const,
    ),
  );
  test.each(rows)('%j, %j', (user, password) => {
    const whole = (text: string) => Buffer.from(text).toString('base64');
    for (const sent of [
      whole(`\0${user}\0${password}`),
      whole(`${user}\0${user}\0${password}`),
      whole(password),
      whole(`${password}\n`),
      whole(`\0${user}\0${password}`).replace(/=+$/, ''),
    ]) {
      for (const words of [
        `535 5.7.8 AUTH PLAIN ${sent}`,
        `535 (${sent}) ?`,
        `535 arg=${sent}`,
        `535 x${sent}`,
      ]) {
        const shown = serverWords(words, [password]);
        expect(shown).not.toContain(sent.replace(/=+$/, ''));
        expect(shown).toContain('[removed]');
      }
    }
  });

  test('one that the server cut off', () => {
    const sent = Buffer.from('\0jo\0Tr0ub4dor').toString('base64').slice(0, -4);
    expect(serverWords(`535 AUTH PLAIN ${sent}`, ['Tr0ub4dor'])).toBe('535 AUTH PLAIN [removed]');
  });

  test('nothing else', () => {
    const words = '535 5.7.8 Username and Password not accepted. See AUTH PLAIN at x.example/Help';
    expect(serverWords(words, ['Tr0ub4dor'])).toBe(words);
  });
});

test('at most 300 characters', () => {
  expect(serverWords('550 word '.repeat(100))).toHaveLength(300);
});
