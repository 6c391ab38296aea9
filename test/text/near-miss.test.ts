/** What was probably meant: slips of the fingers, and nothing that is a word of its own. */

import { expect, test } from '@jest/globals';
import { nearMiss } from '../../src/text/near-miss.js';

const KNOWN = ['smtp.gmail.com', 'smtp.mail.com', 'smtp.office365.com'];

test.each([
  ['smtp.gmial.com', 'smtp.gmail.com'],
  ['smtp.gmai.com', 'smtp.gmail.com'],
  ['SMTP.Ofice365.com', 'smtp.office365.com'],
  ['smtp.mail.com', null],
  ['mail.harbour-physio.example', null],
  ['x', null],
])('%s: %s', (typed, meant) => {
  expect(nearMiss(typed, KNOWN)).toBe(meant);
});
