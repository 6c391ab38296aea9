/** A site's record: the way to a file and back, and what is done with one that is damaged or newer. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MailError } from '../../src/errors.js';
import { parseSite, serialiseSite } from '../../src/sites/record.js';
import type { GmailConnection, Site, SmtpSettings } from '../../src/sites/site.js';
import { aSite, GMAIL, REFERENCE, SMTP, TEST_MESSAGE } from './a-site.js';

const PATH = '/home/jane/.config/writeupp-mail/sites/harbour-physio.json';

const time = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const address = fc.constantFrom('info@a.example', 'jörg@praxis.example', 'x.y+z@sub.b.example');
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

const slot = fc.constantFrom('a' as const, 'b' as const);

const smtp: fc.Arbitrary<SmtpSettings> = fc.record({
  host: fc.constantFrom('smtp.gmail.com', 'mail', 'smtp.praxis-müller.example'),
  port: fc.integer({ min: 1, max: 65_535 }),
  security: fc.constantFrom('tls', 'starttls', 'none'),
  user: fc.option(text),
  from: fc.option(address),
  password: fc.option(fc.record({ slot, id: text })),
});

const connection = {
  id: text,
  email: address,
  issuer: fc.constantFrom('https://accounts.google.com', 'http://127.0.0.1:4000'),
  connectedAt: time,
  usedAt: time,
  test: fc.option(
    fc.record({
      to: address,
      id: text,
      referenceHash: fc.stringMatching(/^[0-9a-f]{64}$/),
      acceptedAt: time,
      arrival: fc.constantFrom('unanswered', 'confirmed', 'denied'),
      from: address,
      senderSeen: fc.boolean(),
    }),
  ),
};

const gmail: fc.Arbitrary<GmailConnection> = fc.oneof(
  fc.record({
    ...connection,
    method: fc.constant('oauth' as const),
    subject: text,
    clientId: text,
    tokenSlot: slot,
  }),
  fc.record({
    ...connection,
    method: fc.constant('delegation' as const),
    serviceAccount: fc.record({
      email: address,
      clientId: fc.option(fc.stringMatching(/^\d{21}$/)),
      signing: fc.constantFrom('key' as const, 'keyless' as const),
    }),
  }),
);

const site: fc.Arbitrary<Site> = fc.record({
  name: text,
  organisation: text,
  organisationEmail: fc.option(address),
  login: address,
  sendAs: fc.option(address),
  account: fc.option(address),
  credentials: fc.constantFrom('keychain', 'vault', null),
  smtp: fc.option(smtp),
  smtpRevertedAt: fc.option(time),
  gmail: fc.option(gmail),
  doneInWriteUpp: fc.option(time),
});

test('every site comes back from its record as it was', () => {
  fc.assert(
    fc.property(site, (original) => {
      expect(parseSite(serialiseSite(original), PATH)).toEqual(original);
    }),
  );
});

describe('a damaged record', () => {
  const whole = () => JSON.parse(serialiseSite(aSite({ smtp: SMTP, gmail: GMAIL })));
  const damaged: [what: string, text: string, named: string][] = [
    ['is empty', '', 'not whole JSON'],
    ['is cut off', serialiseSite(aSite()).slice(0, 40), 'not whole JSON'],
    ['is no object', '[]', 'not a site record'],
    ['is null', 'null', 'not a site record'],
    ['has no version', change({ schemaVersion: undefined }), 'schemaVersion'],
    ['has no login', change({ login: undefined }), 'login'],
    ['has a login that is no address', change({ login: 'jane' }), 'login'],
    ['has a port out of range', change({ smtp: { ...SMTP, port: 70_000 } }), 'smtp.port'],
    ['has an unknown security', change({ smtp: { ...SMTP, security: 'ssl' } }), 'smtp.security'],
    ['has an unknown field', change({ smtp: { ...SMTP, secret: 'x' } }), 'smtp.secret'],
    ['has an unknown field', change({ inFuture: 'x' }), 'inFuture'],
    [
      'has an unknown field of its password',
      change({ smtp: { ...SMTP, password: { ...SMTP.password, inFuture: 'x' } } }),
      'smtp.password.inFuture',
    ],
    [
      'has an unknown field of Gmail',
      change({ gmail: { ...GMAIL, inFuture: 'x' } }),
      'gmail.inFuture',
    ],
    [
      'has an unknown field of its test message',
      change({ gmail: { ...GMAIL, test: { ...TEST_MESSAGE, inFuture: 'x' } } }),
      'gmail.test.inFuture',
    ],
    [
      'has an unknown field of a refusal',
      change({
        gmail: {
          ...GMAIL,
          refusals: [{ at: GMAIL.usedAt, reason: 'revoked-or-expired', inFuture: 'x' }],
        },
      }),
      'gmail.refusals.0.inFuture',
    ],
    ['has a time that is none', change({ gmail: { ...GMAIL, usedAt: 'soon' } }), 'gmail.usedAt'],
    [
      'has an arrival that is none',
      change({ gmail: { ...GMAIL, test: { ...TEST_MESSAGE, arrival: 'yes' } } }),
      'gmail.test.arrival',
    ],
  ];

  function change(fields: Record<string, unknown>): string {
    return JSON.stringify({ ...whole(), ...fields });
  }

  test.each(damaged)('that %s is reported with its path and field', (_what, content, named) => {
    const error = refusalOf(content);
    expect(error).toMatchObject({ code: 'storage', exitCode: 1 });
    expect(error.message).toContain(PATH);
    expect(error.message).toContain(named);
    expect(error.hint).toContain('left as it is');
  });

  test('never shows a value, which could be a secret', () => {
    const { message, hint } = refusalOf(change({ inFuture: 'a secret' }));
    expect(message + hint).not.toContain('a secret');
  });

  test('of version 2 is read, and its reference hashed', () => {
    const { referenceHash, ...test } = TEST_MESSAGE;
    const gmail = { ...GMAIL, test: { ...test, reference: REFERENCE } };
    const { gmail: read } = parseSite(change({ schemaVersion: 2, gmail }), PATH);
    expect(read).toEqual({ ...GMAIL, test: { ...test, referenceHash } });
    const without = { ...GMAIL, test: { ...test, reference: '' } };
    expect(() => parseSite(change({ schemaVersion: 2, gmail: without }), PATH)).toThrow('damaged');
  });

  test('of a newer version asks for a newer program', () => {
    const error = refusalOf(change({ schemaVersion: 4, somethingNew: true }));
    expect(error.code).toBe('storage');
    expect(error.message).toContain('newer version');
    expect(error.hint).toContain('Update writeupp-mail');
  });

  function refusalOf(content: string): MailError {
    try {
      parseSite(content, PATH);
    } catch (error) {
      if (error instanceof MailError) return error;
    }
    throw new Error('the record was accepted');
  }
});
