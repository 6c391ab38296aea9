/** DKIM keys and DMARC records, as they are published and mispublished. */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeDkim } from '../../src/delivery/dkim.js';
import { alignment, judgeDmarc, namesUp } from '../../src/delivery/dmarc.js';
import type { DnsAnswer } from '../../src/delivery/dns.js';
import { parseDnsServer } from '../../src/delivery/dns-server.js';
import { subjectOf } from '../../src/delivery/subject.js';
import { DKIM_KEY, type Records, txtOf } from './zone.js';

const DOMAIN = 'practice.example';
const PRACTICE = { name: DOMAIN, registered: DOMAIN };
const AT_GOOGLE = `google._domainkey.${DOMAIN}`;

describe('Google’s DKIM key', () => {
  const P = DKIM_KEY.slice(DKIM_KEY.indexOf('p='));
  const [KEY, HALF] = [P.slice(2), P.length / 2];
  const ED25519 = Buffer.alloc(32, 7).toString('base64');
  const rsa = (bits: number) =>
    generateKeyPairSync('rsa', { modulusLength: bits })
      .publicKey.export({ format: 'der', type: 'spki' })
      .toString('base64');

  const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ format: 'der', type: 'spki' })
    .toString('base64');

  test.each<[string, string, Records]>([
    ['where it usually is', 'found', { [AT_GOOGLE]: [DKIM_KEY] }],
    ['under the next usual name', 'found', { [`google2._domainkey.${DOMAIN}`]: [DKIM_KEY] }],
    [
      'where one of the names did not answer',
      'found',
      { [AT_GOOGLE]: null, [`google1._domainkey.${DOMAIN}`]: [DKIM_KEY] },
    ],
    ['beside a record for all names', 'found', { [AT_GOOGLE]: ['v=spf1 -all', DKIM_KEY] }],
    ['taken back', 'withdrawn', { [AT_GOOGLE]: ['v=DKIM1; p='] }],
    ['under no usual name', 'not-found', { [`other._domainkey.${DOMAIN}`]: [DKIM_KEY] }],
    ...['v=spf1 -all', 'v=DMARC1; p=none; rua=mailto:dkim@x.example', 'site-verification=x'].map(
      (record): [string, string, Records] => [
        `where a record for all names answers: ${record}`,
        'not-found',
        { [AT_GOOGLE]: [record] },
      ],
    ),
    ['without an answer', 'no-answer', { [AT_GOOGLE]: null }],
  ])('%s', (_what, key, records) => {
    expect(judgeDkim(DOMAIN, txtOf(records))).toMatchObject({ domain: DOMAIN, key });
  });

  test.each<[record: string]>([
    [P],
    [`v=DKIM1; ${P}`],
    [`v=DKIM1;k=rsa;${P.slice(0, HALF)} ${P.slice(HALF)};`],
    [`v=DKIM1; k=rsa; t=y; ${P}`],
    [`v=DKIM1; t=y:s; ${P}`],
    [`v=DKIM1; g=*; k=rsa; ${P}`],
    [`v = DKIM1 ; h = sha1 : SHA256 ; s = email : x ; n=note "1"; ${P} ; unknown=x`],
    [`k=rsa; s=*; ${P}`],
  ])('can be used: %s', (record) => {
    expect(judgeDkim(DOMAIN, txtOf({ [AT_GOOGLE]: [record] }))).toMatchObject({ key: 'found' });
  });

  test.each<[fault: string, records: readonly string[]]>([
    [
      'quotation marks or backslashes',
      [
        ...[`v=DKIM1; p=${KEY.slice(0, HALF)}" "${KEY.slice(HALF)}`, `v=DKIM1\\; k=rsa\\; ${P}`],
        ...[`"v=DKIM1; ${P}"`, `v=DKIM1; k=rsa; ${P}”`, `v=DKIM1; k=rsa; p="${KEY}"`],
      ],
    ],
    ['begin with "v=DKIM1;"', ['DKIM2', 'dkim1', 'DKIM1.1', ''].map((v) => `v=${v}; k=rsa; ${P}`)],
    [
      'begin with "v=DKIM1;"',
      [`${P}; v=DKIM1`, `v=DKM1; k=rsa; ${P}`, `v=DKIM1, k=rsa, ${P}`, `v=DKIM1: ${P}`],
    ],
    ['a kind that nobody knows', ['dsa', 'rsa-sha256', ''].map((k) => `v=DKIM1; k=${k}; ${P}`)],
    ['not for SHA-256', ['sha1', 'sha512', ''].map((h) => `v=DKIM1; h=${h}; ${P}`)],
    ['not for email', ['tlsrpt', 'mail', ''].map((s) => `v=DKIM1; s=${s}; ${P}`)],
    ['mistyped', [`v=DKIM1; n=clé; ${P}`]],
    ['mistyped', [`v=DKIM1; ${P}; ${P}`, `v=DKIM1; k=rsa; k=rsa; ${P}`, `v=DKIM1; rsa; ${P}`]],
    ['mistyped', [`v=DKIM1;\u00a0k=rsa; ${P}`, KEY]],
    ['is missing', ['v=DKIM1; k=rsa', `v=DKIM1; P=${KEY}`, `v=DKIM1; pub=${KEY}`]],
    ['has 512 bits', [`v=DKIM1; p=${rsa(512)}`]],
    [
      'cut off or mistyped',
      [
        ...[KEY.slice(0, 120), `${KEY}=`, `${KEY}.`, KEY + KEY, `-----BEGIN ${KEY}`, KEY.slice(4)],
        ...['<paste the key here>', KEY.replaceAll(/./g, '-'), ED25519, EC],
      ].map((key) => `v=DKIM1; k=rsa; p=${key}`),
    ],
    ['cut off or mistyped', [`v=DKIM1; k=ed25519; ${P}`, `v=DKIM1; k=ed25519; p=${ED25519}AAAA`]],
    // Whole, but Google’s signature is an RSA one.
    ['another kind of signature', [`v=DKIM1; k=ed25519; p=${ED25519}`]],
    ['More than one key', [[DKIM_KEY, `v=DKIM1; p=${rsa(1024)}`].join('\n')]],
  ])('can’t be used: %s', (fault, records) => {
    for (const record of records) {
      const judged = judgeDkim(DOMAIN, txtOf({ [AT_GOOGLE]: record.split('\n') }));
      expect({ record, ...judged }).toMatchObject({
        ...{ record, key: 'damaged', fault: expect.stringContaining(fault) },
      });
    }
  });
});

describe('DMARC', () => {
  const at = (record: string, more: Records = {}) =>
    judgeDmarc(PRACTICE, txtOf({ [`_dmarc.${DOMAIN}`]: [record], ...more }));

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
    ['v=DMARC1; sp=none; p=reject', { policy: 'reject' }],
    ['V=DMARC1; P=REJECT; SP=NONE; ADKIM=S', { policy: 'reject', strictDkim: true }],
    ['v = DMARC1 ; p = reject ; aspf = S', { policy: 'reject', strictSpf: true }],
    ['v=DMARC1;p=reject;;', { policy: 'reject' }],
    ['v=DMARC1; p=reject; and so on', { policy: 'reject' }],
    ['v=DMARC1; p=reject; sp=all; rua=mailto:x@x.example', { policy: 'none' }],
    ['v=DMARC1; rua=mailto:x@x.example', { policy: 'none' }],
    ['v=DMARC1; p=refuse; rua=mailto:x@x.example', { policy: 'none' }],
  ])('%s', (record, expected) => {
    expect(at(record)).toMatchObject({ found: true, name: `_dmarc.${DOMAIN}`, ...expected });
  });

  test.each<[string, string]>([
    ['v=DMARC1; p=refuse', 'unreadable'],
    ['v=DMARC1', 'unreadable'],
    ['v=DMARC1; p=reject; p=none', 'unreadable'],
    ['v=DMARC1; p=reject; np=all', 'unreadable'],
    ['v=DMARC1; rua=', 'unreadable'],
    ['v=DMARC1; rua=x@x.example', 'unreadable'],
    ['v=DMARC1;\u00a0p=reject', 'unreadable'],
    ['v=dmarc1; p=reject', 'nearly'],
    ['v=DMARC1 p=reject', 'nearly'],
    ['v=DMARC1, p=reject', 'nearly'],
    ['v=DMARC12; p=reject', 'nearly'],
    ['v=DMARC1\\; p=reject', 'nearly'],
    [' v=DMARC1; p=reject', 'nearly'],
    ['"v=DMARC1; p=reject"', 'nearly'],
    ['p=reject; rua=mailto:x@x.example', 'nearly'],
    ['v=spf1 -all', 'no-record'],
    ['p=reject; v=DMARC1', 'nearly'],
  ])('%s is none that counts', (record, reason) => {
    expect(at(record)).toMatchObject({ found: false, reason });
  });

  test('two records count as none; no answer is told as such', () => {
    const two = { [`_dmarc.${DOMAIN}`]: ['v=DMARC1; p=reject', 'v=DMARC1; p=none'] };
    expect(judgeDmarc(PRACTICE, txtOf(two))).toMatchObject({ reason: 'two-records' });
    const silent = { [`_dmarc.${DOMAIN}`]: null };
    expect(judgeDmarc(PRACTICE, txtOf(silent))).toMatchObject({ reason: 'no-answer' });
  });

  describe('of a subdomain', () => {
    const SUB = `mail.${DOMAIN}`;
    const judge = (records: Records) =>
      judgeDmarc({ name: SUB, registered: DOMAIN }, txtOf(records));
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

  /** RFC 9989, section 4.10, and its examples. */
  describe('is found upwards', () => {
    test('at eight names at most', () => {
      expect(namesUp('a.practice.co.uk')).toEqual([
        'a.practice.co.uk',
        'practice.co.uk',
        'co.uk',
        'uk',
      ]);
      expect(namesUp('a.b.c.d.e.f.g.h.i.j.mail.example.com')).toEqual([
        ...['a.b.c.d.e.f.g.h.i.j.mail.example.com', 'g.h.i.j.mail.example.com'],
        ...['h.i.j.mail.example.com', 'i.j.mail.example.com', 'j.mail.example.com'],
        ...['mail.example.com', 'example.com', 'com'],
      ]);
    });

    test.each<[what: string, records: Records, expected: object]>([
      ['between', { b: ['p=reject'], 'b.example': ['p=quarantine'] }, { policy: 'quarantine' }],
      [
        'with the policy for subdomains',
        { example: ['p=reject; sp=none; psd=y'] },
        { policy: 'none' },
      ],
      ['at the registry', { example: ['p=reject; psd=y'] }, { policy: 'reject' }],
      ['past a registry without an answer', { example: null }, { reason: 'no-record' }],
      [
        'not past two',
        { 'b.example': ['p=none', 'p=reject'], example: ['p=none'] },
        { reason: 'two-records' },
      ],
    ])('%s', (_what, zone, expected) => {
      const records = Object.entries(zone).map(([name, texts]) => [
        `_dmarc.${name}`,
        texts?.map((text) => `v=DMARC1; ${text}`) ?? null,
      ]);
      const sender = { name: 'a.b.example', registered: 'b.example' };
      expect(judgeDmarc(sender, txtOf(Object.fromEntries(records)))).toMatchObject(expected);
    });

    // RFC 9989, section 4.10.1, and RFC 7489, section 6.6.3: the domain’s own, else the organisation’s.
    test.each<[what: string, records: Record<string, readonly string[]>, expected: object]>([
      [
        'not at what lies between',
        { 'a.b.example': ['p=reject'], 'b.example': ['p=none'] },
        { policy: 'none', name: '_dmarc.b.example' },
      ],
      [
        'past two between',
        { 'a.b.example': ['p=reject', 'p=none'], 'b.example': ['p=quarantine'] },
        { policy: 'quarantine' },
      ],
      [
        'past one between that can’t be read',
        { 'a.b.example': ['p=refuse'], 'b.example': ['p=quarantine'] },
        { policy: 'quarantine' },
      ],
      [
        'where the organisation says that it begins',
        { 'a.b.example': ['p=reject; psd=n'], 'b.example': ['p=none'] },
        { policy: 'reject', name: '_dmarc.a.b.example' },
      ],
      [
        'below the registry',
        { 'b.example': ['p=none'], example: ['p=reject; psd=y'] },
        {
          policy: 'none',
        },
      ],
      [
        'at one that is a registry by its own word',
        { 'b.example': ['p=reject; psd=y'], example: ['p=none; psd=y'] },
        { policy: 'reject' },
      ],
      [
        'as none where the organisation has two',
        { 'a.b.example': ['p=none'], 'b.example': ['p=none', 'p=reject'] },
        { reason: 'two-records' },
      ],
    ])('%s, from three names below', (_what, zone, expected) => {
      const records = Object.entries(zone).map(([name, texts]) => [
        `_dmarc.${name}`,
        texts.map((text) => `v=DMARC1; ${text}`),
      ]);
      const sender = { name: 'x.a.b.example', registered: 'b.example' };
      expect(judgeDmarc(sender, txtOf(Object.fromEntries(records)))).toMatchObject(expected);
    });

    test('as unknown where the organisation did not answer', () => {
      const records = { '_dmarc.a.b.example': ['v=DMARC1; p=none'], '_dmarc.b.example': null };
      const sender = { name: 'x.a.b.example', registered: 'b.example' };
      expect(judgeDmarc(sender, txtOf(records))).toMatchObject({ reason: 'no-answer' });
    });

    test.each([
      ['v=DMARC1; p=reject; sp=none; np=quarantine', 'quarantine'],
      ['v=DMARC1; p=reject; sp=none', 'none'],
      ['v=DMARC1; p=reject', 'reject'],
    ])('%s, for a name that is not in the DNS', (record, policy) => {
      const sender = { name: 'sub.example.com', registered: 'example.com' };
      const answers = new Map<string, DnsAnswer<string>>([
        ['_dmarc.sub.example.com', { kind: 'no-name' }],
        ['_dmarc.example.com', { kind: 'found', records: [record] }],
        ['sub.example.com', { kind: 'no-name' }],
      ]);
      expect(judgeDmarc(sender, answers)).toMatchObject({ policy });
      // Something below it shows that it is there.
      answers.set('google._domainkey.sub.example.com', { kind: 'found', records: [DKIM_KEY] });
      const isThere = /sp=none/.test(record) ? 'none' : policy;
      expect(judgeDmarc(sender, answers)).toMatchObject({ policy: isThere });
    });
  });
});

describe('two domains of one organisation', () => {
  const domain = (name: string) => ({ name, registered: name.split('.').slice(-2).join('.') });
  const [CO_UK, UK_COM] = ['practice.co.uk', 'practice.uk.com'];
  test.each<
    [one: string, other: string, expected: string, records?: Readonly<Record<string, string>>]
  >([
    ['a.example', 'a.example', 'yes'],
    ['mail.a.example', 'a.example', 'yes', { 'a.example': '' }],
    ['mail.a.example', 'www.a.example', 'yes', { 'a.example': '' }],
    ['a.example', 'b.example', 'no', { 'a.example': '', 'b.example': '' }],
    // The registry is nobody's organisation, whether or not it says so.
    ['a.example', 'b.example', 'no', { example: '' }],
    ['a.example', 'b.example', 'no', { example: 'psd=y' }],
    [
      'giant.bank.example',
      'mega.bank.example',
      'no',
      { 'bank.example': 'psd=y', 'giant.bank.example': '' },
    ],
    ['mail.giant.bank.example', 'giant.bank.example', 'yes', { 'bank.example': 'psd=y' }],
    ['a.b.example', 'b.example', 'no', { 'a.b.example': 'psd=n', 'b.example': '' }],
    ['x.a.b.example', 'a.b.example', 'yes', { 'a.b.example': 'psd=n', 'b.example': '' }],
    // By a list of registries they are one, by the records they are not.
    ['mail.a.example', 'a.example', 'unknown', { 'mail.a.example': '' }],
  ])('%s and %s: %s %j', (one, other, expected, records = {}) => {
    const zone = Object.entries(records).map(([name, tags]) => [
      `_dmarc.${name}`,
      [`v=DMARC1; p=reject; ${tags}`],
    ]);
    const answers = txtOf(Object.fromEntries(zone));
    expect(alignment(domain(one), domain(other), false, answers)).toBe(expected);
    expect(alignment(domain(other), domain(one), false, answers)).toBe(expected);
    const strict = one === other ? 'yes' : 'no';
    expect(alignment(domain(one), domain(other), true, answers)).toBe(strict);
  });

  test.each([CO_UK, UK_COM, 'practice.gb.net', 'practice.org.uk', 'practice.ie'])(
    '%s is what was registered',
    async (registered) => {
      const { senderDomain } = await subjectOf({
        sender: `info@mail.${registered}`,
        account: null,
      });
      expect(senderDomain).toEqual({ name: `mail.${registered}`, registered });
    },
  );
});

test('no text makes a judgement fail', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string(), (texts, tail) => {
      const records = [...texts, `v=DMARC1;${tail}`, `v=DKIM1; p=${tail}`];
      const txt = txtOf({ [`_dmarc.${DOMAIN}`]: records, [AT_GOOGLE]: records });
      judgeDkim(DOMAIN, txt);
      expect(judgeDmarc(PRACTICE, txt).name).toBe(`_dmarc.${DOMAIN}`);
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
