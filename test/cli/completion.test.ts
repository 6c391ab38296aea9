/** Completion, in the shells themselves: commands, options and site names, from the program's own tree. */

import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import type { PreparedWorkspace } from '../support/prepared.js';
import { PROGRAM } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';

const { prepared } = useStandIn();
let workspace: PreparedWorkspace;

beforeAll(async () => {
  workspace = await prepared.at('smtp');
  await workspace.addSite('harbour-physio-2');
  await workspace.addSite('Smith & Co (North)');
  await mkdir(join(workspace.folder, 'bin'));
  await symlink(PROGRAM, join(workspace.folder, 'bin', 'writeupp-mail'));
});

/** What a shell offers after these words, the last of them unfinished. */
type Offer = (words: readonly string[]) => Promise<string[]>;

const inShell =
  (shell: string, scriptFor: (words: readonly string[]) => string, ...options: string[]): Offer =>
  async (words) => {
    const PATH = `${join(workspace.folder, 'bin')}:${process.env.PATH}`;
    const env = { ...workspace.env, PATH };
    const args = [...options, '-c', scriptFor(words)];
    const { stdout } = await promisify(execFile)(shell, args, { env });
    // fish adds what each word is.
    const offered = stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
    return offered.filter(Boolean).sort();
  };

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');

const bash = inShell(
  'bash',
  (words) => `source <(writeupp-mail completion bash)
COMP_WORDS=(writeupp-mail ${quoted(words)}); COMP_CWORD=${words.length}
_writeupp_mail; printf '%s\\n' "\${COMPREPLY[@]}"`,
);

// The line editor's own parts stand in for what needs a terminal.
const zsh = inShell(
  'zsh',
  (
    words,
  ) => `compdef() { :; }; compadd() { while [[ $1 != -- ]] { shift }; shift; print -l -- "$@" }
_files() { print -l -- $words[CURRENT]*(N) }
source <(writeupp-mail completion zsh)
words=(writeupp-mail ${quoted(words)}); CURRENT=$#words; _writeupp_mail`,
  '-f',
);

const fish = inShell(
  'fish',
  (words) =>
    `writeupp-mail completion fish | source; complete -C 'writeupp-mail ${words.join(' ')}'`,
  '--no-config',
);

describeWith(['fish', 'zsh'], 'completion', () => {
  test.each([
    ['bash', bash],
    ['zsh', zsh],
    ['fish', fish],
  ])('in %s offers commands, options and the sites on record', async (_shell, offer) => {
    expect(await offer(['sta'])).toEqual(['status']);
    expect(await offer(['site', 're'])).toEqual(['remove']);
    expect(await offer(['migrate', '--re'])).toEqual(['--reauthenticate', '--reference']);
    expect(await offer(['site', 'show', 'h'])).toEqual(['harbour-physio', 'harbour-physio-2']);
    expect(await offer(['migrate', '--site', 'harbour-physio-'])).toEqual(['harbour-physio-2']);
    expect(await offer(['site', 'add', 'h'])).toEqual([]);
    expect(await offer(['team', 'remove', 'h'])).toEqual([]);
  });

  test.each([
    ['bash', bash, String.raw`smith\ \&\ co\ \(north\)`],
    ['zsh', zsh, 'smith & co (north)'],
    ['fish', fish, 'smith & co (north)'],
  ])('in %s offers names with spaces, values, and files', async (_shell, offer, written) => {
    expect(await offer(['site', 'show', 'Smi'])).toEqual([written]);
    expect(await offer(['site', 'export', 'harbour-physio', 'Smi'])).toEqual([written]);
    const value = await offer(['site', 'set', 'x', '--smtp-security', 'st']);
    expect(value).toEqual(['starttls']);
    expect(await offer(['migrate', '--from', 'package.j'])).toEqual(['package.json']);
    expect(await offer(['site', 'import', 'package.j'])).toEqual(['package.json']);
    expect(await offer(['status', 'package.j'])).toEqual([]);
  });

  test('with the value written to its option', async () => {
    const whole = ['--site=harbour-physio-2'];
    expect(await zsh(['status', '--site=harbour-physio-'])).toEqual(whole);
    expect(await fish(['status', '--site=harbour-physio-'])).toEqual(whole);
    // bash has taken it apart.
    expect(await bash(['status', '--site', '=', 'harbour-physio-'])).toEqual(['harbour-physio-2']);
  });
});

test('offers an option once that a command and the program both have', async () => {
  const run = await workspace.run(['completion', 'words', '--', 'sign-out', '--y']);
  expect(run).toMatchObject({ code: 0, stdout: '--yes\n' });
});

test('never fails on a pressed key: not without sites, nor with words that are none', async () => {
  const env = { WRITEUPP_MAIL_HOME: '/dev/null/nowhere' };
  for (const words of [['--site', ''], ['site', 'show', ''], ['bogus', 'x'], []]) {
    const run = await workspace.run(['completion', 'words', '--', ...words], { env });
    expect([words, run.code, run.stdout]).toEqual([words, 0, words.length > 0 ? '' : run.stdout]);
  }
});

/** By itself the store waits ten seconds for a connection. */
const SOONER_MS = 9_000;

test(
  'does not wait for a database that says nothing',
  async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const env = { WRITEUPP_MAIL_STORE: `postgres://jane:secret@127.0.0.1:${port}/mail` };
    const args = ['completion', 'words', '--', 'status', '--site', ''];
    const run = await workspace.run(args, { env });
    silent.close();
    expect(run).toMatchObject({ code: 0, stdout: '' });
  },
  SOONER_MS,
);

test('for a shell that is not known names those that are', async () => {
  const run = await workspace.run(['completion', 'nosh', '--json']);
  expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
  expect(run.error?.hint).toContain('bash, zsh, fish, powershell');
});
