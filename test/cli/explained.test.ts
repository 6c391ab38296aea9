/** What a person is told beyond the error itself: the page's words, the administrator's note, the clock, retries. */

import { beforeEach, describe, expect, test } from '@jest/globals';
import { startGoogle } from '../stand-in/stand-in.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal } from '../support/terminal.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, newWorkspace, type Workspace } from '../support/workspace.js';

const { google, newComputer, prepared } = useStandIn();
let workspace: Workspace;

beforeEach(async () => {
  workspace = await prepared.at('connected');
});

describe('sign-in --admin-note', () => {
  test('prints the note alone, for the practice, and signs nobody in', async () => {
    const asked = google.requests.length;
    const run = await workspace.run(['sign-in', '--admin-note']);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^Subject: Please allow our email app/);
    for (const words of [
      'Harbour Physio',
      ACCOUNT,
      google.clientFile().installed.client_id,
      'https://www.googleapis.com/auth/gmail.send',
      'https://admin.google.com',
    ]) {
      expect(run.stdout).toContain(words);
    }
    expect(google.requests).toHaveLength(asked);
  });

  test('needs no site', async () => {
    const empty = await newComputer();
    const run = await empty.run(['sign-in', '--admin-note', '--json']);
    expect(run.result).toMatchObject({
      adminNote: expect.stringContaining('Subject:'),
      site: null,
    });
  });
});

test('the note for the administrator follows the refusal that only they can fix', async () => {
  google.fail('admin_policy_enforced');
  const run = await workspace.run(['test-connection']);
  expect(run.code).toBe(1);
  expect(run.stdout).toBe('');
  expect(run.stderr).toContain('A message that you can forward to your administrator');
  expect(run.stderr).toContain('Subject: Please allow our email app');
});

describe('a clock that is wrong by more than five minutes is named', () => {
  test.each([
    [-20, 'ahead'],
    [20, 'behind'],
  ])('Google is %i minutes off', async (minutes, word) => {
    const elsewhere = await startGoogle({ clockSkewMs: minutes * 60_000 });
    const computer = await newWorkspace(elsewhere);
    await computer.addSite();
    const { run } = await computer.runWithPerson(['sign-in', '--json'], { account: ACCOUNT });
    expect(run).toMatchObject({ code: 1, error: { code: 'invalid-id-token' } });
    expect(run.error?.message).toContain(`clock seems to be 20 minutes ${word}`);
    expect(await computer.record()).toMatchObject({ gmail: null });
    await computer.remove();
    await elsewhere.close();
  });
});

describe('repeated are', () => {
  const requestsTo = (path: string) =>
    google.requests.filter((request) => request.path === path).length;

  test('refreshes, with a limit', async () => {
    google.fail('token-unavailable', { times: 2 });
    expect((await workspace.run(['test-connection', '--json'])).code).toBe(0);
    google.fail('token-unavailable');
    const before = requestsTo('/token');
    const run = await workspace.run(['test-connection', '--json']);
    expect(run).toMatchObject({ code: 5, error: { code: 'google-unavailable' } });
    expect(requestsTo('/token') - before).toBe(3);
  });

  test('never the exchange of a code', async () => {
    google.misbehave('token:code', { kind: 'cut', when: 'before' });
    const before = requestsTo('/token');
    const { run } = await workspace.runWithPerson(['sign-in', '--reauthenticate', '--json'], {
      account: ACCOUNT,
    });
    expect(run).toMatchObject({ code: 5, error: { code: 'network' } });
    expect(requestsTo('/token') - before).toBe(1);
  });
});

describe('each command that meets a refused connection names the cause and the one command that fixes it', () => {
  test.each([
    ['test-connection', ['test-connection', '--json']],
    ['status --check', ['status', '--check', '--json']],
    ['send', ['send', '--json', 'patient@example.org']],
  ])('%s', async (command, args) => {
    const computer = await prepared.at(command === 'test-connection' ? 'connected' : 'migrated');
    google.fail('invalid_grant-revoked');
    const run = await computer.run(args, { input: 'Subject: x\r\n\r\nx\r\n' });
    expect(run).toMatchObject({
      code: 4,
      error: { code: 'sign-in-needed', reason: 'password-changed-or-revoked' },
    });
    expect(run.error?.hint).toContain('run: writeupp-mail sign-in');
  });

  test('migrate says it too, and signs in again itself', async () => {
    google.fail('invalid_grant-revoked', { times: 1 });
    const { run } = await workspace.runWithPerson(['migrate', '--yes', '--json'], {
      account: ACCOUNT,
    });
    expect(run.code).toBe(0);
    const signIn = run.events.find(({ step, status }) => step === 'sign-in' && status === 'done');
    expect(signIn?.message).toContain('password was changed');
  });
});

describeWith(['script'], 'after a silent time-out on a terminal', () => {
  test('asks what the page said, and explains that one', async () => {
    google.fail('page-admin_policy_enforced');
    const terminal = startInTerminal(['sign-in', '--reauthenticate', '--timeout', '1'], {
      env: workspace.env,
    });
    await terminal.see('What did Google’s page say?');
    await terminal.see('Error 400: admin_policy_enforced');
    terminal.type(KEY.down.repeat(4) + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(1);
    expect(screen).toContain('Google Workspace does not allow this app to send email yet');
    expect(screen).toContain('Subject: Please allow our email app');
  });
});
