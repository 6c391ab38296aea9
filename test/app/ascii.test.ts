/** Words for the logs of mail servers. */

import { expect, test } from '@jest/globals';
import { inAsciiWords, isAsciiLocale } from '../../src/app/ascii.js';

test.each<[NodeJS.ProcessEnv, boolean]>([
  [{}, true],
  [{ LANG: 'C' }, true],
  [{ LANG: 'POSIX' }, true],
  [{ LANG: 'en_GB' }, true],
  [{ LANG: 'C.UTF-8' }, false],
  [{ LANG: 'en_GB.utf8' }, false],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, true],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: '' }, false],
  [{ LANG: 'C', LC_CTYPE: 'en_GB.UTF-8' }, false],
])('%j', (variables, isAscii) => {
  expect(isAsciiLocale(variables)).toBe(isAscii);
});

test('the program’s own signs have a like, and letters are not guessed', () => {
  expect(inAsciiWords('✗ Gmail can’t read “Zoë” … → 😊\n')).toBe(
    'Error: Gmail can\'t read "Zo?" ... -> ?\n',
  );
});

test('JSON stays what it says', () => {
  const line = `${JSON.stringify({ message: 'can’t 😊 "Zoë"' })}\n`;
  const ascii = inAsciiWords(line);
  expect(ascii).toMatch(/^[\0-\x7f]*$/);
  expect(JSON.parse(ascii)).toEqual(JSON.parse(line));
});
