/** docs/troubleshooting.md has a heading for every code, and agrees with the catalogue. */

import { expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../src/errors.js';
import { CATALOGUE } from '../../src/google/catalogue/index.js';
import { GUIDE_ROWS } from '../../tools/error-guide-rows.js';
import { troubleshootingPage } from '../../tools/troubleshooting-page.js';

const CODES = Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[];
const page = troubleshootingPage();

test('has a heading for every code, with what happened, who can fix it and what to do', () => {
  const headings = [...page.matchAll(/^## ([a-z-]+)$/gm)].map(([, code]) => code);
  expect(headings).toEqual(CODES);
  for (const { what, who, todo } of Object.values(GUIDE_ROWS)) {
    expect(what.length).toBeGreaterThan(20);
    expect(who.length).toBeGreaterThan(0);
    expect(todo.length).toBeGreaterThan(10);
  }
});

test('names everyone whom the catalogue names for that code', () => {
  const missing = CATALOGUE.filter(({ code, who }) => !GUIDE_ROWS[code].who.includes(who));
  expect(missing.map(({ id, who }) => `${id}: ${who}`)).toEqual([]);
});

test('has every one of Google’s refusals', () => {
  expect(CATALOGUE.filter(({ googleSays }) => !page.includes(`- \`${googleSays}\`: `))).toEqual([]);
});

test('is well-formed Markdown: every row of a table has as many cells as its head', () => {
  const tables = page
    .trimEnd()
    .split('\n\n')
    .filter((block) => block.startsWith('| '));
  expect(tables).toHaveLength(2);
  for (const table of tables) {
    const counts = table.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(counts).size).toBe(1);
  }
});
