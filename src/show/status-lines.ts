/** The "Integrations & Add-Ons" view of a site, as lines. */

import type { SiteView } from '../sites/site-view.js';
import { SIGN, type Style } from '../terminal/style.js';

/** The pathways, as people call them. */
export const PATHWAY_WORDS = {
  smtp: 'SMTP settings',
  gmail: 'Gmail',
  writeupp: 'the WriteUpp mail server',
} as const;

/**
 * A row for SMTP appears only while there are SMTP settings, as in WriteUpp.
 *
 * @param checked what a live check found; it replaces "Nothing needs attention"
 */
export function statusLines(
  view: SiteView,
  style: Style,
  checked: readonly string[] = [],
): string[] {
  const rows: [label: string, value: string][] = [
    ['Email goes by', style.strong(PATHWAY_WORDS[view.pathway])],
    ['Gmail', gmailRow(view)],
    ...(view.smtp === null
      ? []
      : [
          [
            'SMTP',
            `${view.smtp.host}, port ${view.smtp.port}, ${view.smtp.user ?? 'no login'}`,
          ] satisfies [string, string],
        ]),
    ['WriteUpp login', view.login],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    style.strong(`Integrations & Add-Ons: ${view.site}`) +
      (view.organisation === view.site ? '' : ` (${view.organisation})`),
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    ...attentionLines(view, style),
    ...checked.map((line) => `  ${line}`),
    ...(view.attention.length + checked.length === 0
      ? [`  ${style.good(SIGN.good)} Nothing needs attention.`]
      : []),
  ];
}

/** Each warning, and each remedy once: warnings that one command fixes are grouped together. */
export function attentionLines(
  { attention }: Pick<SiteView, 'attention'>,
  style: Style,
  indent = '  ',
): string[] {
  const byHint = new Map<string, string[]>();
  for (const { message, hint } of attention) {
    byHint.set(hint, [...(byHint.get(hint) ?? []), message]);
  }
  return [...byHint].flatMap(([hint, messages]) => [
    ...messages.map((message) => `${indent}${style.warning(SIGN.warning)} ${message}`),
    ...hint.split('\n').map((line) => `${indent}  ${line}`),
  ]);
}

function gmailRow({ gmail }: SiteView): string {
  if (gmail === null) return 'not connected';
  const connected = day(gmail.connectedAt);
  const tested = gmail.testedAt === null ? null : day(gmail.testedAt);
  const since = tested === connected ? '' : `, connected ${connected}`;
  const by = gmail.serviceAccount === undefined ? '' : `, by ${gmail.serviceAccount}`;
  return `${gmail.email}${by}${since}, ${tested === null ? 'not tested' : `tested ${tested}`}`;
}

/** Hard-coded: loading the system's language data takes longer than everything else that `status` does. */
export const MONTHS =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

function day(time: string): string {
  const date = new Date(time);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}
