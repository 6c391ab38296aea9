/** One spelling, one apostrophe, one tick: held over every string of the source that people read. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';

const ROOT = fileURLToPath(new URL('../../src/', import.meta.url));

/** Every string and every piece of a template. */
const texts = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const tree = parseSync(readFileSync(join(ROOT, file), 'utf8'), { syntax: 'typescript' });
    return stringsOf(tree).map((text) => ({ file, text }));
  });

/** Those that are prose: words with a space between them. */
const prose = texts.filter(({ text }) => /\p{L}[\p{P}]* \p{P}*\p{L}/u.test(text));

/** The text of each string in a syntax tree, imports and types left out. */
function stringsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(stringsOf);
  if (node === null || typeof node !== 'object') return [];
  const { type, value, cooked } = node as Readonly<Record<string, unknown>>;
  if (type === 'ImportDeclaration' || type === 'RegExpLiteral' || type === 'TsLiteralType')
    return [];
  if (type === 'StringLiteral') return [String(value)];
  if (type === 'TemplateElement') return [String(cooked)];
  return Object.values(node).flatMap(stringsOf);
}

/** Where Google's and systems' own words are quoted as they spell them. */
const QUOTED = /^google\/(?:catalogue\/|page-refusals|application-default)/;

const RULES: readonly [rule: string, wrong: RegExp, except: RegExp | null][] = [
  ['an apostrophe is ’', /\p{L}'\p{L}|^'s? /u, null],
  ['one tick ✓ and one cross ✗', /[✔√☑✘✖☒]/u, null],
  [
    '"log in" is the verb, "login" the noun',
    /\b(?:an?|the|no|SMTP|WriteUpp|your|stored|another|each|failed|refused) log ins?\b|\blog-ins?\b|\blog ?on\b/iu,
    QUOTED,
  ],
  ['can’t, and not cannot', /\bcannot\b/iu, QUOTED],
  ['"sign in" is the verb, "sign-in" the noun', /\bsignin\b|\blog in (?:to|with) Google\b/iu, null],
  [
    'British words',
    /\b(?:colors?(?![-:])|organization|authorize[ds]?|recognize|canceled|behavior)\b/iu,
    QUOTED,
  ],
  ['email, without a hyphen', /\be-mails?\b/iu, null],
];

describe('every text that people read', () => {
  test('one quotation mark: what is quoted by a program has it too', () => {
    // What turns other marks into ASCII, and what knows them in a record of the DNS.
    const found = texts.filter(
      ({ file, text }) =>
        /[“”„«»]/.test(text) && !/^(?:app\/ascii|delivery\/spf-record|doctor\/redact)/.test(file),
    );
    const quotedOtherwise = prose.filter(
      ({ file, text }) =>
        /(?:^|\s)'\p{L}[^']*'(?:[\s.,:;)]|$)/u.test(text) &&
        !/^(?:app\/completion|stores\/postgres)/.test(file) &&
        !/-(?:src|uri) '/.test(text),
    );
    expect([...found, ...quotedOtherwise]).toEqual([]);
  });

  test('a command stands last in its line, where it can be copied', () => {
    const found = prose.filter(({ text }) =>
      /: writeupp-mail [a-z][^\n]*[\w)]\. \p{Lu}/u.test(text),
    );
    expect(found).toEqual([]);
  });

  test('is found at all', () => {
    expect(prose.length).toBeGreaterThan(300);
  });

  test.each(RULES)('%s', (_rule, wrong, except) => {
    const found = prose.filter(
      ({ file, text }) => except?.test(file) !== true && wrong.test(text.replace(/--[\w-]+/g, '')),
    );
    expect(found.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });
});
