/** What every command shares: help, wrong usage, `--json`, colours, and the credential store asked first. */

import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PreparedWorkspace } from '../support/prepared.js';
import { useStandIn } from '../support/use-stand-in.js';
import { LOGIN, SITE } from '../support/workspace.js';

const { google, prepared } = useStandIn();
let empty: PreparedWorkspace;

beforeAll(async () => {
  empty = await prepared.at('empty');
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const ANSI = /\x1b\[/;

describe('--help', () => {
  test('of every command that the help names ends with examples, in at most 80 columns', async () => {
    const top = await empty.run(['--help']);
    expect(top).toMatchObject({ code: 0, stderr: '' });
    const listed = top.stdout.slice(top.stdout.indexOf('\nThe switch:'));
    const names = [...listed.matchAll(/^ {2}([a-z-]+)(?: \[| {2})/gm)].map(([, name = '']) => name);
    expect(names).toEqual(expect.arrayContaining(['migrate', 'status', 'site', 'sign-out']));
    const commands = [
      ...names.map((name) => [name]),
      ...['add', 'list', 'show', 'set', 'remove'].map((name) => ['site', name]),
    ];
    const runs = await inPairs(commands, (words) => empty.run([...words, '--help']));
    for (const [index, run] of runs.entries()) {
      const words = commands[index]?.join(' ');
      expect([words, run.code, run.stderr]).toEqual([words, 0, '']);
      const [, examples] = run.stdout.split('\nExamples:\n');
      expect(examples).toContain(`$ writeupp-mail ${words}`);
      for (const line of examples?.trimEnd().split('\n') ?? []) {
        expect(line).toMatch(/^ {2}\$ writeupp-mail |^ {6}/);
      }
      expect(run.stdout).not.toMatch(ANSI);
    }
    for (const line of [top, ...runs].flatMap(({ stdout }) => stdout.split('\n'))) {
      expect([...line].length <= 80 ? '' : line).toBe('');
    }
  });

  test('shows what every command takes once, and --yes only where something is asked', async () => {
    const top = await empty.run(['--help']);
    for (const flag of ['--site', '--yes', '--json', '--no-color', '--verbose', '--version']) {
      expect(top.stdout).toContain(flag);
    }
    const options = (text: string) => text.split('\nExamples:')[0];
    const migrate = options((await empty.run(['migrate', '--help'])).stdout);
    expect(migrate).toContain('--yes');
    expect(migrate).not.toContain('--json');
    expect(options((await empty.run(['status', '--help'])).stdout)).not.toContain('--yes');
    expect((await empty.run(['site', 'remove', '--help'])).stdout).toContain('--yes');
    expect((await empty.run(['site', 'list', '--yes'])).code).toBe(0);
  });

  test('works where the keychain is missing and the settings are wrong', async () => {
    const env = { WRITEUPP_MAIL_CREDENTIALS: undefined, DBUS_SESSION_BUS_ADDRESS: undefined };
    expect((await empty.run(['migrate', '--help'], { env })).code).toBe(0);
  });

  test('is what `help` gives, of a command and of a command of a group', async () => {
    for (const words of [['migrate'], ['site', 'add'], []]) {
      const [one, other] = await Promise.all([
        empty.run(['help', ...words]),
        empty.run([...words, '--help']),
      ]);
      expect([one.code, one.stdout]).toEqual([0, other.stdout]);
    }
  });

  test.each([
    [['nosuch', '--help']],
    [['help', 'nosuch']],
    [['--site', 'migrate', 'nosuch', '-h']],
    [['site', 'nosuch', '--help']],
    [['--verbose', 'site', '--site', 'x', 'nosuch', '--help']],
    [['help', 'site', 'nosuch']],
  ])('of what is no command is wrong usage: %j', async (args) => {
    const run = await empty.run(args);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('There is no command');
    expect(run.stderr).toContain('nosuch');
  });
});

describe('words of other programs', () => {
  test.each([
    ['login', 'sign-in'],
    ['logout', 'sign-out'],
    ['test', 'test-connection'],
  ])('%s is %s', async (word, command) => {
    const [one, other] = await Promise.all([
      empty.run([word, '--json', '--site', 'nosuch']),
      empty.run([command, '--json', '--site', 'nosuch']),
    ]);
    expect(one).toMatchObject({ code: 2, error: { code: 'no-such-site' } });
    expect(one.events).toEqual(other.events);
  });

  test('version is --version', async () => {
    const run = await empty.run(['version']);
    expect(run).toMatchObject({ code: 0, stdout: (await empty.run(['--version'])).stdout });
    expect(run.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    ['revert', 'revert-smtp'],
    ['statsu', 'status'],
    ['list', 'site list'],
    ['migrat', 'migrate'],
    ['MIGRATE', 'migrate'],
  ])('%s is not run, but %s is suggested', async (word, suggestion) => {
    const run = await empty.run([word, '--yes', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(run.error?.hint).toContain(`Did you mean ${suggestion}?`);
  });
});

test('--version --verbose says Node.js, the system, and where things are', async () => {
  const run = await empty.run(['--version', '--verbose']);
  expect(run.code).toBe(0);
  for (const fact of [process.versions.node, process.arch, empty.home, 'vault']) {
    expect(run.stdout).toContain(fact);
  }
});

test('--version --json is JSON', async () => {
  for (const word of ['--version', 'version']) {
    const run = await empty.run([word, '--json']);
    expect(run.result).toMatchObject({ ok: true, node: process.versions.node });
  }
});

test('--verbose says where an error can be looked up', async () => {
  const linkIn = ({ stderr }: { stderr: string }) =>
    /More about it: (.*)#no-sites$/m.exec(stderr)?.[1];
  expect(linkIn(await empty.run(['status']))).toBeUndefined();
  const paper = linkIn(await empty.run(['status', '--verbose'])) ?? '';
  expect(await readFile(paper, 'utf8')).toContain('\n## no-sites\n');
});

describe('the program alone says where you are, and what to run next', () => {
  test.each([
    ['empty', 'No site is on record', 'migrate'],
    ['smtp', 'goes by its SMTP settings (smtp.gmail.com)', 'migrate'],
    ['connected', 'Email still goes by the SMTP settings', 'migrate'],
    ['migrated', 'left to do in WriteUpp itself', 'status'],
  ] as const)('%s', async (stage, words, next) => {
    const workspace = await prepared.at(stage);
    const run = await workspace.run([]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(words);
    expect(run.stdout).toMatch(new RegExp(`^Next: +writeupp-mail ${next}$`, 'm'));
    expect(run.stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(6);
    const forScripts = await workspace.run(['--json']);
    expect(forScripts.events).toEqual([
      expect.objectContaining({ event: 'result', ok: true, next: `writeupp-mail ${next}` }),
    ]);
  });

  test('of a site that is named, or says that there is none of that name', async () => {
    const workspace = await prepared.at('migrated');
    await workspace.addSite('second');
    expect((await workspace.run(['--site', 'second', '--json'])).result).toMatchObject({
      site: 'second',
      pathway: 'smtp',
    });
    for (const options of [{}, { env: { WRITEUPP_MAIL_SITE: 'secnod' } }]) {
      const args = 'env' in options ? ['--json'] : ['--json', '--site', 'secnod'];
      const run = await workspace.run(args, options);
      expect(run).toMatchObject({ code: 2, error: { code: 'no-such-site' } });
      expect(run.error?.hint).toContain('Did you mean second?');
    }
  });

  test('of several sites, one of them damaged, in a summary', async () => {
    const workspace = await prepared.at('migrated');
    await workspace.addSite('second');
    await workspace.addSite('third');
    await workspace.putRecord({ schemaVersion: 3 }, 'third');
    const run = await workspace.run([]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('3 sites are on record');
    expect(run.stdout).toContain('Gmail 1, SMTP settings 1, the WriteUpp mail server 0');
    expect(run.stdout).toContain('can’t be read: 1');
    expect(run.stdout).toContain('writeupp-mail status --all');
    expect(run.stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(6);
  });
});

describe('wrong usage', () => {
  test.each([
    ['an unknown command', ['bogus'], '"bogus"'],
    ['an unknown subcommand', ['site', 'bogus'], '"site bogus"'],
    ['an unknown option', ['status', '--bogus'], '"--bogus"'],
    ['one argument too many', ['status', 'one', 'two'], 'Too many arguments'],
    ['a group of commands alone', ['site'], 'one of: add, list, show, set, import,'],
  ])('%s: exit code 2, as one error event with --json', async (_what, args, words) => {
    const run = await empty.run([...args, '--json']);
    expect(run.code).toBe(2);
    expect(run.events).toEqual([
      expect.objectContaining({ event: 'error', code: 'usage', exitCode: 2 }),
    ]);
    expect(run.error?.message).toContain(words);
    expect(run.error?.hint).toContain('--help');
  });

  test('names the help of the very command', async () => {
    const { error } = await empty.run(['site', 'import', '--json']);
    expect(error?.hint).toBe('See: writeupp-mail site import --help');
  });

  test('for people goes to standard error alone, with a suggestion', async () => {
    const run = await empty.run(['statsu']);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('Did you mean status?');
    expect(run.stderr).not.toContain('exit code');
  });

  test('names the help of the command, whatever stands before it', async () => {
    const run = await empty.run(['--site', 'x', 'status', '--bogus']);
    expect(run.stderr).toContain('writeupp-mail status --help');
  });
});

describe('output', () => {
  test('with --json is nothing but JSON lines, the last of them a result or the error', async () => {
    const workspace = await prepared.at('tested');
    const commands = [
      ['status'],
      ['site', 'show'],
      ['site', 'list'],
      ['test-connection'],
      ['sign-in'],
      ['migrate', '--dry-run'],
      ['migrate', '--yes'],
      ['revert-smtp', '--yes'],
      ['sign-out', '--keep-grant'],
      ['site', 'remove', '--yes'],
      ['status'],
    ];
    for (const args of commands) {
      const run = await workspace.run([...args, '--json']);
      const lines = run.stdout.trimEnd().split('\n');
      const events = lines.map((line) => JSON.parse(line) as { event: string });
      const last = events.at(-1)?.event;
      expect([args, last]).toEqual([args, run.code === 0 ? 'result' : 'error']);
      expect(events.filter(({ event }) => event === last)).toHaveLength(1);
    }
  });

  test('off a terminal has no colours and no cursor movement, whatever the environment says', async () => {
    const workspace = await prepared.at('tested');
    const env = { FORCE_COLOR: '3', COLORTERM: 'truecolor', TERM: 'xterm-256color' };
    for (const args of [['status'], ['test-connection'], ['migrate', '--yes'], ['bogus']]) {
      const run = await workspace.run(args, { env });
      expect(run.stdout + run.stderr).not.toMatch(ANSI);
      expect(run.stdout + run.stderr).not.toContain('\r');
    }
  });

  test('says of every command that it is not the real Google', async () => {
    const workspace = await prepared.at('tested');
    for (const args of [['status'], ['site', 'list'], ['migrate', '--dry-run', '--json']]) {
      const run = await workspace.run(args);
      expect(run.stderr).toContain(
        `${google.url} stands in for Google. This is not the real Google.`,
      );
    }
  });
});

describe('the credential store', () => {
  test('that is missing ends it with 6, both ways on named, before any request to Google', async () => {
    const workspace = await prepared.at('empty');
    await workspace.run(['site', 'add', SITE, '--login', LOGIN, '--smtp-host', 'mail.example']);
    const requests = google.requests.length;
    const env = { WRITEUPP_MAIL_CREDENTIALS: undefined };
    for (const args of [['migrate', '--yes'], ['sign-in']]) {
      const run = await workspace.run([...args, '--json'], { env });
      expect(run).toMatchObject({ code: 6, error: { code: 'keychain-unavailable', exitCode: 6 } });
      expect(run.error?.hint).toContain('WRITEUPP_MAIL_CREDENTIALS=vault');
      expect(run.error?.hint).toContain('Make the keychain work');
    }
    expect(google.requests).toHaveLength(requests);
  });

  test.each([
    ['a wrong passphrase', 'not the passphrase'],
    ['no passphrase, with nobody to ask', undefined],
  ])('with %s ends it with 6', async (_what, passphrase) => {
    const workspace = await prepared.at('connected');
    const requests = google.requests.length;
    const env = { WRITEUPP_MAIL_PASSPHRASE: passphrase };
    const run = await workspace.run(['migrate', '--yes', '--json'], { env });
    expect(run).toMatchObject({ code: 6, error: { code: 'vault-passphrase', exitCode: 6 } });
    expect(run.error?.hint).toContain('Your SMTP settings are untouched.');
    expect(google.requests).toHaveLength(requests);
  });

  test('of another kind than the one that holds the secrets is no empty one', async () => {
    const workspace = await prepared.at('connected');
    const env = { WRITEUPP_MAIL_CREDENTIALS: 'cloud' };
    const run = await workspace.run(['status', '--json'], { env });
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
  });
});

describe('the environment', () => {
  test.each(['https://google.evil.example', 'http://10.0.0.1:4000', 'not an address'])(
    'WRITEUPP_MAIL_GOOGLE_URL=%s is refused: it is not on this computer',
    async (url) => {
      const env = { WRITEUPP_MAIL_GOOGLE_URL: url };
      const run = await empty.run(['status', '--json'], { env });
      expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
      expect(run.error?.message).toContain('WRITEUPP_MAIL_GOOGLE_URL');
    },
  );

  test('without an OAuth client file says where one is looked for', async () => {
    const workspace = await prepared.at('smtp');
    const env = { WRITEUPP_MAIL_OAUTH_CLIENT: undefined };
    const run = await workspace.run(['sign-in', '--json'], { env });
    expect(run).toMatchObject({ code: 2, error: { code: 'no-oauth-client' } });
    expect(run.error?.message).toContain(`${workspace.home}/oauth-client.json`);
  });
});

/** Two at a time: as many as a small computer takes. */
async function inPairs<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += 2) {
    results.push(...(await Promise.all(items.slice(at, at + 2).map(work))));
  }
  return results;
}
