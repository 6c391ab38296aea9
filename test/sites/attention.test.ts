/** What needs attention on a site, and in which order it is told. */

import { describe, expect, test } from '@jest/globals';
import { attention } from '../../src/sites/attention.js';
import type { OAuthConnection, Site } from '../../src/sites/site.js';
import { aSite, GMAIL, ISSUER, SMTP, TEST_MESSAGE } from './a-site.js';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const OTHER_SMTP = { ...SMTP, host: 'mail.provider.example' };

const codes = (site: Site) => attention(site, ISSUER, NOW).map(({ code }) => code);
const connected = (change: Partial<OAuthConnection> = {}) =>
  aSite({ gmail: { ...GMAIL, ...change } });

describe('nothing, where', () => {
  test.each([
    ['email goes by the WriteUpp mail server', aSite()],
    ['the Gmail connection was tested', connected()],
    ['SMTP settings elsewhere have all they need', aSite({ smtp: OTHER_SMTP })],
    [
      'the SMTP server asks for no login',
      aSite({ smtp: { ...OTHER_SMTP, user: null, password: null } }),
    ],
  ])('%s', (_what, site) => {
    expect(codes(site)).toEqual([]);
  });
});

describe('SMTP settings', () => {
  test('take precedence over a Gmail connection, said first, with what to run', () => {
    const [first] = attention(aSite({ smtp: SMTP, gmail: GMAIL }), ISSUER, NOW);
    expect(first).toMatchObject({
      code: 'smtp-takes-precedence',
      message: expect.stringContaining('take precedence'),
      hint: expect.stringContaining('writeupp-mail migrate --site harbour-physio'),
    });
  });

  test.each(['smtp.gmail.com', 'SMTP.Gmail.com.', 'smtp-relay.gmail.com'])(
    'at Google (%s) tell that Google has ended password sign-in',
    (host) => {
      const found = attention(aSite({ smtp: { ...SMTP, host } }), ISSUER, NOW);
      expect(found.map(({ code }) => code)).toEqual(['google-ended-smtp']);
      expect(found[0]?.message).toContain('15 February 2021');
    },
  );

  const at = (host: string, user: string | null) =>
    attention(aSite({ smtp: { ...SMTP, host, user } }), ISSUER, NOW);

  test.each([
    ['smtp.office365.com', 'info@practice.example', 'microsoft-365'],
    ['smtp-mail.outlook.com', 'info@practice.example', 'microsoft-365'],
    ['smtp-mail.outlook.com', 'practice@hotmail.co.uk', 'microsoft-personal'],
    ['smtp.office365.com', 'Practice@Outlook.com', 'microsoft-personal'],
    ['smtp.office365.com.', 'practice@msn.com', 'microsoft-personal'],
    ['smtp.office365.com', 'info@outlook.practice.example', 'microsoft-365'],
    ['smtp.office365.com', 'jane@live.ie', 'microsoft-personal'],
  ])('at Microsoft (%s, %s) tell what ends by the kind of account', (host, user, kind) => {
    const [found, ...more] = at(host, user);
    expect(more).toEqual([]);
    expect(found?.code).toBe('microsoft-ends-smtp');
    expect(found?.message).toContain(
      kind === 'microsoft-365' ? 'end of December 2026' : '16 September 2024',
    );
    expect(found?.hint).toContain('writeupp-mail migrate --site harbour-physio');
    expect(found?.hint).toContain('writeupp-mail revert-smtp --site harbour-physio');
    expect(found?.hint.includes('administrator')).toBe(kind === 'microsoft-365');
  });

  test.each(['smtp-relay.gmail.com', 'smtp.gmail.com', 'smtp.office365.com'])(
    'that ask for no login at %s warn of nothing: no password can end there',
    (host) => {
      expect(at(host, null)).toEqual([]);
    },
  );

  test('without the password of their user warn of nothing: only "send" needs it, and says so', () => {
    const smtp = { ...OTHER_SMTP, password: null };
    expect(codes(aSite({ smtp }))).toEqual([]);
  });
});

describe('a Gmail connection', () => {
  test.each<[what: string, change: Partial<OAuthConnection>, expected: string[]]>([
    ['from another issuer', { issuer: 'http://127.0.0.1:4000' }, ['other-issuer']],
    ['never tested', { test: null }, ['not-tested']],
    [
      'whose test message did not arrive',
      { test: { ...TEST_MESSAGE, arrival: 'denied' } },
      ['test-not-arrived'],
    ],
    ['unused for five months', { usedAt: '2026-06-01T00:00:00.000Z' }, ['unused']],
    ['used five months ago, less a week', { usedAt: '2026-07-01T00:00:00.000Z' }, []],
    [
      'that Google refused since it was made',
      { refusals: [{ at: '2026-11-20T11:00:00.000Z', reason: 'revoked-or-expired' }] },
      ['connection-refused'],
    ],
    [
      'made anew after a refusal',
      { refusals: [{ at: '2026-11-19T11:00:00.000Z', reason: 'revoked-or-expired' }] },
      [],
    ],
    ['whose end Google named, tomorrow', { endsAt: '2026-11-21T12:00:00.000Z' }, ['testing-mode']],
    ['whose end Google named, in a month', { endsAt: '2026-12-20T12:00:00.000Z' }, []],
    [
      'over five days old, after one that ended as in Testing',
      {
        connectedAt: '2026-11-15T11:00:00.000Z',
        refusals: [{ at: '2026-11-14T11:00:00.000Z', reason: 'testing-mode-expiry' }],
      },
      ['testing-mode'],
    ],
    [
      'four days old, after one that ended as in Testing',
      {
        connectedAt: '2026-11-16T13:00:00.000Z',
        refusals: [{ at: '2026-11-14T11:00:00.000Z', reason: 'testing-mode-expiry' }],
      },
      [],
    ],
  ])('%s', (_what, change, expected) => {
    expect(codes(connected(change))).toEqual(expected);
  });
});

describe('a send-as address', () => {
  const NEW = 'appointments@harbour-physio.example';
  const seenAs = (from: string, senderSeen = true) =>
    codes(aSite({ sendAs: NEW, gmail: { ...GMAIL, test: { ...TEST_MESSAGE, from, senderSeen } } }));

  test.each<[what: string, found: string[], expected: string[]]>([
    ['that a person saw in a test message needs nothing', seenAs(NEW), []],
    ['that nobody saw is told', seenAs(NEW, false), ['sender-unproven']],
    [
      'that was set since a person saw another one is told: Google may replace it',
      seenAs('desk@harbour-physio.example'),
      ['sender-unproven'],
    ],
    [
      'that was set since a person saw the account itself',
      seenAs(GMAIL.email),
      ['sender-unproven'],
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toEqual(expected);
  });
});
