/** Servers that were mistyped. */

import { expect, test } from '@jest/globals';
import { isUsualServer, usualServerLike } from '../../src/kit/usual-servers.js';

test.each<[host: string, meant: string | null]>([
  ['smtp.gmial.com', 'smtp.gmail.com'],
  ['smtp.ofice365.com', 'smtp.office365.com'],
  ['smtp.mail.practice.example', null],
  // Takes no password any more: it is left as it was given, and nobody is sent there.
  ['smtp-mail.outlook.com', null],
  ['smtp-mail.outlok.com', null],
])('%s', (host, meant) => {
  expect(usualServerLike(host)).toBe(meant);
});

test('a server that is proposed no more is still one that anybody can have', () => {
  expect(isUsualServer('smtp-mail.outlook.com')).toBe(true);
});
