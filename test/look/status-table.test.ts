/** The table of many sites: its order, its totals, and its shape where the terminal is narrow. */

import { expect, test } from '@jest/globals';
import { statusTable } from '../../src/look/status-table.js';
import type { SiteView } from '../../src/sites/site-view.js';
import { lookOf } from '../../src/terminal/look.js';
import { styleFor } from '../../src/terminal/style.js';
import { aSite } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

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
  const attention = [{ code: 'left-to-do-in-writeupp', message: '', hint: '' }] as const;
  const lines = statusTable(
    [view('done', { pathway: 'gmail', attention }), ...VIEWS.slice(1)],
    style,
  );
  expect(lines.find((line) => line.startsWith('  done'))).toContain('the same in WriteUpp itself');
  expect(lines.at(-1)).toContain('1 has to be switched in WriteUpp itself too');
});

const MANY = [
  ...VIEWS,
  view('harbour-physio', {
    organisation: 'Harbour Physiotherapy and Sports Injury Clinic',
    pathway: 'gmail',
    gmail: {
      ...{ email: 'reception@harbour-physio.example', connectedAt: '', testedAt: null },
      method: 'oauth',
    },
    attention: [{ code: 'left-to-do-in-writeupp', message: '', hint: '' }],
  }),
  view('a-practice-whose-name-is-as-long-as-the-name-of-a-site-may-be', {}),
];

test.each([
  [VIEWS, 80],
  [VIEWS, 120],
  [MANY, 62],
  [MANY, 80],
  [MANY, 120],
])('is a line a site, none wider than it is printed (%#)', (views, columns) => {
  const lines = statusTable(views, style, columns);
  const table = lines.slice(0, lines.indexOf(''));
  expect(table).toHaveLength(views.length + 1);
  for (const line of table) expect(line.length).toBeLessThanOrEqual(Math.min(columns, 100));
  for (const { site } of views) {
    expect(table.some((line) => line.includes(site.slice(0, 20)))).toBe(true);
  }
});

test('is a few lines a site where a terminal is narrow', () => {
  const lines = statusTable(VIEWS, style, 40);
  expect(lines.slice(0, 3).map((line) => line.trim())).toEqual([
    '! urgent',
    'SMTP settings, Gmail: not connected',
    'Next: send the test message',
  ]);
});

test('says who can break on 31 December, and how many', () => {
  const smtp = { host: 'smtp.office365.com', port: 587, security: 'starttls', from: null } as const;
  const attention = [{ code: 'microsoft-ends-smtp', message: '', hint: '' }] as const;
  const lines = statusTable(
    [
      view('tenant', { smtp: { ...smtp, user: 'info@practice.example' }, attention }),
      view('personal', { smtp: { ...smtp, user: 'practice@hotmail.com' }, attention }),
    ],
    style,
  );
  expect(lines.find((line) => line.includes('tenant'))).toContain('ends 31 December: switch');
  expect(lines.find((line) => line.includes('personal'))).toContain('ended: switch to Gmail');
  expect(lines.join('\n')).toContain('1 can fail from 31 December 2026 on');
});

test('names no site where there is one', () => {
  expect(statusTable(VIEWS.slice(2), style).join('\n')).not.toContain('NAME');
});

test.each<[readable: readonly string[], damaged: readonly string[], totals: readonly string[]]>([
  [
    ['a'],
    ['b'],
    [
      '1 site: 1 by the WriteUpp mail server.',
      '1 site can’t be read: its error says why.',
      'Nothing else needs attention.',
    ],
  ],
  [[], ['a', 'b'], ['2 sites can’t be read: their errors say why.']],
])('of %j on record, and %j that can’t be read, it says so', async (readable, damaged, totals) => {
  const [sites, heard] = [new MemorySites(), new Heard()];
  for (const name of readable) sites.put(aSite({ name }));
  for (const name of damaged) sites.damage(name);
  const ended = await runIn(twin({}, { sites, heard }), 'status', '--all');
  expect(ended).toMatchObject({ code: 'storage' });
  expect(heard.lines.slice(heard.lines.indexOf('') + 1)).toEqual(totals);
});

test('with one that can’t be read, another is named in a command', () => {
  const lines = statusTable(VIEWS.slice(2), style, undefined, 1).join('\n');
  expect(lines).toContain('To see why: writeupp-mail status --site NAME');
});
