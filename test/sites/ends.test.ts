/** The ends that are foreseen: when, why, and who can prevent it. */

import { describe, expect, test } from '@jest/globals';
import { type EndCode, endsOf, type SeenEnds } from '../../src/sites/ends.js';
import type { GmailConnection, Site } from '../../src/sites/site.js';
import { aSite, DELEGATED, GMAIL, SMTP } from './a-site.js';

const OFFICE = { ...SMTP, host: 'smtp.office365.com' };
const bySmtp = (change: object) => aSite({ smtp: { ...SMTP, ...change } });
const byGmail = (change: object) => aSite({ gmail: { ...GMAIL, ...change } });
const byKey = (change: object = {}) => aSite({ gmail: { ...DELEGATED, ...change } });
const told = (site: Site, seen?: SeenEnds) =>
  endsOf(site, seen).map(({ at, code, who }) => [at.slice(0, 10), code, who]);

const CONNECTED = GMAIL.connectedAt;
const UNUSED = ['2027-05-19', 'unused', 'the person who looks after this computer'];
const REFUSED_AS_IN_TESTING = {
  refusals: [{ at: '2026-11-14T11:00:00.000Z', reason: 'testing-mode-expiry' as const }],
};

/** The whole list. A code that is missing here is one that the compiler misses. */
const LIST: Readonly<
  Record<EndCode, readonly [site: Site, seen: SeenEnds, at: string, who: RegExp]>
> = {
  'google-ended-smtp': [bySmtp({}), {}, '2021-02-15', /^nobody/],
  'microsoft-ends-smtp': [bySmtp(OFFICE), {}, '2026-12-31', /Microsoft 365 administrator/],
  unused: [byGmail({}), {}, '2027-05-19', /this computer/],
  'testing-mode': [byGmail(REFUSED_AS_IN_TESTING), {}, '2026-11-27', /client file/],
  'permission-ends': [byGmail({ endsAt: '2027-02-01T00:00:00.000Z' }), {}, '2027-02-01', /sign in/],
  'key-ends': [byKey(), { keyEndsAt: '2027-03-01T00:00:00.000Z' }, '2027-03-01', /Google Cloud/],
  'spf-without-google': [
    byGmail({}),
    { stoppedNaming: { spf: '2026-11-20T04:00:00.000Z' } },
    '2026-11-20',
    /the domain/,
  ],
  'dkim-without-google': [
    byKey(),
    { stoppedNaming: { dkim: '2026-11-20T04:00:00.000Z' } },
    '2026-11-20',
    /the domain/,
  ],
};

test.each(Object.entries(LIST))(
  '%s: when, why, who, and what to do',
  (code, [site, seen, at, who]) => {
    const [end] = endsOf(site, seen);
    expect(end).toMatchObject({ code, who: expect.stringMatching(who) });
    expect(end?.at.slice(0, 10)).toBe(at);
    // Why and who stand in one text, for those who get nothing else.
    expect(end?.message).toMatch(
      /[Nn]obody can prevent|can prevent|can put it off|can give it again|can make a new/,
    );
    expect(end?.hint).toContain('writeupp-mail ');
  },
);

describe('passwords at Microsoft', () => {
  test.each([
    ['info@practice.example', '2026-12-31', /administrator/],
    ['practice@hotmail.co.uk', '2024-09-16', /^nobody/],
  ])('end by the kind of account: %s', (user, at, who) => {
    const [end] = endsOf(bySmtp({ ...OFFICE, user }));
    expect([end?.at.slice(0, 10), end?.who]).toEqual([at, expect.stringMatching(who)]);
    expect(end?.hint).toContain('revert-smtp');
  });
});

test.each<[what: string, site: Site]>([
  ['the WriteUpp mail server', aSite()],
  ['another mail server', bySmtp({ host: 'mail.provider.example' })],
  ['Google’s relay, without a login', bySmtp({ host: 'smtp-relay.gmail.com', user: null })],
  ['a service account without an end', byKey()],
  [
    'a connection that has ended already',
    byGmail({ refusals: [{ at: CONNECTED, reason: 'revoked-or-expired' }] }),
  ],
])('nothing is foreseen of %s', (_what, site) => {
  expect(endsOf(site)).toEqual([]);
});

test('the soonest comes first, and only those of the way that email goes count', () => {
  const both = { ...GMAIL, ...REFUSED_AS_IN_TESTING } as GmailConnection;
  expect(told(aSite({ gmail: both }))).toEqual([
    ['2026-11-27', 'testing-mode', 'the person who made the Google client file'],
    UNUSED,
  ]);
  expect(told(aSite({ gmail: both, smtp: OFFICE })).map(([, code]) => code)).toEqual([
    'microsoft-ends-smtp',
  ]);
});

test('seven days that Google names are those of an app in Testing', () => {
  const lasts = (endsAt: string) => endsOf(byGmail({ endsAt }))[0]?.code;
  expect(lasts('2026-11-27T09:58:59.000Z')).toBe('testing-mode');
  // Counted by Google from a moment later than the one on record.
  expect(lasts('2026-11-27T09:59:05.000Z')).toBe('testing-mode');
  expect(lasts('2026-12-27T09:59:00.000Z')).toBe('permission-ends');
});

test('the key of a former service account says nothing of a sign-in', () => {
  expect(told(byGmail({}), { keyEndsAt: '2026-12-01T00:00:00.000Z' })).toEqual([UNUSED]);
});
