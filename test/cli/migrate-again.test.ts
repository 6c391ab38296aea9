/** `migrate` run again: it goes on from what is stored, and deletes only what the proof lets it delete. */

import { describe, expect, test } from '@jest/globals';
import type { GoogleErrorName } from '../stand-in/errors.js';
import { editRecord, type PreparedWorkspace } from '../support/prepared.js';
import type { RunResult } from '../support/program.js';
import { isOnBackend, isOnPostgres, KEPT_PASSWORD, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN } from '../support/workspace.js';

const UNTOUCHED = 'Your SMTP settings are untouched.';
const MIGRATE = ['migrate', '--yes', '--json'];
const HOUR = 3_600_000;

const { google, prepared } = useStandIn();

/** How each step ended, by name. */
function endings({ events }: RunResult): Record<string, unknown> {
  const ended = events.filter(({ event, status }) => event === 'step' && status !== 'started');
  return Object.fromEntries(ended.map(({ step, status }) => [step, status]));
}

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

async function expectUntouched(workspace: PreparedWorkspace, run: RunResult): Promise<void> {
  expect(run.error?.hint).toContain(UNTOUCHED);
  expect(await workspace.record()).toMatchObject({ smtp: { password: KEPT_PASSWORD } });
  expect(await workspace.secretSlots()).toContain('smtp-password');
}

describe('after a step that failed', () => {
  test('sign-in: cancelled, and then not', async () => {
    const workspace = await prepared.at('smtp');
    const first = await workspace.runWithPerson(MIGRATE, { account: ACCOUNT, decision: 'cancel' });
    expect(endings(first.run)).toEqual({ 'check-settings': 'done', 'sign-in': 'failed' });
    await expectUntouched(workspace, first.run);
    const second = await workspace.runWithPerson(MIGRATE, { account: ACCOUNT });
    expect(second.run).toMatchObject({ code: 0, result: { pathway: 'gmail' } });
  });

  test('save-tokens: Google refuses the new permission, and nothing of it is on record', async () => {
    const workspace = await prepared.at('smtp');
    google.fail('invalid_grant-revoked', { times: 1 });
    const first = await workspace.runWithPerson(MIGRATE, { account: ACCOUNT });
    expect(first.run.code).toBe(4);
    expect(endings(first.run)).toMatchObject({ 'sign-in': 'done', 'save-tokens': 'failed' });
    expect(first.page.html).toContain('could not be kept');
    await expectUntouched(workspace, first.run);
    expect(await workspace.record()).toMatchObject({ gmail: null });
    const second = await workspace.runWithPerson(MIGRATE, { account: ACCOUNT });
    expect(second.run.code).toBe(0);
    expect(await workspace.secretSlots()).toEqual(['google-token-a']);
  });

  test.each<[GoogleErrorName, code: string, exitCode: number]>([
    ['gmail-api-disabled', 'gmail-api-disabled', 1],
    ['gmail-mail-service-not-enabled', 'no-mailbox', 1],
    ['gmail-user-rate-limit', 'rate-limited', 5],
    ['gmail-backend-503', 'delivery-unknown', 5],
  ])(
    'test-message: %s, and the next run asks nobody to sign in again',
    async (name, code, exit) => {
      const workspace = await prepared.at('connected');
      google.fail(name, { times: 1 });
      const first = await workspace.run(MIGRATE);
      expect(first).toMatchObject({ code: exit, error: { code, exitCode: exit } });
      expect(endings(first)).toMatchObject({ 'test-message': 'failed' });
      await expectUntouched(workspace, first);
      const second = await workspace.run(MIGRATE);
      expect(second.code).toBe(0);
      expect(endings(second)).toMatchObject({ 'sign-in': 'skipped', 'revert-smtp': 'done' });
    },
  );

  test('a lost answer to the sending is not sent again by itself', async () => {
    const workspace = await prepared.at('connected');
    const sent = google.messages.length;
    google.misbehave('send', { kind: 'cut', when: 'after' }, { times: 1 });
    const first = await workspace.run(MIGRATE);
    expect(first).toMatchObject({ code: 5, error: { code: 'delivery-unknown', sent: 'unknown' } });
    expect(google.messages).toHaveLength(sent + 1);
    await expectUntouched(workspace, first);
  });

  test('save-tokens: the connection stopped working since', async () => {
    const workspace = await prepared.at('tested');
    google.fail('invalid_grant-revoked', { times: 1 });
    const { run } = await workspace.runWithPerson(MIGRATE, { account: ACCOUNT });
    expect(run.code).toBe(0);
    // What was proven over the old connection proves nothing of the new one.
    expect(endings(run)).toMatchObject({ 'sign-in': 'done', 'test-message': 'done' });
    expect(await workspace.record()).toMatchObject({ gmail: { tokenSlot: 'b' }, smtp: null });
  });
});

describe('the proof', () => {
  test('of test-connection lets migrate skip the sending', async () => {
    const workspace = await prepared.at('tested');
    const sent = google.messages.length;
    const run = await workspace.run(MIGRATE);
    expect(run).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
    expect(endings(run)).toMatchObject({ 'sign-in': 'skipped', 'test-message': 'skipped' });
    expect(google.messages).toHaveLength(sent);
  });

  test.each<[what: string, change: (gmail: Gmail) => void]>([
    ['is older than 24 hours', ({ test }) => Object.assign(test, { acceptedAt: ago(24 * HOUR) })],
    ['is of tomorrow', ({ test }) => Object.assign(test, { acceptedAt: ago(-2 * HOUR) })],
    ['was voided by a No', ({ test }) => Object.assign(test, { arrival: 'denied' })],
  ])('that %s makes migrate send a new message', async (_what, change) => {
    const workspace = await prepared.at('tested');
    await editRecord(workspace, ({ gmail }) => change(gmail));
    const sent = google.messages.length;
    const run = await workspace.run(MIGRATE);
    expect(run).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
    expect(endings(run)).toMatchObject({ 'sign-in': 'skipped', 'test-message': 'done' });
    expect(google.messages).toHaveLength(sent + 1);
  });

  test('of 23 hours ago still counts', async () => {
    const workspace = await prepared.at('tested');
    await editRecord(workspace, ({ gmail }) => {
      gmail.test.acceptedAt = ago(23 * HOUR);
    });
    // In a database, a record that something else has changed proves nothing.
    const expected = isOnPostgres ? 'done' : 'skipped';
    expect(endings(await workspace.run(MIGRATE))).toMatchObject({ 'test-message': expected });
  });

  test('does not count where the message cannot be sent again: the SMTP settings stay', async () => {
    const workspace = await prepared.at('tested');
    await editRecord(workspace, ({ gmail }) => {
      gmail.test.arrival = 'denied';
    });
    google.fail('gmail-user-rate-limit', { times: 1 });
    await expectUntouched(workspace, await workspace.run(MIGRATE));
  });

  test('of another issuer never counts, nor does its connection', async () => {
    const workspace = await prepared.at('tested');
    await editRecord(workspace, ({ gmail }) => {
      gmail.issuer = 'https://accounts.google.com';
    });
    const { run } = await workspace.runWithPerson(MIGRATE, { account: ACCOUNT });
    expect(run.code).toBe(0);
    expect(endings(run)).toMatchObject({ 'sign-in': 'done', 'test-message': 'done' });
    expect(await workspace.record()).toMatchObject({ gmail: { issuer: google.url } });
  });

  test('of another account than --account does not count', async () => {
    const workspace = await prepared.at('tested');
    const args = [...MIGRATE, '--account', LOGIN];
    const { run } = await workspace.runWithPerson(args, { account: LOGIN });
    expect(run).toMatchObject({ code: 0, result: { gmail: { email: LOGIN } } });
    expect(endings(run)).toMatchObject({ 'sign-in': 'done', 'test-message': 'done' });
  });

  interface Gmail {
    readonly test: object;
  }
});

describe('options', () => {
  test('--reauthenticate signs in again, and proves the new connection', async () => {
    const workspace = await prepared.at('tested');
    const args = [...MIGRATE, '--reauthenticate'];
    const { run } = await workspace.runWithPerson(args, { account: ACCOUNT });
    expect(run.code).toBe(0);
    expect(endings(run)).toMatchObject({ 'sign-in': 'done', 'test-message': 'done' });
    expect(await workspace.secretSlots()).toEqual(['google-token-b']);
  });

  test('--to sends the test message there, also where one to another address was accepted', async () => {
    const workspace = await prepared.at('tested');
    const run = await workspace.run([...MIGRATE, '--to', 'desk@harbour-physio.example']);
    expect(run).toMatchObject({
      code: 0,
      result: { testMessage: { to: 'desk@harbour-physio.example' } },
    });
    expect(google.mailbox('desk@harbour-physio.example')).toHaveLength(1);
  });

  test('--to of no address is refused before anything is done', async () => {
    const workspace = await prepared.at('connected');
    const run = await workspace.run([...MIGRATE, '--to', 'desk']);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-recipient' } });
    expect(run.events).toHaveLength(1);
  });

  test('--json without --yes fails at once where there is something to delete', async () => {
    const workspace = await prepared.at('smtp');
    const requests = google.requests.length;
    for (const args of [['migrate', '--json'], ['migrate']]) {
      const run = await workspace.run(args);
      expect(run.code).toBe(2);
      expect(run.stdout + run.stderr).toContain('nobody can be asked here');
      expect(run.stdout + run.stderr).toContain(UNTOUCHED);
    }
    expect(google.requests).toHaveLength(requests);
  });

  test('--json without --yes is enough where nothing is left to delete', async () => {
    const workspace = await prepared.at('migrated');
    const run = await workspace.run(['migrate', '--json']);
    expect(run).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
  });
});

describe('for people', () => {
  test('shows the steps, the four consequences before the sign-in, and ends on the status view', async () => {
    const workspace = await prepared.at('smtp');
    const { run } = await workspace.runWithPerson(['migrate', '--yes'], { account: ACCOUNT });
    expect(run.code).toBe(0);
    const order = [
      '✓ Checked: Harbour Physio sends by SMTP (smtp.gmail.com).',
      'Google has ended password sign-in for SMTP',
      'Delivery of all email is your responsibility.',
      'WriteUpp can’t help with email that fails',
      'The client summary no longer shows delivery information.',
      'sign in again',
      `✓ Signed in as ${ACCOUNT}.`,
      `✓ Sent "Gmail Test Connection from WriteUpp" to ${LOGIN}.`,
      '– Not asked whether it came: that Gmail accepted it is enough here.',
      '✓ Removed the SMTP settings (Revert to WriteUpp Mail Server).',
      'Integrations & Add-Ons: harbour-physio',
      ...(isOnBackend
        ? ['All email of this practice goes through Gmail']
        : [
            'Left to do in WriteUpp, in this order:',
            'click Sign in with Google',
            'Click Test Connection',
            'Revert to WriteUpp Mail Server.',
          ]),
    ].map((words) => run.stdout.replaceAll(/\s+/g, ' ').lastIndexOf(words));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(run.stderr).toContain('This is not the real Google.');
    const status = run.stdout.slice(run.stdout.indexOf('Integrations & Add-Ons: harbour'));
    expect(status).toMatch(/Email goes by\s+Gmail/);
    expect(status).not.toMatch(/^\s+SMTP\s/m);
  });
});
