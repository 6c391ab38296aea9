/** Address lists held against a grammar that is not ours: email-addresses reads RFC 5322 rule by rule. */

import { describe, expect, test } from '@jest/globals';
import addresses from 'email-addresses';
import fc from 'fast-check';
import { readByGrammar } from '../../../src/mail/message/address-grammar.js';
import { parseAddressList } from '../../../src/mail/message/addresses.js';

/** What the other grammar reads; null for a list that it refuses. It has no empty entries and no empty lists. */
function otherReading(text: string): string[] | null {
  const found = addresses.parseAddressList({ input: text, rfc6532: true });
  return found?.flatMap(addressesIn) ?? null;
}

interface Found {
  readonly address?: string;
  readonly addresses?: readonly Found[];
}

function addressesIn(found: unknown): string[] {
  const { address, addresses: members } = found as Found;
  // It leaves white space and comments around what it finds.
  return members === undefined
    ? [(address ?? '').replace(/\s/g, '')]
    : members.flatMap(addressesIn);
}

/** Ours, for lists in which only the grammar can be at fault. */
function ourReading(text: string): string[] | null {
  try {
    return parseAddressList(text, 'The list');
  } catch {
    return null;
  }
}

const word = fc.constantFrom(
  'a',
  'Jo',
  'root',
  'J.',
  'é',
  '"q, @"',
  '"\\""',
  '=?utf-8?q?x?=',
  "O'B",
  '',
);
const address = fc.constantFrom(
  'a@x.example',
  'b.c@y.example',
  'é@x.example',
  'a@box',
  'a.@x.example',
  'root',
);
const comment = fc.constantFrom('', '', ' ', '(c)', '(a (b) @,)', ' (', '\t', '()');
const special = fc.constantFrom(
  ',',
  ',',
  ', ',
  ';',
  ':',
  '<',
  '>',
  '@',
  '.',
  '\\',
  '"',
  '(',
  ')',
  '[',
);
const mailbox = fc
  .tuple(word, comment, address, fc.boolean(), comment)
  .map(([name, before, one, isBare, after]) =>
    isBare ? `${before}${one}${after}` : `${name} ${before}<${one}>${after}`,
  );
const group = fc
  .tuple(word, fc.array(mailbox, { maxLength: 3 }), comment)
  .map(([name, members, after]) => `${name}:${members.join(',')};${after}`);
const entry = fc.oneof({ weight: 4, arbitrary: mailbox }, group, word, special);
const list = fc.oneof(
  fc.array(entry, { minLength: 1, maxLength: 4 }).map((entries) => entries.join(',')),
  fc
    .array(fc.oneof(word, address, comment, special), { minLength: 1, maxLength: 8 })
    .map((all) => all.join('')),
);

const numRuns = process.env.TEST_ALL ? 60_000 : 3_000;

test('no list is accepted that the grammar refuses or reads in another way', () => {
  let accepted = 0;
  fc.assert(
    fc.property(list, (text) => {
      const ours = ourReading(text);
      if (ours === null) return;
      accepted += 1;
      // Beyond its rules, two things: empty entries (RFC 5322 4.4), and a name that is the address itself.
      const plain = text.replace(/^[\s,]+|[\s,]+$/g, '').replace(/,[\s,]*,/g, ',');
      if (ours.length === 0 || /(?:^|,)\s*(?:\(.*\)\s*)?(?:,|$)/.test(plain)) return;
      const other = otherReading(plain);
      if (other === null && /(\S+@\S+)\s*<\1>/.test(plain)) return;
      expect([text, ours]).toEqual([text, other]);
    }),
    { numRuns },
  );
  // Not because everything is refused.
  expect(accepted).toBeGreaterThan(numRuns / 20);
});

test('what the grammar takes and nobody reads in another way is accepted', () => {
  const plain = fc
    .array(
      fc
        .tuple(
          fc.constantFrom('', 'Jo', '"Smith, Jo"', 'J. R. Jo', 'Zoë'),
          fc.constantFrom('a', 'b.c', 'é'),
        )
        .map(([name, local]) =>
          name === '' ? `${local}@x.example` : `${name} <${local}@x.example>`,
        ),
      { minLength: 1, maxLength: 5 },
    )
    .map((entries) => entries.join(', '));
  fc.assert(
    fc.property(plain, (text) => {
      expect(ourReading(text)).toEqual(otherReading(text));
      expect(ourReading(text)).not.toBeNull();
    }),
  );
});

describe('the examples of RFC 5322', () => {
  test.each([
    [
      'Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>',
      ['mary@x.test', 'jdoe@example.org', 'one@y.test'],
    ],
    [
      '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
      ['boss@nil.test', 'sysservices@example.net'],
    ],
    [
      'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
      ['c@a.test', 'joe@where.test', 'jdoe@one.test'],
    ],
    ['Undisclosed recipients:;', []],
    ['(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;', []],
    ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', ['pete@silly.test']],
    [
      "A Group(Some people)\t:Chris Jones <c@(Chris's host.)public.example>,\t joe@example.org, John <jdoe@one.test> (my dear friend); (the end of the group)",
      ['c@public.example', 'joe@example.org', 'jdoe@one.test'],
    ],
    ['jdoe@test   . example', ['jdoe@test.example']],
  ])('%s', (text, expected) => {
    expect(ourReading(text)).toEqual(expected);
  });
});

test('a list of 100,000 people, and a comment in 100,000 comments, are read in a moment', () => {
  const people = Array.from({ length: 100_000 }, (_, at) => `P ${at} <p${at}@x.example>`).join(
    ', ',
  );
  expect(readByGrammar(people)).toEqual({ addresses: expect.any(Array) });
  const deep = `${'('.repeat(100_000)}${')'.repeat(100_000)} a@x.example`;
  expect(readByGrammar(deep)).toEqual({ addresses: ['a@x.example'] });
  expect(readByGrammar('('.repeat(100_000))).toHaveProperty('fault');
});
