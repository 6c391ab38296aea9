/** Mutants of a text: which slips are made, that each is in effect alone, and that none is without being on. */

import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { instrument } from '../../tools/mutants/instrument.js';

/** The slips of a text, each with what the text comes to with it; first what it comes to as it stands. */
function slipsOf(text: string): { plain: unknown; slips: Record<string, unknown> } {
  const { code, mutants } = instrument(text, 'a.ts');
  const run = (active: number | null) => {
    const context = { __mutants: () => (number: number) => number === active, log: [] };
    try {
      return runInNewContext(code, context);
    } catch (error) {
      return (error as Error).name;
    }
  };
  const slips = mutants.map(({ number, was, becomes }) => [`${was} → ${becomes}`, run(number)]);
  return { plain: run(null), slips: Object.fromEntries(slips) };
}

describe('a slip', () => {
  test.each<[text: string, plain: unknown, slips: Record<string, unknown>]>([
    ['var a = 3; a < 3', false, { '3 → 4': true, 'a < 3 → (a) <= (3)': true }],
    ['var a = null; a ?? "b"', 'b', { 'a ?? "b" → a': null }],
    ['var a = true; !a', false, { 'true → false': true, '!a → a': true }],
    ['log.push("a"); log.length', 1, { 'log.push("a"); → nothing': 0 }],
    [
      '[2, 1].sort().join()',
      '1,2',
      { '2 → 3': '1,3', '1 → 2': '2,2', '[2, 1].sort() → [2, 1]': '2,1' },
    ],
    ['var a = ["x"]; a?.[0]?.trim().length', 1, { '0 → 1': undefined }],
    ['"b" + "c"', 'bc', {}],
    ['"b".toString()', 'b', {}],
    [
      'var a = 1; if (a === 1) log.push("a"); else log.push("b"); log.join()',
      'a',
      {
        '1 → 2': expect.anything(),
        'a === 1 → (a) !== (1)': 'b',
        'a === 1 → true': 'a',
        'a === 1 → false': 'b',
        'log.push("a"); → nothing': '',
        'log.push("b"); → nothing': 'a',
      },
    ],
  ])('%s', (text, plain, slips) => {
    expect(slipsOf(text)).toEqual({ plain, slips });
  });

  test('of an await is that nobody waits, and that nothing is called', () => {
    const { mutants } = instrument(
      'async function f() { await g(); const x = await h(); }',
      'a.ts',
    );
    expect(mutants.map(({ was, becomes }) => [was, becomes])).toEqual([
      ['await g();', 'nothing'],
      ['await g()', 'void (g())'],
    ]);
  });

  test('is none of a type, a name or an import', () => {
    const text =
      'import { a } from "b";\ntype C = 1 | 2; interface D { e: true }\nexport const f: C = a as D;';
    expect(instrument(text, 'a.ts')).toEqual({ code: text, mutants: [] });
  });
});
