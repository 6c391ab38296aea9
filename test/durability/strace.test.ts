/** A cross-check of the fault hook: killed by the kernel on entry to system calls, with nothing loaded into the program. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { findProgram } from '../support/find-program.js';
import { PROGRAM } from '../support/program.js';
import { ACCOUNT, newWorkspace, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';
import { checkAfterKill, checkNextMigrate } from './checks.js';
import { runLettingPersonSignIn } from './run-with-person.js';
import { vaultReader } from './secrets-on-disk.js';
import { copyOf } from './series.js';
import { type SmtpStandIn, startSmtp } from './smtp-stand-in.js';

let google: GoogleStandIn;
let smtp: SmtpStandIn;
let connected: Workspace;
const readSecrets = vaultReader();

beforeAll(async () => {
  google = await startGoogle();
  smtp = await startSmtp(ACCOUNT, [SMTP_PASSWORD]);
  connected = await newWorkspace(google);
  const server = ['--smtp-host', '127.0.0.1', '--smtp-port', String(smtp.port)];
  await connected.addSite(undefined, ...server, '--smtp-security', 'none');
  await runLettingPersonSignIn(connected, ['sign-in', '--json']);
});
afterAll(async () => {
  await connected.remove();
  await smtp.close();
  await google.close();
});

/** A connected migrate renames the record twice or more, flushes each file and its folder, and unlinks the password. */
const CALLS = [
  ...['rename', 'fsync', 'unlink'].flatMap((call) => [1, 2, 3].map((nth) => [call, nth] as const)),
];

const hasStrace = findProgram('strace') !== undefined;
if (!hasStrace && process.env.CI) {
  test('needs strace', () => {
    throw new Error('not installed: strace');
  });
}
(hasStrace ? test.each(CALLS) : test.skip.each(CALLS))(
  'killed on entry to %s number %d',
  async (call, nth) => {
    const workspace = await newWorkspace(google);
    try {
      await copyOf(connected)(workspace, nth);
      expect(await killedAt(workspace, call, nth)).toBe('SIGKILL');
      const allowed = { mayRevert: false, mayRevoke: false };
      const after = await checkAfterKill(workspace, google, readSecrets, allowed);
      const next = await checkNextMigrate(workspace, google, readSecrets);
      expect([...after, ...next]).toEqual([]);
    } finally {
      await workspace.remove();
    }
  },
  60_000,
);

/** How a connected migrate ended. strace dies by the signal that its program died of. */
async function killedAt(workspace: Workspace, call: string, nth: number): Promise<unknown> {
  const inject = `--inject=${call}:signal=KILL:when=${nth}`;
  const command = [process.execPath, PROGRAM, 'migrate', '--yes', '--json'];
  // One thread makes all file calls, so that the n-th call of a thread is the n-th of the program.
  const env = { ...workspace.env, UV_THREADPOOL_SIZE: '1' };
  const child = spawn('strace', ['-f', '-qq', '-o', '/dev/null', inject, ...command], {
    env,
    stdio: 'ignore',
  });
  const [code, signal] = await once(child, 'close');
  return signal ?? code;
}
