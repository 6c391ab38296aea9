/** `sign-out`, run as a process: what is forgotten, and what is ended at Google. */

import { expect, test } from '@jest/globals';
import { editRecord } from '../support/prepared.js';
import { describeWith } from '../support/system-part.js';
import { startInTerminal } from '../support/terminal.js';
import {
  isOnBackend,
  KEPT_PASSWORD,
  unlessOnBackend,
  useStandIn,
} from '../support/use-stand-in.js';
import { ACCOUNT, SITE } from '../support/workspace.js';

// Each test has a stand-in of its own: a revocation ends every permission of the account.
const { google, prepared } = useStandIn({ googleFor: 'test' });

const revocations = () => google.requests.filter(({ point }) => point === 'revoke').length;

test('forgets the connection and ends the permission at Google', async () => {
  const workspace = await prepared.at('connected');
  const elsewhere = await prepared.at('connected');
  const run = await workspace.run(['sign-out', '--json']);
  expect(run).toMatchObject({
    code: 0,
    result: { grant: 'revoked', gmail: null, pathway: 'smtp' },
  });
  expect(await workspace.record()).toMatchObject({
    gmail: null,
    smtp: { password: KEPT_PASSWORD },
  });
  expect(await workspace.secretSlots()).toEqual(['smtp-password']);
  // The revocation reaches every computer, as was said.
  expect(await elsewhere.run(['test-connection', '--json'])).toMatchObject({ code: 4 });
});

test('--keep-grant only forgets here', async () => {
  const workspace = await prepared.at('connected');
  const elsewhere = await prepared.at('connected');
  const run = await workspace.run(['sign-out', '--keep-grant', '--json']);
  expect(run).toMatchObject({ code: 0, result: { grant: 'kept', gmail: null } });
  expect(revocations()).toBe(0);
  expect(await workspace.secretSlots()).toEqual(['smtp-password']);
  expect((await elsewhere.run(['test-connection', '--json'])).code).toBe(0);
});

test('does not end the permission that another site uses, until the last one signs out', async () => {
  const workspace = await prepared.at('connected');
  await workspace.addSite('second');
  await workspace.runWithPerson(['sign-in', '--site', 'second', '--json'], { account: ACCOUNT });
  const first = await workspace.run(['sign-out', '--site', SITE]);
  expect(first.code).toBe(0);
  // A backend counts them: a token need not be allowed to see them.
  const others = isOnBackend ? 'one more in WriteUpp' : 'second';
  expect(first.stderr).toContain(`used by other sites too: ${others}`);
  expect(first.stdout).toContain(`left as it is, for: ${others}`);
  expect(revocations()).toBe(0);
  expect((await workspace.run(['test-connection', '--site', 'second', '--json'])).code).toBe(0);
  const last = await workspace.run(['sign-out', '--site', 'second', '--json']);
  expect(last.result).toMatchObject({ grant: 'revoked' });
});

test('is content where Google had ended the permission already', async () => {
  const workspace = await prepared.at('connected');
  google.invalidate(ACCOUNT);
  const run = await workspace.run(['sign-out', '--json']);
  expect(run.code).toBe(0);
  expect(['gone-already', 'revoked']).toContain(run.result?.grant);
  expect(await workspace.record()).toMatchObject({ gmail: null });
});

test('forgets nothing while Google cannot be told', async () => {
  const workspace = await prepared.at('connected');
  google.misbehave('revoke', { kind: 'answer', status: 503, body: '<h1>Busy</h1>' });
  const run = await workspace.run(['sign-out', '--json']);
  expect(run).toMatchObject({ code: 5, error: { code: 'google-unavailable' } });
  expect(await workspace.record()).toMatchObject({ gmail: { email: ACCOUNT } });
  expect(await workspace.secretSlots()).toEqual(['google-token-a', 'smtp-password']);
});

test('never asks a stand-in to end what the real Google gave', async () => {
  const workspace = await prepared.at('connected');
  await editRecord(workspace, ({ gmail }) => {
    gmail.issuer = 'https://accounts.google.com';
  });
  const run = await workspace.run(['sign-out', '--json']);
  expect(run).toMatchObject({ code: 0, result: { grant: 'kept', gmail: null } });
  expect(revocations()).toBe(0);
});

unlessOnBackend('it counts the sites').test(
  'ends nothing where it is not known who else uses the account',
  async () => {
    const workspace = await prepared.at('connected');
    await workspace.putRecord({ schemaVersion: 3 }, 'damaged');
    const run = await workspace.run(['sign-out', '--site', SITE, '--json']);
    expect(run).toMatchObject({ code: 1, error: { code: 'storage' } });
    expect(revocations()).toBe(0);
    expect(await workspace.record()).toMatchObject({ gmail: { email: ACCOUNT } });
  },
);

test('with nobody signed in says so, exit code 0', async () => {
  const workspace = await prepared.at('smtp');
  const run = await workspace.run(['sign-out']);
  expect(run.code).toBe(0);
  expect(run.stdout).toContain('No Google account is connected.');
});

describeWith(['script'], 'at a terminal', () => {
  const ask = `Sign out ${ACCOUNT}? (y/N)`;

  test.each([
    [[], `ends the access of this program to ${ACCOUNT} at Google, on every computer.`],
    [['--keep-grant'], 'will be forgotten here. Google keeps the permission.'],
  ])('says beforehand what it means at Google; Enter alone is No: %j', async (args, words) => {
    const workspace = await prepared.at('connected');
    const terminal = startInTerminal(['sign-out', ...args], { env: workspace.env });
    await terminal.see(words);
    await terminal.see('Email of this site will go by its SMTP settings');
    await terminal.answer(ask, '');
    expect((await terminal.ended).code).toBe(3);
    expect(revocations()).toBe(0);
    expect(await workspace.record()).toMatchObject({ gmail: { email: ACCOUNT } });
    expect(await workspace.secretSlots()).toEqual(['google-token-a', 'smtp-password']);
  });
});
