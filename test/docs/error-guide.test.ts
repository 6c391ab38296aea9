/** The troubleshooting table has every code, and agrees with the catalogue. */
import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../src/errors.js';
import { CATALOGUE } from '../../src/google/catalogue/index.js';
import { errorTable, troubleshootingTable } from '../../tools/error-guide.js';

describe('the troubleshooting table', () => {
  test('has a row for every code', () => {
    expect(errorTable().map(({ code }) => code)).toEqual(Object.keys(EXIT_CODES));
    for (const { what, who, todo } of errorTable()) {
      expect(what.length).toBeGreaterThan(20);
      expect(who.length).toBeGreaterThan(0);
      expect(todo.length).toBeGreaterThan(10);
    }
  });

  test('names everyone whom the catalogue names for that code', () => {
    const missing = CATALOGUE.filter(
      ({ code, who }) =>
        !errorTable()
          .find((row) => row.code === code)
          ?.who.includes(who),
    );
    expect(missing.map(({ id, who }) => `${id}: ${who}`)).toEqual([]);
  });

  test('is well-formed Markdown: every row has as many cells as its head', () => {
    const [codes = '', refusals = '', ...rest] = troubleshootingTable().split('\n\n');
    expect(rest).toEqual([]);
    expect(codes.split('\n')).toHaveLength(Object.keys(EXIT_CODES).length + 2);
    expect(refusals.split('\n')).toHaveLength(CATALOGUE.length + 2);
    for (const line of codes.split('\n')) expect(line.split(/(?<!\\)\|/)).toHaveLength(7);
    for (const line of refusals.split('\n')) expect(line.split(/(?<!\\)\|/)).toHaveLength(6);
    expect(codes).toContain('| `admin-policy` | 1 |');
  });
});
