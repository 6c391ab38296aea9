/** The documents say what the program does: table, commands, options, variables, and the files they name. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { buildProgram } from '../../src/app/program.js';
import type { Streams } from '../../src/context/context.js';
import { EXIT_CODES } from '../../src/errors.js';
import { commandsPage } from '../../tools/commands-page.js';
import { manPage } from '../../tools/man-page.js';
import { withTroubleshootingTable } from '../../tools/readme-table.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8');
const README = read('README.md');
const DOCUMENTS = ['README.md', 'SECURITY.md', 'docs/threat-model.md', 'docs/durability.md'];

test('the troubleshooting table is that of the code (if not: npm run docs)', () => {
  expect(unaligned(withTroubleshootingTable(README))).toBe(unaligned(README));
});

test('docs/commands.md and the manual page are the help of every command (if not: npm run docs)', async () => {
  expect(read('docs/commands.md')).toBe(await commandsPage());
  expect(read('docs/writeupp-mail.1')).toBe(await manPage());
});

test('every exit code is in the table of exit codes', () => {
  for (const code of [0, ...new Set(Object.values(EXIT_CODES))]) {
    expect(section('Exit codes')).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
  }
});

describe('the commands', () => {
  const text = section('Commands');

  test('and their options are all documented', async () => {
    const missing = leavesOf(await program()).flatMap((command) => [
      ...(text.includes(`\`${nameOf(command)}`) ? [] : [nameOf(command)]),
      ...flagsOf(command)
        .filter((flag) => !text.includes(`\`${flag}`))
        .map((flag) => `${nameOf(command)} ${flag}`),
    ]);
    expect(missing).toEqual([]);
  });

  test('no option is documented that is not there', async () => {
    const root = await program();
    const known = new Set([...leavesOf(root).flatMap(flagsOf), ...flagsOf(root), '--help']);
    const named = [...text.matchAll(/(?<=[`\s])--[a-z][a-z-]*/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !known.has(flag))).toEqual([]);
  });
});

test('every environment variable that the program reads is documented', () => {
  const names = new Set<string>();
  for (const file of sources('src')) {
    for (const [name] of read(file).matchAll(/WRITEUPP_MAIL_[A-Z_]+/g)) names.add(name);
  }
  expect(names.size).toBeGreaterThan(5);
  const text = section('Environment variables');
  expect([...names].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

test.each(DOCUMENTS)('%s names only files that exist', (document) => {
  const paths = [...read(document).matchAll(/(?<=[`(])(?:src|test|docs|bin|\.ci)\/[\w./-]*/g)].map(
    ([path]) => path,
  );
  expect(paths.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
});

test('the map of the code has a row for each folder of src', () => {
  const folders = readdirSync(`${ROOT}src`, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const text = section('Map of the code');
  expect(folders.filter(({ name }) => !text.includes(`\`src/${name}/\``))).toEqual([]);
});

/** The program with every command loaded. */
function program(): Promise<Command> {
  const { stdin, stdout, stderr } = process;
  return buildProgram(
    {
      streams: { stdin, stdout, stderr } as Streams,
      signal: new AbortController().signal,
      variables: { given: {}, forChildren: {} },
      opened: () => undefined,
    },
    '0.0.0',
  );
}

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

/** What the help shows: the long form of an option, where it has one. */
function flagsOf({ options }: Command): string[] {
  return options.flatMap(({ hidden, long, short }) => (hidden ? [] : [long ?? short ?? '']));
}

function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${parent.name()} ${command.name()}` : command.name();
}

/** Without the spaces and dashes by which the formatter aligns a table's columns. */
function unaligned(text: string): string {
  return text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{4,}/g, '---');
}

/** The text below a heading, up to the next heading of the same rank. */
function section(heading: string): string {
  const [, text] = README.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`README.md has no section "${heading}"`);
  return text.split('\n## ')[0] ?? '';
}

function sources(folder: string): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
}
