/** DKIM keys and DMARC records, as they are published and mispublished. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeDkim } from '../../src/delivery/dkim.js';
import { judgeDmarc } from '../../src/delivery/dmarc.js';
import { parseDnsServer } from '../../src/delivery/dns-server.js';
import { DKIM_KEY, type Records, txtOf } from './zone.js';

const DOMAIN = 'practice.example';
const AT_GOOGLE = `google._domainkey.${DOMAIN}`;

describe('Google’s DKIM key', () => {
  const P = DKIM_KEY.slice(DKIM_KEY.indexOf('p='));
  const ED25519 = `v=DKIM1; k=ed25519; p=${Buffer.alloc(32, 7).toString('base64')}`;
  test.each<[string, string, Records]>([
    ['where it usually is', 'found', { [AT_GOOGLE]: [DKIM_KEY] }],
    ['without its version', 'found', { [AT_GOOGLE]: [P] }],
    [
      'with spaces in it',
      'found',
      { [AT_GOOGLE]: [`v=DKIM1;k=rsa;${P.slice(0, 40)} ${P.slice(40)};`] },
    ],
    ['of the other kind', 'found', { [AT_GOOGLE]: [ED25519] }],
    ['under the next usual name', 'found', { [`google2._domainkey.${DOMAIN}`]: [DKIM_KEY] }],
    [
      'where one of the names did not answer',
      'found',
      { [AT_GOOGLE]: null, [`google1._domainkey.${DOMAIN}`]: [DKIM_KEY] },
    ],
    ['cut off', 'damaged', { [AT_GOOGLE]: [DKIM_KEY.slice(0, 120)] }],
    ['mistyped', 'damaged', { [AT_GOOGLE]: ['v=DKIM1; k=rsa; p=<paste the key here>'] }],
    ['taken back', 'withdrawn', { [AT_GOOGLE]: ['v=DKIM1; p='] }],
    ['under no usual name', 'not-found', { [`other._domainkey.${DOMAIN}`]: [DKIM_KEY] }],
    ['where only a record for all names answers', 'not-found', { [AT_GOOGLE]: ['v=spf1 -all'] }],
    ['without an answer', 'no-answer', { [AT_GOOGLE]: null }],
  ])('%s', (_what, key, records) => {
    expect(judgeDkim(DOMAIN, txtOf(records))).toMatchObject({ domain: DOMAIN, key });
  });
});

describe('DMARC', () => {
  const at = (record: string, more: Records = {}) =>
    judgeDmarc(DOMAIN, DOMAIN, txtOf({ [`_dmarc.${DOMAIN}`]: [record], ...more }));

  test.each<[string, object]>([
    ['v=DMARC1; p=none', { policy: 'none' }],
    ['v=DMARC1;p=quarantine', { policy: 'quarantine' }],
    [
      'v=DMARC1; p=REJECT; adkim=s; aspf=s',
      { policy: 'reject', strictDkim: true, strictSpf: true },
    ],
    ['v=DMARC1; p=reject', { strictDkim: false, strictSpf: false, percent: 100, testing: false }],
    ['v=DMARC1; p=reject; pct=20; t=y', { percent: 20, testing: true }],
    ['v=DMARC1; p=reject; pct=most', { percent: 100 }],
    ['v=DMARC1; p=reject; sp=none', { policy: 'reject' }],
    ['v=DMARC1; rua=mailto:x@x.example', { policy: 'none' }],
    ['v=DMARC1; p=refuse; rua=mailto:x@x.example', { policy: 'none' }],
  ])('%s', (record, expected) => {
    expect(at(record)).toMatchObject({ found: true, name: `_dmarc.${DOMAIN}`, ...expected });
  });

  test.each<[string, string]>([
    ['v=DMARC1; p=refuse', 'unreadable'],
    ['v=DMARC1', 'unreadable'],
    ['v=DMARC1; p=reject; and so on', 'unreadable'],
    ['v=spf1 -all', 'no-record'],
    ['p=reject; v=DMARC1', 'no-record'],
  ])('%s is none that counts', (record, reason) => {
    expect(at(record)).toMatchObject({ found: false, reason });
  });

  test('two records count as none; no answer is told as such', () => {
    const two = { [`_dmarc.${DOMAIN}`]: ['v=DMARC1; p=reject', 'v=DMARC1; p=none'] };
    expect(judgeDmarc(DOMAIN, DOMAIN, txtOf(two))).toMatchObject({ reason: 'two-records' });
    const silent = { [`_dmarc.${DOMAIN}`]: null };
    expect(judgeDmarc(DOMAIN, DOMAIN, txtOf(silent))).toMatchObject({ reason: 'no-answer' });
  });

  describe('of a subdomain', () => {
    const SUB = `mail.${DOMAIN}`;
    const judge = (records: Records) => judgeDmarc(SUB, DOMAIN, txtOf(records));
    test('is its own, where it has one', () => {
      const records = {
        [`_dmarc.${SUB}`]: ['v=DMARC1; p=none; sp=reject'],
        [`_dmarc.${DOMAIN}`]: ['v=DMARC1; p=reject'],
      };
      expect(judge(records)).toMatchObject({ policy: 'none', name: `_dmarc.${SUB}` });
    });

    test.each([
      ['v=DMARC1; p=reject', 'reject'],
      ['v=DMARC1; p=reject; sp=none', 'none'],
      ['v=DMARC1; p=none; sp=quarantine', 'quarantine'],
    ])('is else that of the organisation: %s', (record, policy) => {
      const name = `_dmarc.${DOMAIN}`;
      expect(judge({ [name]: [record] })).toMatchObject({ policy, name });
    });

    test('is not guessed where its own did not answer', () => {
      const records = { [`_dmarc.${SUB}`]: null, [`_dmarc.${DOMAIN}`]: ['v=DMARC1; p=reject'] };
      expect(judge(records)).toMatchObject({ found: false, reason: 'no-answer' });
    });
  });
});

test('no text makes a judgement fail', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string(), (texts, tail) => {
      const records = [...texts, `v=DMARC1;${tail}`, `v=DKIM1; p=${tail}`];
      const txt = txtOf({ [`_dmarc.${DOMAIN}`]: records, [AT_GOOGLE]: records });
      judgeDkim(DOMAIN, txt);
      expect(judgeDmarc(DOMAIN, DOMAIN, txt).name).toBe(`_dmarc.${DOMAIN}`);
    }),
  );
});

describe('the address of a DNS server', () => {
  test.each([
    ['127.0.0.1:5300', { host: '127.0.0.1', port: 5300 }],
    ['192.0.2.1', { host: '192.0.2.1', port: 53 }],
    ['[::1]:5300', { host: '::1', port: 5300 }],
    ['[2001:db8::1]', { host: '2001:db8::1', port: 53 }],
    ['dns.practice.example:53', { host: 'dns.practice.example', port: 53 }],
  ])('%s', (text, expected) => {
    expect(parseDnsServer(text)).toEqual(expected);
  });

  test.each([
    ':53',
    '127.0.0.1:',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '::1',
    '[x]:53',
    'a b',
    'https://dns.example',
  ])('%s is none', (text) => {
    expect(parseDnsServer(text)).toBeNull();
  });
});
