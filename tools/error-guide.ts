/** The README's troubleshooting table: one row for each error code, and one for each of Google's refusals. */

import { type ErrorCode, EXIT_CODES } from '../src/errors.js';
import type { Who } from '../src/google/catalogue/entry.js';
import { CATALOGUE } from '../src/google/catalogue/index.js';
import { GUIDE_ROWS, type GuideRow } from './error-guide-rows.js';

const WHO_WORDS: Readonly<Record<Who, string>> = {
  you: 'you',
  'workspace-admin': 'your Google Workspace administrator',
  'oauth-client-owner': 'whoever gave you the Google client file',
  'writeupp-support': 'WriteUpp support',
  'nobody-wait': 'nobody: wait',
};

/** A code with its exit code and its explanation. */
export interface ErrorRow extends GuideRow {
  readonly code: ErrorCode;
  readonly exitCode: number;
}

/** Every error code, in the order of the exit codes. */
export function errorTable(): readonly ErrorRow[] {
  return (Object.keys(EXIT_CODES) as ErrorCode[]).map((code) => ({
    code,
    exitCode: EXIT_CODES[code],
    ...GUIDE_ROWS[code],
  }));
}

/** Both tables in Markdown: the codes, then what Google says and the code that it becomes. */
export function troubleshootingTable(): string {
  const codes = errorTable().map(({ code, exitCode, what, who, todo }) => [
    `\`${code}\``,
    String(exitCode),
    what,
    who.map((one) => WHO_WORDS[one]).join('; '),
    todo,
  ]);
  const refusals = CATALOGUE.map(({ googleSays, code, what, who }) => [
    googleSays,
    `\`${code}\``,
    what,
    WHO_WORDS[who],
  ]);
  return [
    markdownTable(['Code', 'Exit', 'What happened', 'Who can fix it', 'What to do'], codes),
    markdownTable(['Google’s words', 'Code', 'What it means', 'Who can fix it'], refusals),
  ].join('\n\n');
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map(markdownCell).join(' | ')} |`).join('\n');
}

/** A pipe would end the cell. */
function markdownCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
