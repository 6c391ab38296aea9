/** docs/writeupp-mail.1: the manual page, made from the help and the tables of docs/scripting.md. */

import { readFileSync } from 'node:fs';
import { commonOptions } from '../src/kit/command-runner.js';
import { helpOfAll } from './commands-page.js';

const NAME = 'writeupp-mail';

/** The documents that come with the program, in its folder docs/. */
const PAPERS = [
  ['practice-manager.md', 'the switch, for who makes it'],
  ['troubleshooting.md', 'each message, and what to do'],
  ['scripting.md', 'what a program can rely on'],
  ['google-client-file.md', 'the client file from Google'],
] as const;

/** The page, for man(7). The help of commands is already laid out, and is shown unchanged. */
export async function manPage(): Promise<string> {
  const [program, ...commands] = await helpOfAll();
  const scripting = readFileSync('docs/scripting.md', 'utf8');
  const usage = commands.map(({ help }) => /^Usage: (.*)$/m.exec(help)?.[1] ?? '');
  return [
    `.TH ${roff(NAME.toUpperCase())} 1\n`,
    section(
      'NAME',
      `${roff(`${NAME} - moves a practice’s email from SMTP passwords to Gmail sign-in`)}`,
    ),
    section('SYNOPSIS', asItStands([`${NAME} [command] [options]`, ...usage].join('\n'))),
    section('DESCRIPTION', asItStands(listOf(program?.help ?? ''))),
    section(
      'OPTIONS',
      entries(commonOptions().map(({ flags, description }) => [flags, description])),
    ),
    section(
      'COMMANDS',
      commands.map(({ name, help }) => `.SS ${roff(name)}\n${asItStands(help)}`).join('\n'),
    ),
    section('EXIT STATUS', entries(tableUnder(scripting, 'Code'))),
    section('ENVIRONMENT', entries(tableUnder(scripting, 'Variable'))),
    section('FILES', entries(tableUnder(scripting, 'What'))),
    section('SEE ALSO', `${roff('In the folder docs, beside the program:')}\n${entries(PAPERS)}`),
  ].join('');
}

function section(heading: string, text: string): string {
  return `.SH ${heading}\n${text}\n`;
}

function asItStands(text: string): string {
  return `.nf\n${roff(text)}\n.fi`;
}

/** What the program is for, and the list of commands: options, exit codes and the like have their own sections. */
function listOf(help: string): string {
  const blocks = help.split('\n\n').slice(1);
  return blocks.filter((block) => !/^(?:Options|Exit codes)/.test(block)).join('\n\n');
}

function entries(rows: readonly (readonly [term: string, words: string])[]): string {
  return rows.map(([term, words]) => `.TP\n.B ${roff(term)}\n${roff(words)}`).join('\n');
}

/** The rows of a two-column table, found by its first heading, without Markdown's marks. */
function tableUnder(document: string, heading: string): [term: string, words: string][] {
  const lines = document.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  const rows: [string, string][] = [];
  for (const line of from === -1 ? [] : lines.slice(from + 2)) {
    const [, term, words] = /^\| (.*?) \| (.*) \|$/.exec(line) ?? [];
    if (term === undefined || words === undefined) break;
    rows.push([plain(term), plain(words)]);
  }
  if (rows.length === 0) throw new Error(`docs/scripting.md has no table of ${heading}`);
  return rows;
}

function plain(text: string): string {
  return text.replaceAll('`', '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/**
 * Plain text for roff, to which a backslash, a typed hyphen, and a dot or quote at the start of a line mean something.
 */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '...')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
