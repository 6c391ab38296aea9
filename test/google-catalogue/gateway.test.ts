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
