/** Proof before deletion, the rule alone: held against a second statement of it, over all kinds of records. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GmailConnection, Site, TestMessage } from '../../src/sites/site.js';
import {
  type Evidence,
  judgeProof,
  type MissingProof,
  missingProof,
  missingTest,
} from '../../src/steps/proof.js';
import { aSite, GMAIL, ISSUER, SMTP, TEST_MESSAGE } from '../sites/a-site.js';

const HOUR = 3_600_000;
const NOW = new Date('2026-11-20T12:00:00.000Z');
const SEND_AS = 'appointments@practice.example';
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();

const PROVEN: GmailConnection = { ...GMAIL, test: { ...TEST_MESSAGE, acceptedAt: ago(HOUR) } };
const EVIDENCE: Evidence = {
  refreshed: PROVEN,
  expectedAccount: PROVEN.email,
  issuer: ISSUER,
  confirmationNeeded: false,
  now: NOW,
};

const judge = (gmail: GmailConnection | null, evidence: Partial<Evidence> = {}) =>
  missingProof(aSite({ smtp: SMTP, gmail }), { ...EVIDENCE, ...evidence });
const withTest = (change: Partial<TestMessage>) => ({
  ...PROVEN,
  test: { ...TEST_MESSAGE, acceptedAt: ago(HOUR), ...change },
});

describe('the proof', () => {
  test('is complete: connected, refreshed, read back, tested', () => {
    expect(judge(PROVEN)).toBeNull();
  });

  test.each<
    [what: string, missing: MissingProof, gmail: GmailConnection | null, Partial<Evidence>]
  >([
    ['no connection', 'no-connection', null, {}],
    ['a stand-in for Google', 'other-issuer', PROVEN, { issuer: 'http://127.0.0.1:4000' }],
    ['another account than wanted', 'other-account', PROVEN, { expectedAccount: 'x@y.example' }],
    ['no refresh in this run', 'not-refreshed', PROVEN, { refreshed: null }],
    [
      'a refresh of another sign-in than this one',
      'not-refreshed',
      PROVEN,
      { refreshed: { ...PROVEN, id: 'connection-0' } },
    ],
    ['no test message', 'no-test-message', { ...PROVEN, test: null }, {}],
    [
      'a message of 24 hours ago',
      'test-message-too-old',
      withTest({ acceptedAt: ago(24 * HOUR) }),
      {},
    ],
    ['a message of tomorrow', 'test-message-too-old', withTest({ acceptedAt: ago(-2 * HOUR) }), {}],
    ['a message from another sender', 'other-sender', withTest({ from: 'x@y.example' }), {}],
    ['a message that did not arrive', 'said-not-arrived', withTest({ arrival: 'denied' }), {}],
    ['no word of a person, without --yes', 'not-confirmed', PROVEN, { confirmationNeeded: true }],
  ])('is not complete with %s', (_what, missing, gmail, evidence) => {
    expect(judge(gmail, evidence)).toBe(missing);
  });

  test('holds until the last moment of 24 hours, and through a minute of clock drift', () => {
    expect(judge(withTest({ acceptedAt: ago(24 * HOUR - 1) }))).toBeNull();
    expect(judge(withTest({ acceptedAt: ago(-59_000) }))).toBeNull();
  });

  test('is complete by the word of a person', () => {
    const confirmed = withTest({ arrival: 'confirmed' });
    expect(judge(confirmed, { confirmationNeeded: true })).toBeNull();
  });

  test('needs a person to have seen the sender, where the site sends as another address', () => {
    const sendAs = 'appointments@practice.example';
    const judged = (senderSeen: boolean) => {
      const gmail = withTest({ from: sendAs, arrival: 'confirmed', senderSeen });
      const evidence = { ...EVIDENCE, confirmationNeeded: true };
      return missingProof(aSite({ smtp: SMTP, gmail, sendAs }), evidence);
    };
    expect(judged(false)).toBe('not-confirmed');
    expect(judged(true)).toBeNull();
  });

  test('counts for the account in any of its spellings, and for any where none is wanted', () => {
    expect(judge(PROVEN, { expectedAccount: 'INFO@Harbour-Physio.example' })).toBeNull();
    expect(judge(PROVEN, { expectedAccount: null })).toBeNull();
  });
});

/** Few values each, so that records and evidence often agree, and often almost. */
const connection: fc.Arbitrary<GmailConnection> = fc.record({
  id: fc.constantFrom('connection-1', 'connection-2'),
  method: fc.constant('oauth'),
  email: fc.constantFrom('info@practice.example', 'jane@practice.example'),
  subject: fc.constantFrom('1', '2'),
  issuer: fc.constantFrom(ISSUER, 'http://127.0.0.1:4000'),
  clientId: fc.constantFrom('client-1', 'client-2'),
  tokenSlot: fc.constantFrom('a', 'b'),
  connectedAt: fc.constantFrom(ago(30 * HOUR), ago(2 * HOUR)),
  usedAt: fc.constant(ago(HOUR)),
  test: fc.option(
    fc.record({
      to: fc.constant('jane@practice.example'),
      id: fc.constant('18c2'),
      referenceHash: fc.constant(TEST_MESSAGE.referenceHash),
      acceptedAt: fc
        .oneof(fc.integer({ min: -100, max: 30 * HOUR }), fc.integer({ min: -48 * HOUR, max: 0 }))
        .map(ago),
      arrival: fc.constantFrom('unanswered', 'confirmed', 'denied'),
      from: fc.constantFrom('info@practice.example', 'INFO@practice.example', SEND_AS),
      senderSeen: fc.boolean(),
    }),
    { freq: 5 },
  ),
});

const situation = fc
  .record({
    stored: fc.option(connection, { freq: 9 }),
    other: fc.option(connection),
    refreshesStored: fc.boolean(),
    sendAs: fc.constantFrom(null, null, SEND_AS),
    expectedAccount: fc.constantFrom(null, 'info@practice.example', 'JANE@practice.example'),
    issuer: fc.constantFrom(ISSUER, 'http://127.0.0.1:4000'),
    confirmationNeeded: fc.boolean(),
  })
  .map(({ stored, other, refreshesStored, sendAs, ...rest }) => ({
    site: { gmail: stored, sendAs },
    evidence: { ...rest, refreshed: refreshesStored ? stored : other, now: NOW } satisfies Evidence,
  }));

/** The promise of the command line, said once more, from its words and not from the code. */
function mayDelete({ gmail, sendAs }: Pick<Site, 'gmail' | 'sendAs'>, evidence: Evidence): boolean {
  const { refreshed } = evidence;
  if (gmail?.test == null || refreshed === null) return false;
  const age = NOW.getTime() - new Date(gmail.test.acceptedAt).getTime();
  const { test } = gmail;
  const wanted = evidence.expectedAccount?.toLowerCase() ?? gmail.email;
  return [
    gmail.id === refreshed.id,
    gmail.issuer === evidence.issuer,
    gmail.email === wanted,
    age < 24 * HOUR,
    age > -60_000,
    test.from.toLowerCase() === (sendAs ?? gmail.email),
    evidence.confirmationNeeded
      ? test.arrival === 'confirmed' && (sendAs === null || test.senderSeen)
      : test.arrival !== 'denied',
  ].every(Boolean);
}

test('lets delete exactly what the promise lets delete', () => {
  const seen = { complete: 0, missing: 0 };
  fc.assert(
    fc.property(situation, ({ site, evidence }) => {
      const warrant = judgeProof(site, 'claim-1', evidence);
      const isComplete = typeof warrant !== 'string';
      seen[isComplete ? 'complete' : 'missing'] += 1;
      expect(isComplete).toBe(mayDelete(site, evidence));
      if (!isComplete) return;
      // It counts for this very connection, under this very claim.
      expect(warrant).toMatchObject({ connectionId: site.gmail?.id, claimId: 'claim-1' });
    }),
    { numRuns: 5_000 },
  );
  // Both sides must have been met, or nothing was tested.
  expect(Math.min(seen.complete, seen.missing)).toBeGreaterThan(20);
});

test('a new test message is asked for exactly where it would help', () => {
  fc.assert(
    fc.property(connection, fc.constantFrom(null, SEND_AS), (gmail, sendAs) => {
      const evidence = {
        ...EVIDENCE,
        refreshed: gmail,
        expectedAccount: null,
        issuer: gmail.issuer,
      };
      const site = { gmail, sendAs };
      expect(missingTest(site, gmail, NOW)).toBe(missingProof(site, evidence));
    }),
  );
});
