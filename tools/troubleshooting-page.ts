/**
 * docs/troubleshooting.md: a heading for each error code, with the words of Google's that lead to it, and the warnings
 * of `status`.
 */

import { type ErrorCode, EXIT_CODES } from '../src/errors.js';
import type { CatalogueEntry } from '../src/google/catalogue/catalogue-entry.js';
import { CATALOGUE } from '../src/google/catalogue/index.js';
import { WHO } from '../src/text/catalogue.js';
import { ATTENTION_ROWS } from './attention-rows.js';
import { GUIDE_ROWS } from './error-guide-rows.js';

const HEAD = `# Troubleshooting

Every failure has a code. The program says what happened and who can fix it in words; with \`--verbose\` it adds the
code, and with \`--json\` the code comes in the error event. Look the code up here. Written by \`npm run docs\`.

Most of Google’s refusals show in the browser only. When the time for the sign-in is over, a terminal asks what the
page said, and explains it. Search this page for the words that you see: they stand in the cases, under the code that
they become. [Warnings](#warnings) are what \`status\` shows under what needs attention.`;

const CODES = Object.keys(EXIT_CODES) as ErrorCode[];

export function troubleshootingPage(): string {
  const parts = [
    HEAD,
    markdownTable(
      ['Code', 'Exit code', 'What happened'],
      CODES.map((code) => [linkTo(code), String(EXIT_CODES[code]), GUIDE_ROWS[code].what]),
    ),
    ...CODES.map(sectionOf),
    '## Warnings',
    '`status` shows what applies, with its remedy. A warning changes no exit code.',
    markdownTable(['Warning', 'What it means', 'What to do'], attentionRows()),
  ];
  return `${parts.join('\n\n')}\n`;
}

function sectionOf(code: ErrorCode): string {
  const { what, who, todo } = GUIDE_ROWS[code];
  const cases = CATALOGUE.filter((entry) => entry.code === code);
  const caseLine = (entry: CatalogueEntry) => {
    const whose = who.length === 1 ? '' : ` Who can fix it: ${WHO[entry.who]}.`;
    return `- \`${entry.googleSays}\`: ${[entry.what, ...entry.hint].join(' ')}${whose}`;
  };
  return [
    `## ${code}`,
    `${what} (Exit code ${EXIT_CODES[code]}.)`,
    `**Who can fix it:** ${who.map((one) => WHO[one]).join('; ')}.`,
    `**What to do:** ${todo}`,
    ...(cases.length === 0 ? [] : ['The cases, by what Google (or the system) says:']),
    ...(cases.length === 0 ? [] : [cases.map(caseLine).join('\n')]),
  ].join('\n\n');
}

function attentionRows(): string[][] {
  return Object.entries(ATTENTION_ROWS).map(([code, { what, todo }]) => [
    `\`${code}\``,
    what,
    todo,
  ]);
}

function linkTo(code: ErrorCode): string {
  return `[\`${code}\`](#${code})`;
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map(markdownCell).join(' | ')} |`).join('\n');
}

/** A pipe would end the cell. */
function markdownCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
