/** What a failure of the database means, by its code alone. */

import { expect, test } from '@jest/globals';
import { databaseError, isPassing } from '../../src/stores/postgres/database-error.js';

const failing = (facts: object, words = 'secret words') => Object.assign(new Error(words), facts);
const atSocket = (code: string) =>
  failing({ code, syscall: 'connect', address: '/run/postgresql/.s.PGSQL.5432' });

test.each<[object, string, number, RegExp, passing: boolean]>([
  [failing({ code: 'ECONNREFUSED', syscall: 'connect' }), 'network', 5, /does not answer/, true],
  [atSocket('ENOENT'), 'network', 5, /does not answer/, true],
  [atSocket('EACCES'), 'network', 5, /does not answer/, true],
  [atSocket('ENOTDIR'), 'network', 5, /does not answer/, true],
  [failing({ code: 'ENOENT', syscall: 'open', path: '/x' }), 'storage', 1, /could not do/, false],
  [failing({ code: '57P03' }), 'network', 5, /does not answer/, true],
  [failing({ code: '53300' }), 'network', 5, /no connection to spare/, true],
  [failing({ code: '22P05' }), 'storage', 1, /encoding is not UTF8/, false],
  [failing({ code: '22021' }), 'storage', 1, /encoding is not UTF8/, false],
  [failing({ code: '28P01' }), 'invalid-settings', 2, /user or the password/, false],
  [failing({ code: '42P99' }), 'storage', 1, /PostgreSQL error 42P99/, false],
  [failing({}), 'storage', 1, /could not do/, false],
])('%j: %s', (error, code, exitCode, words, passing) => {
  const explained = databaseError(error, 'the database mail on db.example');
  expect(explained).toMatchObject({ code, exitCode, message: expect.stringMatching(words) });
  expect(explained.message + explained.hint).not.toContain('secret');
  expect(/this number/.test(explained.hint)).toBe(/PostgreSQL error/.test(explained.message));
  expect(isPassing(error)).toBe(passing);
});
