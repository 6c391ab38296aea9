/** Answers that did not come from Google, and those that say nothing about a message: what is known of its fate. */

import { describe, expect, test } from '@jest/globals';
import { explainGoogleError } from '../../src/google/explain.js';

/** As gaxios throws it. */
const answer = (status: number, data: unknown) =>
  Object.assign(new Error('refused'), { response: { status, data, headers: {} } });

const PAGE = '<html><head><title>Gateway</title></head><body>No.</body></html>';

describe('while a message is sent', () => {
  test.each([404, 409, 421, 425, 499, 500, 502, 520, 529, 599])(
    'a gateway’s page with %s leaves it open whether it was sent',
    (status) => {
      expect(explainGoogleError(answer(status, PAGE), 'send')).toMatchObject({
        code: 'delivery-unknown',
        exitCode: 5,
        details: { sent: 'unknown' },
      });
    },
  );

  test('so does an answer with nothing in it', () => {
    expect(explainGoogleError(answer(409, ''), 'send').details.sent).toBe('unknown');
  });

  test('a refusal in Google’s own form is certain', () => {
    const data = { error: { code: 409, message: 'Nothing known', errors: [{ reason: 'new' }] } };
    expect(explainGoogleError(answer(409, data), 'send')).toMatchObject({
      code: 'internal',
      details: { sent: 'no' },
    });
  });
});

test.each([404, 409, 421, 425, 499])(
  'elsewhere, a gateway’s page with %s is no fault of this program',
  (status) => {
    for (const operation of ['refresh', 'discover', 'keys'] as const) {
      expect(explainGoogleError(answer(status, PAGE), operation).code).toBe('network');
    }
  },
);

/** Codes of what a status means where Google itself answers: while a message is sent, and elsewhere. */
describe('in Google’s own form', () => {
  test.each([
    [400, 'internal', 'internal'],
    [404, 'internal', 'internal'],
    [408, 'delivery-unknown', 'google-unavailable'],
    [429, 'rate-limited', 'rate-limited'],
    [500, 'delivery-unknown', 'google-unavailable'],
    [502, 'delivery-unknown', 'google-unavailable'],
    [503, 'delivery-unknown', 'google-unavailable'],
    [504, 'delivery-unknown', 'google-unavailable'],
    [599, 'delivery-unknown', 'google-unavailable'],
  ])('%s', (status, sending, refreshing) => {
    const data = { error: { code: status, message: 'Words', errors: [{ reason: 'new' }] } };
    expect(explainGoogleError(answer(status, data), 'send').code).toBe(sending);
    expect(explainGoogleError(answer(status, data), 'refresh').code).toBe(refreshing);
  });
});

test('of all statuses, 408 and those from 500 on leave it open whether Google sent a message', () => {
  const data = (status: number) => ({
    error: { code: status, message: 'Words', errors: [{ reason: 'new' }] },
  });
  const open = Array.from({ length: 200 }, (_, index) => 400 + index).filter(
    (status) => explainGoogleError(answer(status, data(status)), 'send').details.sent === 'unknown',
  );
  expect(open).toEqual([408, ...Array.from({ length: 100 }, (_, index) => 500 + index)]);
});
