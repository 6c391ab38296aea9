/** A run that stands still, with real processes: it keeps its site and its Google account, whatever the others try. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import type { RunningProgram, RunResult } from '../support/program.js';
import { testIf } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, SITE } from '../support/workspace.js';
import { runLettingPersonSignIn } from './run-with-person.js';

const OTHER = 'other@harbour-physio.example';
const QUAY = 'quay';
const MESSAGE = 'From: a@harbour-physio.example\r\nTo: pat@patient.example\r\n\r\nText.\r\n';

const { google, workspace } = useComputer();
const stopped: RunningProgram[] = [];

beforeAll(async () => {
  google.addAccount({ email: OTHER });
});
beforeEach(async () => {
  await workspace.addSite();
});
afterEach(async () => {
  for (const { child, ended } of stopped.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

/** Stands still from now on, as after Ctrl-Z, or in a computer that sleeps. */
function stop(running: RunningProgram): void {
  stopped.push(running);
  running.child.kill('SIGSTOP');
}

/** The run of another, which would take the site if it could. */
const migrate = () => workspace.run(['migrate', '--account', ACCOUNT, '--yes', '--json']);

function expectTold({ code, error }: RunResult, holder: RunningProgram, command: string): void {
  expect({ code, error }).toMatchObject({ code: 5, error: { code: 'site-busy' } });
  expect(error?.message).toContain(`"writeupp-mail ${command}"`);
  expect(error?.message).toContain(`(process ${holder.child.pid},`);
}

/** The account that a message leaves by now. */
async function leavesBy(site = SITE): Promise<unknown> {
  const sent = await workspace.run(['send', '--json', '--site', site], { input: MESSAGE });
  expect(sent).toMatchObject({ code: 0 });
  return google.messages.find(({ id }) => id === sent.result?.id)?.account;
}

describe('a sign-in that stands still while its person is at Google', () => {
  test('keeps the site; what it finishes later is on record, and nothing else', async () => {
    const signIn = workspace.start(['sign-in', '--account', OTHER, '--json']);
    const url = await workspace.nextUrl();
    stop(signIn);
    const before = await workspace.record();
    expectTold(await migrate(), signIn, 'sign-in');
    expect(await workspace.record()).toEqual(before);

    signIn.child.kill('SIGCONT');
    await playPerson(url, { account: OTHER });
    expect(await signIn.ended).toMatchObject({ code: 0, result: { gmail: { email: OTHER } } });
    // The other run now finds what is so: another account than its own.
    const next = await runLettingPersonSignIn(workspace, [
      ...['migrate', '--account', ACCOUNT, '--yes', '--json'],
    ]);
    expect(next).toMatchObject({
      code: 0,
      result: { pathway: 'gmail', gmail: { email: ACCOUNT } },
    });
    expect(await leavesBy()).toBe(ACCOUNT);
  });

  // Another host name on the same kernel, as a container has it.
  const canUnshare = spawnSync('unshare', ['-u', 'true']).status === 0;
  testIf(canUnshare, 'the right to make a UTS name space (unshare -u)')(
    'keeps it from a run on another host name too',
    async () => {
      const signIn = workspace.start(['sign-in', '--account', OTHER, '--json']);
      await workspace.nextUrl();
      stop(signIn);
      const before = await workspace.record();
      const inside = 'hostname elsewhere && exec "$@"';
      const elsewhere = await workspace.run(['migrate', '--account', ACCOUNT, '--yes', '--json'], {
        by: ['unshare', '-u', 'sh', '-c', inside, 'sh'],
      });
      expectTold(elsewhere, signIn, 'sign-in');
      expect(await workspace.record()).toEqual(before);
    },
  );

  test('and is killed there: the site is free at once', async () => {
    const signIn = workspace.start(['sign-in', '--account', OTHER, '--json']);
    await workspace.nextUrl();
    stop(signIn);
    signIn.child.kill('SIGKILL');
    await once(signIn.child, 'close');
    const next = await runLettingPersonSignIn(workspace, [
      ...['migrate', '--account', ACCOUNT, '--yes', '--json'],
    ]);
    expect(next).toMatchObject({ code: 0, result: { pathway: 'gmail' } });
    expect(next.stderr).not.toContain('Waiting');
    expect(await leavesBy()).toBe(ACCOUNT);
  });
});

test('a sign-out that stands still while Google ends the permission keeps the account from another site', async () => {
  const account = 'shared@harbour-physio.example';
  google.addAccount({ email: account });
  const signIn = ['sign-in', '--account', account, '--json', '--site'];
  expect(await runLettingPersonSignIn(workspace, [...signIn, SITE])).toMatchObject({ code: 0 });
  await workspace.addSite(QUAY);

  google.misbehave('revoke', { kind: 'delay', ms: 1_000 }, { times: 1 });
  const signOut = workspace.start(['sign-out', '--yes', '--json', '--site', SITE]);
  while (!google.requests.some(({ point }) => point === 'revoke')) await sleep(20);
  stop(signOut);
  const switching = ['migrate', '--account', account, '--yes', '--json', '--site', QUAY];
  const tried = await runLettingPersonSignIn(workspace, switching);
  expectTold(tried, signOut, 'sign-out');
  expect(await workspace.record(QUAY)).toMatchObject({ gmail: null, smtp: { user: ACCOUNT } });

  signOut.child.kill('SIGCONT');
  expect(await signOut.ended).toMatchObject({ code: 0, result: { grant: 'revoked' } });
  // The permission that the other site got meanwhile was ended as well: it was never believed.
  expect(await runLettingPersonSignIn(workspace, switching)).toMatchObject({ code: 0 });
  expect(await leavesBy(QUAY)).toBe(account);
});
