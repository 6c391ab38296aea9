/** Standard output and standard error that are full, or whose reader is gone: every command still ends as it does. */

import { spawn } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import type { PreparedWorkspace } from '../support/prepared.js';
import { PROGRAM } from '../support/program.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';

const { google, prepared } = useStandIn();

const MESSAGE = `From: ${ACCOUNT}\r\nTo: jo@patients.example\r\nSubject: Your visit\r\n\r\nText.\r\n`;

/** What is broken, as a shell does it to both streams. */
const FULL = '>/dev/full 2>/dev/full';
const CLOSED = '>&- 2>&-';
const READ_ONLY = '1</dev/null 2</dev/null';

/** Runs a command with both streams broken, and gives its exit code, or the signal that it died of. */
function runBroken(
  { env }: PreparedWorkspace,
  args: readonly string[],
  how: 'gone' | typeof FULL | typeof CLOSED | typeof READ_ONLY,
): Promise<number | NodeJS.Signals | null> {
  const redirected = how === 'gone' ? '' : how;
  const command = `exec "$0" "$@" ${redirected}`;
  const child = spawn('sh', ['-c', command, process.execPath, PROGRAM, ...args], { env });
  // Before Node.js has started: the first write meets a pipe that nobody reads.
  child.stdout.destroy();
  child.stderr.destroy();
  child.stdin.on('error', () => undefined);
  child.stdin.end(args[0] === 'send' ? MESSAGE : '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
}

/** Every command on one computer, in an order in which each succeeds. */
const SUCCEED: readonly (readonly string[])[] = [
  [],
  ['--version'],
  ['--help'],
  ['migrate', '--help'],
  ['site', 'list'],
  ['site', 'show'],
  ['site', 'add', 'second', '--login', LOGIN],
  ['site', 'set', 'second', '--login', ACCOUNT],
  ['site', 'remove', 'second', '--yes'],
  ['test-connection'],
  ['sign-in'],
  ['sign-in', '--admin-note'],
  ['migrate', '--dry-run', '--yes'],
  ['migrate', '--yes', '--json'],
  ['send'],
  ['status'],
  ['status', '--all', '--json'],
  ['status', '--check'],
  ['revert-smtp', '--yes', '--require-gmail'],
  ['sign-out', '--yes', '--keep-grant'],
];

/** Every command in a way in which it fails, on a computer whose site has SMTP settings, and its exit code. */
const FAIL: readonly (readonly [code: number, ...args: string[]])[] = [
  [2, 'bogus'],
  [2, 'status', '--bogus'],
  [2, 'status', '--site', 'nosuch'],
  [2, 'site', 'show', 'nosuch'],
  [2, 'site', 'add', SITE, '--login', LOGIN],
  [2, 'site', 'set'],
  [2, 'site', 'remove', 'nosuch', '--yes'],
  [2, 'sign-out', '--site', 'nosuch'],
  [2, 'migrate', '--json'],
  [2, 'migrate', '--yes', '--timeout', 'soon'],
  [2, 'send', '--site', 'nosuch'],
  [4, 'test-connection'],
  [4, 'revert-smtp', '--yes', '--require-gmail'],
  [4, 'sign-in', '--timeout', '1'],
];

describe('with standard output and standard error', () => {
  test.each([
    ['full', FULL],
    ['read by nobody', 'gone'],
  ] as const)('%s, every command does its work and ends with 0', async (_what, how) => {
    const workspace = await prepared.at('tested');
    const arrived = google.messages.length;
    const codes: unknown[] = [];
    for (const args of SUCCEED) codes.push([args, await runBroken(workspace, args, how)]);
    expect(codes).toEqual(SUCCEED.map((args) => [args, 0]));
    // Not only said to be done: one test message, one email, no SMTP settings, no connection.
    expect(google.messages.length - arrived).toBe(2);
    expect(await workspace.record()).toMatchObject({ smtp: null, gmail: null });
    expect(await workspace.record('second')).toBeNull();
  });

  test.each([
    ['full', FULL],
    ['read by nobody', 'gone'],
  ] as const)('%s, every command that fails ends on its own exit code', async (_what, how) => {
    const workspace = await prepared.at('smtp');
    const codes: unknown[] = [];
    for (const [, ...args] of FAIL) codes.push([await runBroken(workspace, args, how), ...args]);
    expect(codes).toEqual(FAIL);
  });

  test.each([
    ['full', FULL],
    ['read by nobody', 'gone'],
    ['closed', CLOSED],
    ['open for reading alone', READ_ONLY],
  ] as const)('%s, what Google or nobody refuses is told apart', async (_what, how) => {
    const workspace = await prepared.at('migrated');
    expect(await runBroken(workspace, ['status', '--check'], how)).toBe(0);
    const refused = { kind: 'answer', status: 400, body: { error: 'invalid_grant' } } as const;
    google.misbehave('token:refresh', refused);
    expect(await runBroken(workspace, ['status', '--check'], how)).toBe(4);
    expect(await runBroken(workspace, ['test-connection', '--json'], how)).toBe(4);
  });
});

describe('the reader of one line', () => {
  test('changes no exit code: status --json | head -1', async () => {
    const { env } = await prepared.at('migrated');
    const script = '{ "$0" "$@"; echo "$?" >&2; } | head -c 1 >/dev/null';
    const args = ['-c', script, process.execPath, PROGRAM, 'status', '--site', 'nosuch', '--json'];
    const child = spawn('sh', args, { env });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(text.trim().split('\n').at(-1)).toBe('2');
  });
});
