/** The Node.js of a kit, as doctor tells of it: which one, and until when. */

import { expect, test } from '@jest/globals';
import { nodeFinding } from '../../src/doctor/this-program.js';

const UPDATES =
  'This kit carries Node.js 22.23.2, whose line gets security updates until 2027-04-30';

test.each([
  ['2026-11-29', 'pass', `${UPDATES}.`, ''],
  [
    '2027-05-01',
    'warn',
    `${UPDATES}: that is over.`,
    'Get the newest kit from the person who gave you this one.',
  ],
])('on %s: %s', (day, status, message, hint) => {
  expect(nodeFinding('22.23.2', new Date(day), true)).toEqual({ status, message, hint });
});
