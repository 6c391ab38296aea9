/** How long a limited rate is waited for. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { SharedWait } from '../../src/google/shared-wait.js';

const NOW = 1_700_000_000_000;

/** The waits, in seconds, where every try meets a limit that names this time. */
function waits(retryAt: number | null, tries: number): (number | 'too long')[] {
  let now = NOW;
  let until = NOW;
  const wait = new SharedWait({
    now: () => new Date(now),
    signal: new AbortController().signal,
    onWait: (time) => {
      until = time.getTime();
    },
  });
  const details = retryAt === null ? {} : { retryAt: new Date(retryAt).toISOString() };
  return Array.from({ length: tries }, () => {
    if (!wait.mayWait(new MailError('rate-limited', '', '', details))) return 'too long';
    const waited = (until - now) / 1000;
    now = until;
    return waited;
  });
}

test.each([
  ['no time is named', null],
  ['the named time is over by this clock', NOW - 3_600_000],
  ['the named time is this very moment', NOW],
])('longer and longer where %s', (_name, retryAt) => {
  expect(waits(retryAt, 6)).toEqual([2, 4, 8, 16, 32, 60]);
});

test('as long as is named', () => {
  expect(waits(NOW + 90_000, 1)).toEqual([90.1]);
});

test('never longer than a quarter of an hour in all', () => {
  expect(waits(NOW + 16 * 60_000, 1)).toEqual(['too long']);
  const all = waits(null, 30);
  expect(all).toContain('too long');
  const sum = all.reduce<number>((total, one) => total + (one === 'too long' ? 0 : one), 0);
  expect(sum).toBeLessThanOrEqual(15 * 60);
});
