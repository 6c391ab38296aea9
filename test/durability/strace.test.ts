/** What the kernel sees: the order in which a change reaches the disk; and kills on entry to system calls, a cross-check of the fault hook. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROGRAM } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SITE, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';
import { checkAfterKill, checkNextMigrate } from './checks.js';
import { runLettingPersonSignIn } from './run-with-person.js';
import { vaultReader } from './secrets-on-disk.js';
import { copyOf } from './series.js';
import { type SmtpStandIn, startSmtp } from './smtp-stand-in.js';

const { google, newComputer } = useStandIn();
let smtp: SmtpStandIn;
let connected: Workspace;
const readSecrets = vaultReader();

beforeAll(async () => {
  smtp = await startSmtp(ACCOUNT, [SMTP_PASSWORD]);
  connected = await newComputer();
  const server = ['--smtp-host', '127.0.0.1', '--smtp-port', String(smtp.port)];
  await connected.addSite(undefined, ...server, '--smtp-security', 'none');
  await runLettingPersonSignIn(connected, ['sign-in', '--json']);
});
afterAll(async () => {
  await smtp.close();
});

/**
 * A connected migrate renames the record twice or more, flushes each file and its folder, and unlinks what proved the
 * vault, then the password.
 */
const CALLS: readonly (readonly [call: string, nth: number])[] = [
  ...['rename', 'fsync'].flatMap((call) => [1, 2, 3].map((nth) => [call, nth] as const)),
  ...[1, 2].map((nth) => ['unlink', nth] as const),
];

const UNDER_STRACE = ['strace', '-f', '-qq'];

describeWith(['strace'], 'a connected migrate', () => {
  test.each(CALLS)(
    'killed on entry to %s number %d',
    async (call, nth) => {
      await inWorkspace(async (workspace) => {
        const inject = `--inject=${call}:signal=KILL:when=${nth}`;
        const migrate = ['migrate', '--yes', '--json'];
        // strace dies by the signal that its program died of.
        const end = await run(workspace, ['-o', '/dev/null', inject], migrate);
        expect(end).toBe('SIGKILL');
        const allowed = { mayRevert: false, mayRevoke: false };
        const after = await checkAfterKill(workspace, google, readSecrets, allowed);
        const next = await checkNextMigrate(workspace, google, readSecrets);
        expect([...after, ...next]).toEqual([]);
      });
    },
    60_000,
  );
});

/** What is not flushed can be gone after a power cut, or be there again: each flush, in its place. */
describeWith(['strace'], 'on its way to the disk', () => {
  const RECORD = [
    'write sites/.new',
    'fsync sites/.new',
    'rename sites/.new sites/record',
    'fsync sites',
  ];

  test('a record is written, flushed, put in place, and its folder flushed', async () => {
    const set = ['site', 'set', '--organisation', 'Other', '--json'];
    expect(await callsOf(set)).toEqual(RECORD);
  });

  test('of a reverted site, first the record is in place for good, then the password is gone for good', async () => {
    const calls = await callsOf(['revert-smtp', '--yes', '--json']);
    // Before, the vault was proven with a dummy entry.
    expect(calls.slice(calls.indexOf('write sites/.new'))).toEqual([
      ...RECORD,
      'unlink vault/smtp-password',
      'fsync vault',
    ]);
  });
});

/** The calls of a command that change its records and secrets, or flush them, in their order. */
async function callsOf(args: readonly string[]): Promise<string[]> {
  let calls: string[] = [];
  await inWorkspace(async (workspace) => {
    const log = join(workspace.folder, 'calls');
    const trace = '--trace=write,pwrite64,fsync,rename,unlink';
    // With each open file's path, and nothing of its content.
    expect(await run(workspace, ['-y', '-s', '0', '-o', log, trace], args)).toBe(0);
    const lines = (await readFile(log, 'utf8')).replaceAll(`${workspace.home}/`, '').split('\n');
    calls = lines.flatMap((line) => {
      const [, call = '', rest = ''] = /^\d+ +(\w+)\((.*)\) += /.exec(line) ?? [];
      if (/ENOENT/.test(line)) return [];
      const paths = rest.match(/(?:sites|vault)\b[^"<>]*(?=[">])/g) ?? [];
      return paths.length === 0 ? [] : [[call, ...paths.map(shortened)].join(' ')];
    });
  });
  return calls;
}

function shortened(path: string): string {
  return path
    .replace(/\/\..*\.tmp$/, '/.new')
    .replace(`${SITE}.json`, 'record')
    .replace(new RegExp(`${SITE}\\.(.*)\\.age`), '$1');
}

async function inWorkspace(work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = await newComputer();
  await copyOf(connected)(workspace, 0);
  await work(workspace);
}

/** How the program ended, run by strace with these options. */
async function run(
  workspace: Workspace,
  options: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  // One thread makes all file calls, so that the n-th call of a thread is the n-th of the program.
  const env = { ...workspace.env, UV_THREADPOOL_SIZE: '1' };
  const [strace = '', ...usual] = UNDER_STRACE;
  const child = spawn(strace, [...usual, ...options, process.execPath, PROGRAM, ...args], {
    env,
    stdio: 'ignore',
  });
  const [code, signal] = await once(child, 'close');
  return signal ?? code;
}
