/** What a person reads: causes, times, links, commands, and Google's own words for support. */
import { describe, expect, test } from '@jest/globals';
import { localTime, parseRetryAfter } from '../../src/google/catalogue/busy.js';
import { likeliestReason } from '../../src/google/catalogue/likeliest-reason.js';
import { explainFailure, type FailureFacts } from '../../src/google/explain.js';
import { authorizeFailure, type GoogleFailure } from '../../src/google/failure.js';
import { NOW } from './http-case.js';

function failure(fields: Partial<GoogleFailure>): GoogleFailure {
  const none = {
    reasons: [],
    beforeSending: false,
    viaProxy: false,
    proxyAnswer: false,
    html: false,
  };
  return { operation: 'refresh', status: 400, ...none, ...fields };
}

const revoked = failure({
  error: 'invalid_grant',
  errorDescription: 'Token has been expired or revoked.',
});
const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS).toISOString();

describe('the likeliest reason', () => {
  test.each<[string, GoogleFailure, Partial<FailureFacts>, string]>([
    ['6.4 days', revoked, { connectedAt: daysAgo(6.4) }, 'password-changed-or-revoked'],
    ['6.5 days', revoked, { connectedAt: daysAgo(6.5) }, 'testing-mode-expiry'],
    [
      '7 days, used daily',
      revoked,
      { connectedAt: daysAgo(7), lastUsedAt: daysAgo(0.1) },
      'testing-mode-expiry',
    ],
    ['8 days', revoked, { connectedAt: daysAgo(8) }, 'testing-mode-expiry'],
    ['8.1 days', revoked, { connectedAt: daysAgo(8.1) }, 'password-changed-or-revoked'],
    [
      'a year, used',
      revoked,
      { connectedAt: daysAgo(365), lastUsedAt: daysAgo(1) },
      'password-changed-or-revoked',
    ],
    [
      'unused 180 days',
      revoked,
      { connectedAt: daysAgo(365), lastUsedAt: daysAgo(180) },
      'revoked-or-expired',
    ],
    ['other words', { ...revoked, errorDescription: 'Bad Request' }, {}, 'revoked-or-expired'],
    [
      'a policy’s mark',
      { ...revoked, errorSubtype: 'invalid_rapt' },
      { connectedAt: daysAgo(7) },
      'admin-session-policy',
    ],
    ['one refusal', revoked, { sessionRefusals: 1 }, 'password-changed-or-revoked'],
    ['a habit', revoked, { sessionRefusals: 2 }, 'admin-session-policy'],
    ['a damaged date', revoked, { connectedAt: 'soon' }, 'password-changed-or-revoked'],
  ])('%s', (_name, given, facts, reason) => {
    expect(likeliestReason(given, { now: NOW, ...facts })).toBe(reason);
  });
});

describe('the one command that fixes it', () => {
  test.each([
    [undefined, 'writeupp-mail sign-in'],
    ['riverside', 'writeupp-mail sign-in --site riverside'],
    ['River Side', 'writeupp-mail sign-in --site "River Side"'],
    ['a"; rm -rf $HOME', 'writeupp-mail sign-in --site NAME'],
  ])('for the site %j', (site, command) => {
    const { hint } = explainFailure(revoked, { now: NOW, site, account: 'jane@practice.example' });
    expect(hint.split('\n')).toContain(`To connect jane@practice.example again, run: ${command}`);
  });
});

describe('the time to wait for', () => {
  test('is read from Google’s words', () => {
    const words = 'User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z (Mail sending)';
    expect(parseRetryAfter(words)?.toISOString()).toBe('2026-09-11T20:00:00.000Z');
  });

  test.each([undefined, 'Retry after lunch', 'Retry after 2026-99-99T00:00:00Z'])(
    'is left out where it can’t be read: %j',
    (words) => expect(parseRetryAfter(words)).toBeUndefined(),
  );

  test('is told in local time', () => {
    const time = new Date('2026-09-11T20:00:00Z');
    expect(localTime(time, 'Europe/London')).toBe('Friday 11 September 2026 at 21:00');
    const message = `Retry after ${time.toISOString()}`;
    const { hint } = explainFailure(failure({ status: 429, message }), { now: NOW });
    expect(hint).toContain(`Wait until ${localTime(time)}`);
  });
});

describe('the link that switches the Gmail service on', () => {
  const good =
    'https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=1';
  const disabled = (activationUrl: string | undefined, message = '') =>
    explainFailure(
      failure({
        status: 403,
        reasons: ['accessNotConfigured'],
        metadata: { activationUrl },
        message,
      }),
    ).hint;

  test('is shown from the metadata, or from the words', () => {
    expect(disabled(good)).toContain(`switch it on: ${good}\n`);
    expect(disabled(undefined, `Enable it by visiting ${good} then retry.`)).toContain(
      `on: ${good}\n`,
    );
    expect(disabled('https://console.cloud.google.com/apis')).toContain(
      'on: https://console.cloud',
    );
  });

  test.each([
    'http://console.developers.google.com/apis',
    'https://console.developers.google.com.evil.example/apis',
    'https://console.developers.google.com@evil.example/',
    'https://user@console.developers.google.com/',
    'javascript:alert(1)',
    'not a link',
  ])('is not shown where it leads elsewhere: %s', (link) => {
    expect(disabled(link)).not.toContain('The page to switch it on');
    expect(disabled(link)).toContain('Gmail API > Enable');
  });
});

describe('beside the explanation', () => {
  test('a clock that is wrong is named, from five minutes on', () => {
    const skewed = (minutes: number) =>
      explainFailure({ ...revoked, date: new Date(NOW.getTime() - minutes * 60_000) }, { now: NOW })
        .hint;
    expect(skewed(12)).toContain('clock is 12 minutes ahead');
    expect(skewed(-12)).toContain('clock is 12 minutes behind');
    expect(skewed(5)).not.toContain('clock');
  });

  test('unknown reasons keep Google’s own words', () => {
    const { message, hint } = explainFailure(
      failure({ reasons: ['newReason'], message: 'New words.' }),
    );
    expect(message).toContain('renewing the connection');
    expect(hint).toContain('For support: HTTP 400, newReason, "New words."');
  });

  test('whoever fixes the client gets its id', () => {
    const { hint } = explainFailure(authorizeFailure('deleted_client'), {
      now: NOW,
      clientId: 'id-1',
    });
    expect(hint).toContain('id-1');
    expect(explainFailure(revoked, { now: NOW, clientId: 'id-1' }).hint).not.toContain('id-1');
  });
});
