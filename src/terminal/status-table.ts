/** Many sites in a table: what needs attention first, then the rest, then the totals. */

import type { SiteView } from '../sites/site-view.js';
import { PATHWAY_WORDS } from './status-view.js';
import { SIGN, type Style } from './style.js';

/** What to do, in a word or two, by the first thing that needs attention. What is not here is told by `status`. */
const NEXT: Readonly<Record<string, string>> = {
  'smtp-takes-precedence': 'finish the switch',
  'google-ended-smtp': 'switch to Gmail',
  'microsoft-ends-smtp': 'switch to Gmail',
  'smtp-password-missing': 'switch to Gmail',
  'other-issuer': 'sign in again',
  'connection-refused': 'sign in again',
  'testing-mode': 'sign in again soon',
  'not-tested': 'send the test message',
  'test-not-arrived': 'test again: it did not come',
  unused: 'send the test message',
};

const HEADINGS = ['Practice', 'Goes by', 'Gmail', 'What is next'] as const;
const GAP = '  ';

/**
 * @param columns the width of the terminal; a table that is wider becomes a few lines a site
 * @param left the sites whose switch is still to be made in WriteUpp itself
 */
export function statusTable(
  views: readonly SiteView[],
  style: Style,
  columns = Number.POSITIVE_INFINITY,
  left: ReadonlySet<string> = new Set(),
): string[] {
  const sorted = [...views].sort((one, other) => rank(one, left) - rank(other, left));
  const rows = sorted.map((view) => ({ view, cells: cellsOf(view, left) }));
  const widths = HEADINGS.map((heading, index) =>
    Math.max(heading.length, ...rows.map(({ cells }) => cells[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd();
  const signed = (view: SiteView, text: string) =>
    view.attention.length > 0 ? `${style.warning(SIGN.warning)} ${text}` : `  ${text}`;
  const isWide = widths.reduce((sum, width) => sum + width + GAP.length, 0) <= columns;
  const body = isWide
    ? [
        style.strong(`  ${line(HEADINGS)}`),
        ...rows.map(({ view, cells }) => signed(view, line(cells))),
      ]
    : rows.flatMap(({ view, cells: [practice = '', way, gmail, next] }) => [
        signed(view, style.strong(practice)),
        `    ${way}, Gmail: ${gmail}`,
        `    Next: ${next}`,
      ]);
  return [...body, '', ...totals(views, left)];
}

function rank({ site, attention, pathway }: SiteView, left: ReadonlySet<string>): number {
  if (attention.length > 0) return 0;
  return pathway === 'smtp' || left.has(site) ? 1 : 2;
}

function cellsOf(view: SiteView, left: ReadonlySet<string>): string[] {
  const { site, organisation, pathway, gmail, attention } = view;
  const [first] = attention;
  const inWriteUpp = left.has(site) ? 'the same in WriteUpp itself' : 'nothing';
  const waiting = pathway === 'smtp' ? 'switch to Gmail' : inWriteUpp;
  return [
    organisation === site ? site : `${organisation} (${site})`,
    PATHWAY_WORDS[pathway],
    gmail?.email ?? 'not connected',
    first === undefined ? waiting : (NEXT[first.code] ?? 'see its status'),
  ];
}

function totals(views: readonly SiteView[], left: ReadonlySet<string>): string[] {
  const count = (pathway: SiteView['pathway']) =>
    views.filter((view) => view.pathway === pathway).length;
  const ways = (['gmail', 'smtp', 'writeupp'] as const)
    .filter((way) => count(way) > 0)
    .map((way) => `${count(way)} by ${PATHWAY_WORDS[way]}`);
  const urgent = views.filter(({ attention }) => attention.length > 0).length;
  return [
    `${views.length} ${views.length === 1 ? 'site' : 'sites'}: ${ways.join(', ')}.`,
    urgent === 0
      ? 'Nothing needs attention.'
      : `${urgent} ${urgent === 1 ? 'needs' : 'need'} attention. To see why: writeupp-mail status --site NAME`,
    ...(left.size === 0
      ? []
      : [
          `${left.size} ${left.size === 1 ? 'has' : 'have'} to be switched in WriteUpp itself too: the status of each says how.`,
        ]),
  ];
}
