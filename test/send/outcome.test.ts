/** What becomes of a message, by every refusal of Google's that is known. */

import { describe, expect, test } from '@jest/globals';
import { explainGoogleError } from '../../src/google/explain.js';
import { failureOf } from '../../src/send/outcome.js';
import { GMAIL_ERRORS } from '../stand-in/gmail-errors.js';
import { TOKEN_ERRORS } from '../stand-in/token-errors.js';

/** As Google's client library throws it. */
const thrown = (status: number, data: unknown) =>
  Object.assign(new Error('refused'), { response: { status, data, headers: {} } });

/** As sending passes on what the token endpoint answers. */
const ofTokenEndpoint = (status: number, data: unknown) =>
  explainGoogleError(thrown(status, data), 'refresh').with({ details: { sent: 'no' } });
const ofGmail = (status: number, data: unknown) => explainGoogleError(thrown(status, data), 'send');

describe('the token endpoint says nothing of a message', () => {
  const words = ['invalid_scope', 'restricted_client', 'policy_enforced', 'message too large'];
  test.each([
    ...Object.entries(TOKEN_ERRORS).map(
      ([name, { status, body }]) => [name, status, body] as const,
    ),
    ...words.map((error) => [error, 400, { error }] as const),
    ['a page', 400, '<html><title>Sign in</title>'] as const,
  ])('%s: later', (_name, status, body) => {
    // Also after a first try, with a token that Gmail no longer took.
    for (const wasHandedOver of [false, true]) {
      expect(failureOf(ofTokenEndpoint(status, body), wasHandedOver).outcome).toBe('later');
    }
  });
});

describe('Gmail', () => {
  const OF_THE_MESSAGE = ['invalid-message', 'invalid-recipient', 'message-too-large'];

  test.each(Object.entries(GMAIL_ERRORS))('%s', (_name, { status, body }) => {
    const error = ofGmail(status, body);
    const { outcome } = failureOf(error, true);
    if (status >= 500) expect(outcome).toBe('unknown');
    else expect(outcome).toBe(OF_THE_MESSAGE.includes(error.code) ? 'refused' : 'later');
  });

  test.each([500, 502, 503, 504, 520, 599])('%d is unknown, whatever it says', (status) => {
    const bodies = [
      ...Object.values(GMAIL_ERRORS).map(({ body }) => body),
      ...[
        'rateLimitExceeded',
        'invalidArgument',
        'insufficientPermissions',
        'dailyLimitExceeded',
      ].map((reason) => ({
        error: { code: status, message: 'Invalid To header', errors: [{ reason }] },
      })),
      { error: 'admin_policy_enforced' },
      { error: 'invalid_grant' },
      '<html>too large</html>',
      '',
    ];
    for (const body of bodies) {
      expect([body, failureOf(ofGmail(status, body), true).outcome]).toEqual([body, 'unknown']);
    }
  });

  test('a refusal in Google’s own form for a reason that is not known refuses no message', () => {
    const body = { error: { code: 400, message: 'Tomorrow’s words', errors: [{ reason: 'new' }] } };
    expect(failureOf(ofGmail(400, body), true)).toMatchObject({
      outcome: 'later',
      concerns: 'perhaps-all',
    });
  });
});
