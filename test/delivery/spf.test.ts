/** What SPF records say of Google, judged as receivers do (RFC 7208). */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeSpf, spfReferences } from '../../src/delivery/spf.js';
import { parseSpf } from '../../src/delivery/spf-record.js';
import { spfToPublish } from '../../src/delivery/spf-to-publish.js';
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
    ['with spaces at the end', `v=spf1  ${GOOGLE}  ~all  `],
    ['with nothing behind', `v=spf1 ${GOOGLE}`],
    ['by redirect', 'v=spf1 redirect=_spf.google.com'],
    ['by a redirect elsewhere', 'v=spf1 redirect=x.example', { 'x.example': [`v=spf1 ${GOOGLE}`] }],
    [
      'deep down',
      'v=spf1 a include:x.example -all',
      { 'x.example': ['v=spf1 include:y.example ?all'], 'y.example': [`v=spf1 ${GOOGLE} -all`] },
    ],
    ['as everybody may', 'v=spf1 +all'],
    ['at the tenth look-up', `v=spf1 ${nine} ${GOOGLE} -all`, nineRecords],
    ['before a reference to nowhere', `v=spf1 ${GOOGLE} include:nowhere.example -all`],
    ['whether or not a macro says so too', `v=spf1 exists:%{i}.x.example ${GOOGLE} -all`],
  ])('%s', (_what, record, more = {}) => {
    expect(of(record, more)).toMatchObject({
      google: 'pass',
      reason: 'named',
      published: [record],
    });
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

describe('it can’t be told', () => {
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
  const record = 'v=spf1 include:a.example include:%{d}.x.example a:b.example redirect=C.example';
  expect(spfReferences(['other', record, record])).toEqual(['a.example', 'c.example']);
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
