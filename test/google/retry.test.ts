/** What is repeated: an outage, and never a limited rate, which every call pushes further out. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { explainGoogleError } from '../../src/google/explain.js';
import { withRetry } from '../../src/google/retry.js';

test('a refresh with 429 is asked for exactly once', async () => {
  let calls = 0;
  const refused = Object.assign(new Error('refused'), {
    response: { status: 429, data: { error: 'rate_limit_exceeded' }, headers: {} },
  });
  await expect(
    withRetry(async () => {
      calls += 1;
      throw explainGoogleError(refused, 'refresh');
    }, new AbortController().signal),
  ).rejects.toMatchObject({ code: 'rate-limited' });
  expect(calls).toBe(1);
});

test('an outage is tried again', async () => {
  let calls = 0;
  const answer = await withRetry(async () => {
    calls += 1;
    if (calls === 1) throw new MailError('google-unavailable', '', '');
    return 'an answer';
  }, new AbortController().signal);
  expect([answer, calls]).toEqual(['an answer', 2]);
});
