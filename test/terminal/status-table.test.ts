/** The table of many sites: its order, its totals, and its shape where the terminal is narrow. */

import { expect, test } from '@jest/globals';
import type { SiteView } from '../../src/sites/site-view.js';
import { lookOf } from '../../src/terminal/look.js';
import { statusTable } from '../../src/terminal/status-table.js';
import { styleFor } from '../../src/terminal/style.js';

const style = styleFor({}, lookOf({}, false));
const view = (site: string, change: Partial<SiteView>): SiteView => ({
  site,
  organisation: site,
  login: 'jane@x.example',
  pathway: 'smtp',
  gmail: null,
  smtp: null,
  attention: [],
  ...change,
});
const VIEWS = [
  view('done', { pathway: 'gmail' }),
  view('waiting', {}),
  view('urgent', { attention: [{ code: 'unused', message: '', hint: '' }] }),
];

test('what needs attention stands first, what is done last', () => {
  const sites = statusTable(VIEWS, style).slice(1, 4);
  expect(sites.map((line) => line.slice(2).split(' ')[0])).toEqual(['urgent', 'waiting', 'done']);
});

test('a switch that is still to be made in WriteUpp itself is next, and counted', () => {
  const lines = statusTable(VIEWS, style, undefined, new Set(['done']));
  expect(lines.find((line) => line.startsWith('  done'))).toContain('the same in WriteUpp itself');
  expect(lines.at(-1)).toContain('1 has to be switched in WriteUpp itself too');
});

test('no line is wider than the terminal', () => {
  for (const columns of [40, 80]) {
    const [first = ''] = statusTable(VIEWS, style, columns);
    expect(first.includes('What is next')).toBe(columns === 80);
    for (const line of statusTable(VIEWS, style, columns).slice(0, -1)) {
      expect(line.length).toBeLessThanOrEqual(columns);
    }
  }
});
