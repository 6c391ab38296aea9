/** Never two emails from one: what `send` does when Gmail refuses, fails, goes silent or is left; and its token. */

import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { openVault } from '../../src/credentials/vault.js';
import type { GoogleErrorName } from '../stand-in/errors.js';
import { startGoogle } from '../stand-in/stand-in.js';
import { readFixture } from '../support/eml.js';
import { connectSite, refreshes } from '../support/mail-site.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, newWorkspace, SITE, type Workspace } from '../support/workspace.js';

const { google, newComputer, workspace } = useComputer({ computerFor: 'file' });

beforeAll(async () => {
  await connectSite(workspace);
});

const send = (in_: Workspace = workspace) =>
  in_.run(['send', '--json'], { input: readFixture('plain') });

/** Requests to Gmail, refreshes and accepted messages of what is run. */
async function counted<T>(work: () => Promise<T>) {
  const sends = () => google.requests.filter(({ point }) => point === 'send').length;
  const before = { sends: sends(), refreshes: refreshes(google), messages: google.messages.length };
  const result = await work();
  return {
    result,
    sends: sends() - before.sends,
    refreshes: refreshes(google) - before.refreshes,
    messages: google.messages.length - before.messages,
  };
}

describe('an answer that says no is certain', () => {
  test.each<[GoogleErrorName, string, number]>([
    ['gmail-rate-limit', 'rate-limited', 5],
    ['gmail-user-rate-limit', 'rate-limited', 5],
    ['gmail-too-many-concurrent', 'rate-limited', 5],
    ['gmail-quota-403', 'rate-limited', 5],
    ['gmail-mail-sending-limit', 'daily-limit', 5],
    ['gmail-daily-limit', 'daily-limit', 5],
    ['gmail-insufficient-permissions', 'permission-insufficient', 4],
    ['gmail-api-disabled', 'gmail-api-disabled', 1],
    ['gmail-mail-service-not-enabled', 'no-mailbox', 1],
    ['gmail-domain-policy', 'admin-policy', 1],
    ['gmail-invalid-to-header', 'invalid-recipient', 2],
    ['gmail-too-large-page', 'message-too-large', 2],
  ])('%s: %s', async (name, code, exitCode) => {
    google.fail(name);
    const { result, sends, messages } = await counted(() => send());
    expect(result.code).toBe(exitCode);
    expect(result.error).toMatchObject({ code, exitCode, sent: 'no' });
    expect(result.error?.hint).toContain('Nothing was sent.');
    expect({ sends, messages }).toEqual({ sends: 1, messages: 0 });
  });

  test('a rate limit with a time gives the time', async () => {
    google.fail('gmail-rate-limit-until-429');
    expect((await send()).error).toMatchObject({
      code: 'rate-limited',
      retryAt: '2099-01-01T20:00:00.000Z',
    });
  });
});

describe('an answer that is lost or says nothing leaves it open, and nothing is sent again', () => {
  test.each<[string, () => void]>([
    ['500', () => google.fail('gmail-backend-500')],
    ['502 with a page', () => google.fail('gmail-bad-gateway-page')],
    ['503', () => google.fail('gmail-backend-503')],
    ['504', () => google.fail('gmail-backend-504')],
    ['cut before', () => google.misbehave('send', { kind: 'cut', when: 'before' })],
    ['cut after', () => google.misbehave('send', { kind: 'cut', when: 'after' })],
    [
      '200 without an id',
      () => google.misbehave('send', { kind: 'answer', status: 200, body: {}, when: 'after' }),
    ],
    [
      '503 after it was sent',
      () => google.misbehave('send', { kind: 'answer', status: 503, body: {}, when: 'after' }),
    ],
  ])('%s: delivery-unknown', async (_name, misbehave) => {
    misbehave();
    const { result, sends } = await counted(() => send());
    expect(result.code).toBe(5);
    expect(result.error).toMatchObject({ code: 'delivery-unknown', exitCode: 5, sent: 'unknown' });
    expect(result.error?.hint).toContain('Sent folder');
    expect(sends).toBe(1);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s while Gmail has it: delivery-unknown',
    async (signal) => {
      google.misbehave('send', { kind: 'delay', ms: Infinity });
      const { result, sends } = await counted(async () => {
        const requests = google.requests.length;
        const running = workspace.start(['send', '--json'], { input: readFixture('plain') });
        while (!google.requests.slice(requests).some(({ point }) => point === 'send'))
          await sleep(10);
        running.child.kill(signal);
        return running.ended;
      });
      expect(result.code).toBe(5);
      expect(result.error).toMatchObject({ code: 'delivery-unknown', sent: 'unknown' });
      expect(sends).toBe(1);
    },
  );

  test('Ctrl-C while the message is read: nothing was sent, and it says no more than that', async () => {
    const { result, sends } = await counted(async () => {
      const running = workspace.start(['send', '--json'], { keepInputOpen: true });
      // More than a pipe holds: it is written when the program has begun to read it.
      const message = `To: pat@patient.example\n\n${'Hello.\n'.repeat(200_000)}`;
      await new Promise((resolve) => running.child.stdin.write(message, resolve));
      running.child.kill('SIGINT');
      return running.ended;
    });
    expect(result.code).toBe(130);
    expect(result.error).toMatchObject({ code: 'interrupted' });
    expect(sends).toBe(0);
  });

  test('Gmail out of reach: certain that nothing was sent', async () => {
    const gone = await startGoogle();
    const other = await newWorkspace(gone);
    await connectSite(other);
    await send(other);
    await gone.close();
    const run = await send(other);
    expect(run.code).toBe(5);
    expect(run.error).toMatchObject({ code: 'network', sent: 'no' });
  });
});

describe('the access token', () => {
  test('is refreshed once for many messages', async () => {
    const other = await newComputer();
    await connectSite(other);
    const { refreshes: count, messages } = await counted(async () => {
      for (let at = 0; at < 4; at += 1) expect((await send(other)).code).toBe(0);
    });
    expect({ count, messages }).toEqual({ count: 1, messages: 4 });
    const secrets = google.secrets();
    const record = JSON.stringify(await other.record());
    expect(secrets.some((secret) => record.includes(secret))).toBe(false);
  });

  test('is refreshed when it is about to end', async () => {
    const other = await newComputer();
    await connectSite(other);
    google.misbehave('token:refresh', {
      kind: 'token-response',
      change: (response) => ({ ...response, expires_in: 50 }),
    });
    const { refreshes: count } = await counted(async () => {
      await send(other);
      await send(other);
    });
    expect(count).toBe(2);
  });

  test('of an earlier connection does not count for a new one', async () => {
    const other = await newComputer();
    await connectSite(other);
    await send(other);
    const again = await other.runWithPerson(['sign-in', '--reauthenticate', '--json', '--yes'], {
      account: ACCOUNT,
    });
    expect(again.run.code).toBe(0);
    const { refreshes: count } = await counted(() => send(other));
    expect(count).toBe(1);
  });

  test('that can’t be read is replaced', async () => {
    const other = await newComputer();
    await connectSite(other);
    await send(other);
    const vault = openVault({
      folder: dirname(String((await other.secretFiles())[0])),
      passphrase: async () => other.env.WRITEUPP_MAIL_PASSPHRASE,
    });
    await vault.set(SITE, 'google-access-token', 'from another version');
    await vault.close();
    expect(await counted(() => send(other))).toMatchObject({ refreshes: 1, messages: 1 });
  });

  test('that Gmail no longer takes (401) is refreshed once, and the message is sent once', async () => {
    await send();
    google.fail('gmail-invalid-credentials', { times: 1 });
    const once = await counted(() => send());
    expect(once.result.code).toBe(0);
    expect({ ...once, result: null }).toEqual({
      result: null,
      sends: 2,
      refreshes: 1,
      messages: 1,
    });
    google.fail('gmail-invalid-credentials');
    const ever = await counted(() => send());
    expect(ever.result.code).toBe(4);
    expect(ever.result.error).toMatchObject({ code: 'sign-in-needed', sent: 'no' });
    expect(ever.result.error?.hint).toContain(`connect ${ACCOUNT} again`);
    expect({ ...ever, result: null }).toEqual({
      result: null,
      sends: 2,
      refreshes: 1,
      messages: 0,
    });
  });

  test('can’t be had where the permission was ended: nothing is sent', async () => {
    const other = await newComputer();
    await connectSite(other);
    google.fail('invalid_grant-revoked');
    const { result, sends } = await counted(() => send(other));
    expect(result.code).toBe(4);
    expect(result.error).toMatchObject({ code: 'sign-in-needed' });
    expect(sends).toBe(0);
  });
});

test('no output holds a secret', async () => {
  const run = await workspace.run(['send', '--verbose'], { input: readFixture('plain') });
  google.fail('gmail-backend-500');
  const failed = await workspace.run(['send', '--verbose'], { input: readFixture('plain') });
  const said = run.stdout + run.stderr + failed.stdout + failed.stderr;
  expect(google.secrets().filter((secret) => said.includes(secret))).toEqual([]);
  expect(said).not.toContain('we look forward');
});

test('goes out while another run holds the site, and leaves the record alone', async () => {
  const before = await workspace.record();
  const holder = workspace.start(['sign-in', '--reauthenticate', '--json', '--yes']);
  await workspace.nextUrl();
  const run = await send();
  holder.child.kill('SIGINT');
  await holder.ended;
  expect(run.code).toBe(0);
  expect(run.stderr).not.toContain('Waiting for "writeupp-mail sign-in"');
  expect(await workspace.record()).toEqual(before);
});

test('a site of another Google account or issuer is not sent through', async () => {
  const elsewhere = await startGoogle();
  const run = await workspace.run(['send', '--site', SITE, '--json'], {
    input: readFixture('plain'),
    env: { WRITEUPP_MAIL_GOOGLE_URL: elsewhere.url },
  });
  expect(run.code).toBe(4);
  expect(run.error).toMatchObject({ code: 'sign-in-needed', reason: 'not-connected' });
  expect(elsewhere.messages).toHaveLength(0);
  await elsewhere.close();
});
