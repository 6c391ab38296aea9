/** The time that is left of a wait, as it is told. */

import { expect, test } from '@jest/globals';
import { timeLeft } from '../../src/terminal/waiting.js';

test.each([
  [300_000, '5 min'],
  [299_000, '4 min 59 s'],
  [60_400, '1 min'],
  [42_000, '42 s'],
  [400, '0 s'],
  [-5_000, '0 s'],
  [86_400_000, '1440 min'],
])('%d milliseconds before the end', (ms, words) => {
  expect(timeLeft(new Date(1_000_000 + ms), 1_000_000)).toBe(words);
});
