/** What SPF records say of Google, judged as receivers do (RFC 7208). */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeSpf, spfQuestions } from '../../src/delivery/spf.js';
import { parseSpf, spfToPublish } from '../../src/delivery/spf-record.js';
import { GOOGLE, type Records, txtOf } from './zone.js';

const DOMAIN = 'practice.example';
const judge = (records: Records) => judgeSpf(DOMAIN, txtOf(records));
const of = (record: string, more: Records = {}) => judge({ [DOMAIN]: [record], ...more });

/** As many includes as are wanted, each of a record of its own. */
function includes(count: number): readonly [terms: string, records: Records] {
  const names = Array.from({ length: count }, (_, index) => `s${index}.example`);
  return [
    names.map((name) => `include:${name}`).join(' '),
    Object.fromEntries(names.map((name) => [name, ['v=spf1 ip4:192.0.2.1 -all']])),
  ];
}

describe('Google may send', () => {
  const [nine, nineRecords] = includes(9);
  test.each<[string, string, Records?]>([
    ['by include', `v=spf1 ${GOOGLE} ~all`],
    ['in capital letters', 'V=SPF1 INCLUDE:_SPF.GOOGLE.COM ~ALL'],
    ['with a dot at its end', `v=spf1 ${GOOGLE}. ~all`],
    ['with spaces at the end', `v=spf1  ${GOOGLE}  ~all  `],
    ['with nothing behind', `v=spf1 ${GOOGLE}`],
    ['by redirect', 'v=spf1 redirect=_spf.google.com'],
    ['by a redirect elsewhere', 'v=spf1 redirect=x.example', { 'x.example': [`v=spf1 ${GOOGLE}`] }],
    [
      'deep down',
      'v=spf1 a include:x.example -all',
      { 'x.example': ['v=spf1 include:y.example ?all'], 'y.example': [`v=spf1 ${GOOGLE} -all`] },
    ],
    ['at the tenth look-up', `v=spf1 ${nine} ${GOOGLE} -all`, nineRecords],
    ['behind two names that are gone', `v=spf1 a mx:old.example ${GOOGLE} -all`],
    ['before names that are gone', `v=spf1 ${GOOGLE} a:o.example a:p.example a:q.example -all`],
    [
      'behind names that are there, or did not answer',
      `v=spf1 a a:b.example mx exists:c.example a:d.example ${GOOGLE} -all`,
      {
        [`A ${DOMAIN}`]: ['192.0.2.1'],
        'A b.example': ['192.0.2.2'],
        [`MX ${DOMAIN}`]: ['b.example'],
        'A d.example': null,
      },
    ],
    ['before a reference to nowhere', `v=spf1 ${GOOGLE} include:nowhere.example -all`],
    ['whether or not a macro says so too', `v=spf1 exists:%{i}.x.example ${GOOGLE} -all`],
  ])('%s', (_what, record, more = {}) => {
    expect(of(record, more)).toMatchObject({
      google: 'pass',
      reason: 'named',
      published: [record],
    });
  });

  test.each<[record: string, detail: string, more?: Records]>([
    ['v=spf1 mx all', 'all'],
    ['v=spf1 exists:c.example -all', 'exists:c.example', { 'A c.example': ['127.0.0.2'] }],
    ['v=spf1 include:x.example -all', '+all', { 'x.example': ['v=spf1 +all'] }],
  ])('as everybody may: %s', (record, detail, more = {}) => {
    expect(of(record, more)).toMatchObject({ google: 'pass', reason: 'everybody', detail });
  });

  test('beside records that have nothing to do with it', () => {
    const records = ['google-site-verification=x', `v=spf1 ${GOOGLE} ~all`, 'v=spf10 -all'];
    expect(judge({ [DOMAIN]: records })).toMatchObject({ google: 'pass' });
  });
});

describe('Google may not send', () => {
  const [ten, tenRecords] = includes(10);
  test.each<[string, string, string, Records?]>([
    [
      'not named',
      'not-named',
      'v=spf1 include:x.example mx a ip4:192.0.2.0/24 -all',
      { 'x.example': ['v=spf1 -all'] },
    ],
    ['named behind "all"', 'not-named', `v=spf1 -all ${GOOGLE}`],
    ['named as one that may not', 'not-named', `v=spf1 -${GOOGLE} ~all`],
    ['named without a statement', 'not-named', `v=spf1 ?${GOOGLE} ~all`],
    [
      'named where the redirect does not count',
      'not-named',
      'v=spf1 ~all redirect=_spf.google.com',
    ],
    [
      'named in a record that it may not pass',
      'not-named',
      'v=spf1 -include:x.example -all',
      { 'x.example': [`v=spf1 ${GOOGLE}`] },
    ],
    ['Google’s servers for receiving', 'not-named', 'v=spf1 mx a:aspmx.l.google.com -all'],
    [
      'a look-up that only an address of version 6 answers',
      'not-named',
      'v=spf1 exists:c.example -all',
      { 'A c.example': ['2001:db8::1'] },
    ],
    [
      'Google’s addresses, written as ones of version 6',
      'not-named',
      'v=spf1 ip6:::ffff:209.85.128.0/113 -all',
    ],
    ['every address of a name that is gone', 'not-named', 'v=spf1 a:old.example/0 -all'],
    [
      'no address in particular',
      'not-named',
      'v=spf1 a/10 mx/30//10 -all',
      { [`A ${DOMAIN}`]: ['192.0.2.1'], [`MX ${DOMAIN}`]: ['b.example'] },
    ],
    ['no email at all', 'sends-no-email', 'v=spf1 -all'],
    ['eleven look-ups', 'too-many-look-ups', `v=spf1 ${ten} ${GOOGLE} -all`, tenRecords],
    ['a circle', 'too-many-look-ups', `v=spf1 include:${DOMAIN} ${GOOGLE} -all`],
    ['a mistyped term', 'unreadable', `v=spf1 ipv4:192.0.2.1 ${GOOGLE} ~all`],
    ['a mistyped address', 'unreadable', `v=spf1 ip4:192.0.2.300 ${GOOGLE} ~all`],
    ['a term without its colon', 'unreadable', `v=spf1 include ${GOOGLE} ~all`],
    [
      'a mistyped term further down',
      'unreadable',
      `v=spf1 include:x.example ${GOOGLE}`,
      { 'x.example': ['v=spf1 foo'] },
    ],
    ['an address as a name', 'unreadable', `v=spf1 a:192.0.2.1 ${GOOGLE} ~all`],
    ['a prefix with a zero in front', 'unreadable', `v=spf1 ip4:192.0.2.0/024 ${GOOGLE} ~all`],
    ['a prefix that is too long', 'unreadable', `v=spf1 a/33 ${GOOGLE} ~all`],
    ['one of two prefixes wrong', 'unreadable', `v=spf1 mx:x.example/24//129 ${GOOGLE} ~all`],
    ['a macro of explanations', 'unreadable', `v=spf1 exists:%{c}.x.example ${GOOGLE} ~all`],
    ['a macro of nothing', 'unreadable', `v=spf1 exists:%{i0}.x.example ${GOOGLE} ~all`],
    ['half a macro', 'unreadable', `v=spf1 ${GOOGLE} ~all foo=%abc`],
    ['an empty explanation', 'unreadable', `v=spf1 ${GOOGLE} exp= ~all`],
    ['two explanations', 'unreadable', `v=spf1 ${GOOGLE} exp=a.example exp=b.example ~all`],
    ['a dash from a text editor', 'unreadable', `v=spf1 ${GOOGLE} –all`],
    ['a comma', 'unreadable', `v=spf1 ${GOOGLE}, ~all`],
    ['no space', 'unreadable', `v=spf1 ${GOOGLE}~all`],
    ['a quotation mark at the end', 'unreadable', `v=spf1 ${GOOGLE} ~all"`],
    ['a tab between', 'unreadable', `v=spf1 mx\t${GOOGLE} ~all`],
    [
      'a circle of two',
      'too-many-look-ups',
      'v=spf1 include:x.example',
      {
        'x.example': [`v=spf1 include:${DOMAIN}`],
      },
    ],
    ['a redirect to itself', 'too-many-look-ups', `v=spf1 redirect=${DOMAIN}`],
    [
      'eleven mail servers of one name',
      'too-many-look-ups',
      `v=spf1 mx ${GOOGLE} -all`,
      {
        [`MX ${DOMAIN}`]: Array.from({ length: 11 }, (_, index) => `mx${index}.example`),
      },
    ],
    ['two redirects', 'unreadable', 'v=spf1 redirect=_spf.google.com redirect=_spf.google.com'],
    ['a reference to nowhere', 'empty-reference', `v=spf1 include:nowhere.example ${GOOGLE} ~all`],
    ['a redirect to nowhere', 'empty-reference', 'v=spf1 redirect=nowhere.example'],
    [
      'a reference to two records',
      'two-records',
      `v=spf1 include:x.example ${GOOGLE}`,
      { 'x.example': ['v=spf1', 'v=spf1 -all'] },
    ],
  ])('%s', (_what, reason, record, more = {}) => {
    expect(of(record, more)).toMatchObject({ google: 'no', reason });
  });

  test('without a record', () => {
    expect(judge({})).toMatchObject({ google: 'no', reason: 'no-record', published: [] });
    expect(judge({ [DOMAIN]: ['v=spf10', 'something else'] })).toMatchObject({ published: [] });
  });

  test('with two records', () => {
    const records = [`v=spf1 ${GOOGLE} ~all`, 'v=spf1 -all'];
    expect(judge({ [DOMAIN]: records })).toMatchObject({
      ...{ google: 'no', reason: 'two-records', published: records },
    });
  });
});

describe('a record that is meant as SPF', () => {
  test.each<[record: string, toPublish?: string]>([
    ['"v=spf1 mx -all"'],
    ['“v=spf1 mx -all”'],
    [`'v=spf1 mx -all'`],
    ['v=spf1\\ mx -all'],
    ['TXT "v=spf1 mx -all"'],
    ['SPF: v=spf1 mx -all'],
    [' v=spf1 mx -all'],
    ['v=spf1\tmx -all'],
    ['v=spf1\u00a0mx -all'],
    ['v=spf1;mx;-all'],
    ['v=spf1,mx,-all'],
    ['v = spf1 mx -all'],
    ['v:spf1 mx -all'],
    ['v=spf-1 mx -all'],
    ['v=sfp1 mx -all'],
    ['v=spf mx -all'],
    ['v=spf2 mx -all'],
    ['v=spf10 mx -all'],
    ['spf1 mx -all'],
    ['v=spf1mx -all'],
    ['mx -all'],
    [`v=spf1${GOOGLE} ~all`, `v=spf1 ${GOOGLE} ~all`],
  ])('is none: %j', (record, toPublish = `v=spf1 ${GOOGLE} mx -all`) => {
    expect(judge({ [DOMAIN]: ['MS=ms1', record] })).toMatchObject({
      ...{ google: 'no', reason: 'nearly', detail: record, published: [record] },
    });
    expect(spfToPublish([record])).toEqual({ value: toPublish, leftOut: [] });
    // Beside a real one it is nothing.
    const real = `v=spf1 ${GOOGLE} -all`;
    expect(judge({ [DOMAIN]: [record, real] })).toMatchObject({
      google: 'pass',
      published: [real],
    });
  });

  test.each([
    ...[
      'v=spf10',
      'spf2.0/pra mx -all',
      'MS=ms1',
      'google-site-verification=spf1',
      'v=DMARC1; p=none',
    ],
  ])('is not every text: %s', (record) => {
    expect(judge({ [DOMAIN]: [record] })).toMatchObject({ reason: 'no-record', published: [] });
  });
});

describe('it can’t be checked', () => {
  test.each<[string, string, string, Records?]>([
    ['a macro', 'macro', 'v=spf1 include:%{i}._spf.%{d2}.x.example ~all'],
    ['a macro in a redirect', 'macro', 'v=spf1 redirect=%{d}.x.example'],
    ['a look-up for each email', 'macro', 'v=spf1 exists:%{ir}.x.example -all'],
    ['a macro that may refuse', 'macro', `v=spf1 -exists:%{i}.x.example ${GOOGLE} -all`],
    ['a name that answers back', 'macro', 'v=spf1 ptr:google.com -all'],
    ['addresses of Google’s', 'addresses', 'v=spf1 ip4:209.85.128.0/17 -all'],
    ['a part of them', 'addresses', 'v=spf1 ip4:209.85.220.41 -all'],
    ['addresses of Google’s, version 6', 'addresses', 'v=spf1 ip6:2a00:1450:4864::/56 -all'],
    [
      'every address of version 4',
      'addresses',
      'v=spf1 a/0 -all',
      { [`A ${DOMAIN}`]: ['192.0.2.1'] },
    ],
    [
      'every address of version 6',
      'addresses',
      'v=spf1 mx:b.example/24//0 -all',
      { 'MX b.example': ['c.example'] },
    ],
    [
      'names that are gone, one of them for version 4 only',
      'names-gone',
      `v=spf1 a:o.example a:p.example exists:q.example ${GOOGLE} -all`,
      { 'A q.example': ['2001:db8::1'] },
    ],
    [
      'a computer without an answer',
      'no-answer',
      'v=spf1 exists:c.example -all',
      { 'A c.example': null },
    ],
    [
      'three names that are gone, before Google',
      'names-gone',
      `v=spf1 a:o.example mx:p.example exists:q.example ${GOOGLE} -all`,
    ],
    [
      'three names that are gone, two of them further down',
      'names-gone',
      `v=spf1 a:o.example include:x.example ${GOOGLE} -all`,
      { 'x.example': ['v=spf1 a mx -all'] },
    ],
    [
      'a reference without an answer',
      'no-answer',
      'v=spf1 include:x.example -all',
      { 'x.example': null },
    ],
  ])('%s', (_what, reason, record, more = {}) => {
    expect(of(record, more)).toMatchObject({ google: 'unknown', reason });
  });

  test('without an answer', () => {
    expect(judge({ [DOMAIN]: null })).toMatchObject({ google: 'unknown', reason: 'no-answer' });
  });

  test('but a reference without an answer matters no more where Google is named in any case', () => {
    const record = `v=spf1 include:x.example ${GOOGLE} -all`;
    expect(of(record, { 'x.example': null })).toMatchObject({ google: 'pass' });
  });
});

test('look-ups are counted through all records, those of a circle once', () => {
  const more = {
    'x.example': ['v=spf1 mx include:y.example'],
    'y.example': ['v=spf1 a include:x.example'],
  };
  expect(
    of(`v=spf1 a ip4:192.0.2.1 include:x.example exists:z.example ${GOOGLE} -all`, more).lookUps,
  ).toBe(8);
});

test('what has to be looked up is what is referred to, without macros', () => {
  const terms = 'include:a.example. include:%{d}.x.example a a:b.example mx exists:%{i}.x.example';
  const record = `v=spf1 ${terms} redirect=C.example`;
  expect(spfQuestions(['other', record, record], DOMAIN)).toEqual([
    ...['a.example', 'c.example', `A ${DOMAIN}`, 'A b.example', `MX ${DOMAIN}`],
  ]);
});

describe('the record to publish', () => {
  test.each<[string, readonly string[], string]>([
    ['of none', [], `v=spf1 ${GOOGLE}  ~all`],
    [
      'keeps everybody',
      ['v=spf1 mx include:x.example ip4:192.0.2.1 -all'],
      `v=spf1 ${GOOGLE} mx include:x.example ip4:192.0.2.1 -all`,
    ],
    ['of a domain that sends nothing', ['v=spf1 -all'], `v=spf1 ${GOOGLE} -all`],
    [
      'goes on elsewhere as before',
      ['v=spf1 redirect=x.example'],
      `v=spf1 ${GOOGLE} redirect=x.example`,
    ],
    [
      'takes Google from where it did not count',
      [`v=spf1 a -all ${GOOGLE}`],
      `v=spf1 ${GOOGLE} a -all`,
    ],
    ['takes back a No to Google', [`v=spf1 -${GOOGLE} a ~all`], `v=spf1 ${GOOGLE} a ~all`],
    [
      'of two records is one',
      ['v=spf1 a mx -all', `v=spf1 mx ${GOOGLE} ~all`],
      `v=spf1 ${GOOGLE} a mx ~all`,
    ],
    [
      'of two that agree ends as they do',
      ['v=spf1 a -all', 'v=spf1 mx -all'],
      `v=spf1 ${GOOGLE} a mx -all`,
    ],
    [
      'of two, one going on elsewhere',
      ['v=spf1 redirect=x.example', 'v=spf1 a'],
      `v=spf1 ${GOOGLE} a include:x.example ~all`,
    ],
    [
      'names Google once',
      [`v=spf1 ${GOOGLE}. a:x.example. ~all`],
      `v=spf1 ${GOOGLE} a:x.example. ~all`,
    ],
    [
      'without what is no part of it',
      ['v=spf1 mx; "include:x.example", –all"'],
      `v=spf1 ${GOOGLE} mx include:x.example -all`,
    ],
    ['keeps the explanation', ['v=spf1 -all exp=e.example'], `v=spf1 ${GOOGLE} -all exp=e.example`],
  ])('%s', (_what, published, expected) => {
    expect(spfToPublish(published)).toEqual({ value: expected.replace('  ', ' '), leftOut: [] });
  });

  test('leaves out what nobody can read, and says so', () => {
    expect(spfToPublish(['v=spf1 ipv4:192.0.2.1 a ~all'])).toEqual({
      ...{ value: `v=spf1 ${GOOGLE} a ~all`, leftOut: ['ipv4:192.0.2.1'] },
    });
  });
});

/** Records as people write them, faults among them. */
const term = fc.oneof(
  fc.constantFrom(
    ...[
      'a',
      'mx',
      '+mx',
      'ptr',
      'all',
      '-all',
      '~all',
      '?all',
      'a:x.example/24//64',
      'exists:%{i}.x.example',
    ],
    ...[
      'include:x.example',
      '-include:x.example',
      GOOGLE,
      `?${GOOGLE}`,
      'ip4:192.0.2.0/24',
      'ip6:2001:db8::/32',
    ],
    ...[
      'redirect=x.example',
      'exp=y.example',
      'foo=bar',
      'ipv4:1.2.3.4',
      'ip4:1.2.3.4/33',
      'include:',
      '%',
      'a:b',
    ],
  ),
  fc.string({ maxLength: 12 }).map((text) => text.replace(/ /g, '')),
);
const spfRecord = fc.array(term, { maxLength: 14 }).map((terms) => `v=spf1 ${terms.join(' ')}`);
const X: Records = { 'x.example': ['v=spf1 ip4:192.0.2.9 -all'] };

describe('for every text', () => {
  test('a judgement is given, never an error', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), spfRecord)), (records) => {
        for (const record of records) parseSpf(record);
        expect(['pass', 'no', 'unknown']).toContain(judge({ [DOMAIN]: records, ...X }).google);
      }),
    );
  });

  test('a record of ten thousand terms is judged', () => {
    const terms = Array.from({ length: 10_000 }, () => 'ip4:192.0.2.1').join(' ');
    expect(of(`v=spf1 ${terms} ${GOOGLE}`).google).toBe('pass');
  });

  test('the record to publish names Google, is one that all can read, and stays as it is', () => {
    fc.assert(
      fc.property(fc.array(spfRecord, { maxLength: 3 }), (records) => {
        const { value } = spfToPublish(records);
        expect(of(value, X)).toMatchObject({ google: 'pass', reason: 'named' });
        expect(parseSpf(value).filter(({ kind }) => kind === 'faulty')).toEqual([]);
        expect(spfToPublish([value])).toEqual({ value, leftOut: [] });
      }),
    );
  });

  test('nobody who may send before loses that by it', () => {
    fc.assert(
      fc.property(spfRecord, (record) => {
        const before = parseSpf(record);
        const end = before.findIndex((one) => one.kind === 'mechanism' && one.name === 'all');
        const read = end === -1 ? before : before.slice(0, end);
        const kept = parseSpf(spfToPublish([record]).value).map(({ text }) => text.toLowerCase());
        for (const one of read) {
          if (one.kind !== 'mechanism' || one.value === '_spf.google.com') continue;
          expect(kept).toContain(one.text.toLowerCase());
        }
      }),
    );
  });
});
