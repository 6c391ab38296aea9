/** Many sites in a table: first those that need attention, then the rest, then the totals. */

import { PATHWAY_WORDS } from '../show/status-lines.js';
import type { SiteView } from '../sites/site-view.js';
import { passwordsEnd } from '../sites/smtp-words.js';
import { SIGN, type Style } from '../terminal/style.js';
import { siteCommand } from '../text/command-line.js';

/** What to do, in a word or two, for the first thing that needs attention. `status` explains what is missing here. */
const NEXT: Readonly<Record<string, string>> = {
  'smtp-takes-precedence': 'finish the switch',
  'google-ended-smtp': 'switch to Gmail',
  'other-issuer': 'sign in again',
  'connection-refused': 'sign in again',
  'testing-mode': 'sign in again soon',
  'permission-ends': 'sign in again soon',
  'not-tested': 'send the test message',
  'test-not-arrived': 'test again: it did not come',
  unused: 'send the test message',
  'left-to-do-in-writeupp': 'the same in WriteUpp itself',
};

const GAP = '  ';

/** Wider lines are wrapped when printed. */
const WIDTH_MAX = 100;
/** Below this there is no room for a table, and each site takes a few lines instead. */
const WIDTH_MIN = 60;
const SIGN_WIDTH = 2;

/** A column: its heading, and what it shows of a site. */
interface Column {
  readonly heading: string;
  of(view: SiteView): string;
}

const SITE: Column = { heading: 'Site', of: ({ site }) => site };
const PRACTICE: Column = { heading: 'Practice', of: practiceOf };
const WAY: Column = { heading: 'Goes by', of: ({ pathway }) => PATHWAY_WORDS[pathway] };
const SHORT_WAY: Column = { heading: 'Goes by', of: ({ pathway }) => SHORT_WAYS[pathway] };
const ACCOUNT: Column = { heading: 'Gmail', of: ({ gmail }) => gmail?.email ?? 'not connected' };
const NEXT_STEP: Column = { heading: 'What is next', of: nextOf };

const SHORT_WAYS = { smtp: 'SMTP', gmail: 'Gmail', writeupp: 'WriteUpp' } as const;

/** From the most detailed to the least: the first that fits is used. */
const TABLES: readonly (readonly Column[])[] = [
  [PRACTICE, WAY, ACCOUNT, NEXT_STEP],
  [SITE, SHORT_WAY, ACCOUNT, NEXT_STEP],
  [SITE, SHORT_WAY, NEXT_STEP],
];

/**
 * @param columns the width of the terminal
 * @param unread how many sites can't be read: their errors follow
 */
export function statusTable(
  views: readonly SiteView[],
  style: Style,
  columns = Number.POSITIVE_INFINITY,
  unread = 0,
): string[] {
  if (views.length === 0) return unreadLines(unread);
  const sorted = [...views].sort((one, other) => rank(one) - rank(other));
  const room = (Number.isFinite(columns) ? Math.min(columns, WIDTH_MAX) : columns) - SIGN_WIDTH;
  const signed = (view: SiteView, text: string) =>
    isUrgent(view) ? `${style.warning(SIGN.warning)} ${text}` : `  ${text}`;
  const table = TABLES.map((shape) => rowsOf(sorted, shape)).find(({ width }) => width <= room);
  const body =
    table === undefined && room < WIDTH_MIN
      ? sorted.flatMap((view) => [
          signed(view, style.strong(practiceOf(view))),
          `    ${PATHWAY_WORDS[view.pathway]}, Gmail: ${ACCOUNT.of(view)}`,
          `    Next: ${nextOf(view)}`,
        ])
      : tableLines(table ?? rowsOf(sorted, TABLES.at(-1) ?? [], room), sorted, style, signed);
  return [...body, '', ...totals(views, unread)];
}

interface Rows {
  readonly lines: readonly string[];
  readonly width: number;
}

/** The heading, and a row for each site. */
function rowsOf(views: readonly SiteView[], shape: readonly Column[], room?: number): Rows {
  const cells = views.map((view) => shape.map((column) => column.of(view)));
  return inColumns([shape.map(({ heading }) => heading), ...cells], room);
}

/**
 * Rows of cells as lines, each column as wide as its widest cell.
 *
 * @param room the first column is shortened to fit this width: the others are what the table is for
 */
export function inColumns(rows: readonly (readonly string[])[], room?: number): Rows {
  const [heading = []] = rows;
  const widths = heading.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const widthOf = () => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  const [first = 0] = widths;
  if (room !== undefined) widths[0] = Math.max(1, first - Math.max(0, widthOf() - room));
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => shortened(cell, widths[index] ?? 0).padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd();
  return { lines: rows.map(line), width: widthOf() };
}

function tableLines(
  { lines: [heading = '', ...rows] }: Rows,
  views: readonly SiteView[],
  style: Style,
  signed: (view: SiteView, text: string) => string,
): string[] {
  return [
    style.strong(`  ${heading}`),
    ...views.map((view, index) => signed(view, rows[index] ?? '')),
  ];
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function rank(view: SiteView): number {
  if (isUrgent(view)) return 0;
  return view.pathway === 'smtp' || isLeft(view) ? 1 : 2;
}

/** Email is at risk; steps left to do only in WriteUpp can wait. */
function isUrgent({ attention }: SiteView): boolean {
  return attention.some(({ code }) => code !== 'left-to-do-in-writeupp');
}

function isLeft({ attention }: SiteView): boolean {
  return attention.some(({ code }) => code === 'left-to-do-in-writeupp');
}

function practiceOf({ site, organisation }: SiteView): string {
  return organisation === site ? site : `${organisation} (${site})`;
}

function nextOf({ pathway, smtp, attention }: SiteView): string {
  const [first] = attention;
  if (first === undefined) return pathway === 'smtp' ? 'switch to Gmail' : 'nothing';
  if (first.code !== 'microsoft-ends-smtp') return NEXT[first.code] ?? 'see its status';
  return smtp !== null && breaksSoon(smtp) ? 'ends 31 December: switch' : 'ended: switch to Gmail';
}

/** Microsoft turns passwords off by default at the end of December 2026. */
function breaksSoon(smtp: NonNullable<SiteView['smtp']>): boolean {
  return passwordsEnd(smtp)?.of === 'microsoft-365';
}

/** A night job's mail may hold nothing else about them. */
function unreadLines(unread: number): string[] {
  if (unread === 0) return [];
  return [
    `${sitesOf(unread)} can’t be read: ${unread === 1 ? 'its error says' : 'their errors say'} why.`,
  ];
}

function sitesOf(count: number): string {
  return `${count} ${count === 1 ? 'site' : 'sites'}`;
}

function totals(views: readonly SiteView[], unread: number): string[] {
  const count = (pathway: SiteView['pathway']) =>
    views.filter((view) => view.pathway === pathway).length;
  const ways = (['gmail', 'smtp', 'writeupp'] as const)
    .filter((way) => count(way) > 0)
    .map((way) => `${count(way)} by ${PATHWAY_WORDS[way]}`);
  const urgent = views.filter(isUrgent).length;
  const left = views.filter(isLeft).length;
  const ending = views.filter(({ smtp }) => smtp !== null && breaksSoon(smtp)).length;
  return [
    `${sitesOf(views.length)}: ${ways.join(', ')}.`,
    ...unreadLines(unread),
    urgent === 0
      ? `Nothing ${unread === 0 ? 'needs' : 'else needs'} attention.`
      : `${urgent} ${urgent === 1 ? 'needs' : 'need'} attention. To see why: ${siteCommand('status', views.length + unread === 1 ? undefined : 'NAME')}`,
    ...(ending === 0
      ? []
      : [
          `${ending} can fail from 31 December 2026 on: Microsoft 365 turns their SMTP passwords off.`,
        ]),
    ...(left === 0
      ? []
      : [
          `${left} ${left === 1 ? 'has' : 'have'} to be switched in WriteUpp itself too: the status of each says how.`,
        ]),
  ];
}
