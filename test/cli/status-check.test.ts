/** `status --check`, run as a process: each way email can leave, tried live. */

import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { editRecord, type LooseRecord } from '../support/prepared.js';
import { unlessOnBackend, useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, SITE, SMTP_PASSWORD } from '../support/workspace.js';

const CHECK = ['status', '--check', '--json'];

const { google, workspace } = useComputer();
const withPassword = unlessOnBackend('it gives nobody the SMTP password');

/** A mail server on loopback that takes one password, or refuses each login with a reply of the test's. */
async function startSmtp(reply?: { code: number; text: string }): Promise<SMTPServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) => {
      if (reply === undefined && password === SMTP_PASSWORD) return done(null, { user: 'x' });
      const { code, text } = reply ?? { code: 535, text: '5.7.8 Authentication failed' };
      done(Object.assign(new Error(text), { responseCode: code }));
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return server;
}

function portOf(server: SMTPServer): string {
  return String((server.server.address() as AddressInfo).port);
}

const closed = (server: SMTPServer) =>
  new Promise<void>((resolve) => server.close(() => resolve()));

/** Points the site's SMTP settings at a server on this computer. */
async function useSmtp(port: string, security = 'none'): Promise<void> {
  await workspace.addSite(SITE, '--smtp-port', port, '--smtp-security', security);
  await editRecord(workspace, local);
}

/** The server that a record names is the one that runs here. */
function local({ smtp }: LooseRecord): void {
  smtp.host = '127.0.0.1';
}

async function connectByGmail(): Promise<void> {
  await workspace.addSiteBy([SITE, '--login', ACCOUNT, '--json']);
  const { run } = await workspace.runWithPerson(['sign-in', '--account', ACCOUNT, '--json'], {
    account: ACCOUNT,
  });
  expect(run.code).toBe(0);
}

withPassword.describe('status --check by SMTP', () => {
  test('exits 0 when the server accepts the stored login', async () => {
    const server = await startSmtp();
    await useSmtp(portOf(server));
    const run = await workspace.run(CHECK);
    expect(run.code).toBe(0);
    expect(run.result).toMatchObject({
      pathway: 'smtp',
      checks: { smtp: { ok: true, proof: 'log-in-accepted' }, gmail: null, writeupp: null },
    });
    await closed(server);
  });

  // support.google.com/a/answer/3726730 and Microsoft's announcement, word for word.
  test.each([
    [
      534,
      '5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor gsmtp',
      '2-Step Verification',
    ],
    [
      534,
      '5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsbv> Please log in via your web browser and then try again. gsmtp',
      'web page',
    ],
    [
      535,
      '5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials gsmtp',
      'refused the stored SMTP user name or password',
    ],
    [550, '5.7.30 Basic authentication is not supported for Client Submission.', 'Microsoft'],
    [535, '5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled', 'Microsoft'],
  ])('explains %i %s', async (code, text, words) => {
    const server = await startSmtp({ code, text });
    await useSmtp(portOf(server));
    const run = await workspace.run(CHECK);
    expect(run.code).toBe(1);
    expect(run.error).toMatchObject({ code: 'smtp-refused', site: SITE, exitCode: 1 });
    expect(run.error?.message).toContain(words);
    expect(run.error?.hint).toContain('writeupp-mail migrate');
    expect(run.error?.hint).not.toContain('AKgnsbv');
    expect(run.stdout + run.stderr).not.toContain(SMTP_PASSWORD);
    await closed(server);
  });

  test('a server that asks to wait, or is not there, is temporary', async () => {
    const server = await startSmtp({ code: 454, text: '4.7.0 Too many login attempts' });
    await useSmtp(portOf(server));
    expect(await workspace.run(CHECK)).toMatchObject({ code: 5, error: { code: 'network' } });
    await closed(server);
    const gone = await workspace.run(CHECK);
    expect(gone).toMatchObject({ code: 5, error: { code: 'network' } });
    expect(gone.error?.message).toContain('accepts no connection');
  });

  test('a server without the protection that the settings ask for never gets the password', async () => {
    const server = await startSmtp();
    await useSmtp(portOf(server), 'starttls');
    const run = await workspace.run(CHECK);
    expect(run).toMatchObject({ code: 5, error: { code: 'network' } });
    expect(run.error?.hint).toContain('The password was not sent.');
    await closed(server);
  });

  test('says that nothing is proven where the server asks for no login', async () => {
    const server = await startSmtp();
    await useSmtp(portOf(server));
    await editRecord(workspace, ({ smtp }) => {
      Object.assign(smtp, { user: null, from: ACCOUNT, password: null });
    });
    const run = await workspace.run(['status', '--check']);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('does not prove that it takes email');
    await closed(server);
  });
});

describe('status --check by Gmail', () => {
  test('exits 0 when Google accepts the connection, and records that it was used', async () => {
    await connectByGmail();
    const old = '2026-01-01T00:00:00.000Z';
    await editRecord(workspace, ({ gmail }) => {
      gmail.usedAt = old;
    });
    const run = await workspace.run(CHECK);
    expect(run).toMatchObject({ code: 0, result: { checks: { gmail: { ok: true } } } });
    const { gmail } = (await workspace.record()) as { gmail: { usedAt: string } };
    expect(Date.parse(gmail.usedAt)).toBeGreaterThan(Date.parse(old));
    expect(google.messages).toHaveLength(0);
  });

  test('exits 4 with the likeliest cause, and remembers the refusal once', async () => {
    await connectByGmail();
    google.invalidate(ACCOUNT);
    for (let night = 0; night < 2; night += 1) {
      const run = await workspace.run(CHECK);
      expect(run).toMatchObject({ code: 4, error: { code: 'sign-in-needed', site: SITE } });
      expect(run.error?.hint).toContain('writeupp-mail sign-in');
    }
    expect(await workspace.record()).toMatchObject({
      gmail: { refusals: [{ reason: 'password-changed-or-revoked' }] },
    });
    const after = await workspace.run(['status', '--json']);
    expect(after.result?.attention).toMatchObject([
      { code: 'connection-refused' },
      { code: 'not-tested' },
    ]);
  });

  test('warns ahead where Google named the end of the permission', async () => {
    google.misbehave('token:code', {
      kind: 'token-response',
      change: (response) => ({ ...response, refresh_token_expires_in: 86_400 }),
    });
    await connectByGmail();
    const run = await workspace.run(CHECK);
    expect(run.result?.attention).toContainEqual(expect.objectContaining({ code: 'testing-mode' }));
  });
});

test('exits 2 where the pathway is a WriteUpp mail server that this computer does not know', async () => {
  await workspace.addSiteBy([SITE, '--login', ACCOUNT, '--json']);
  expect(await workspace.run(CHECK)).toMatchObject({ code: 2, error: { code: 'no-mail-server' } });
});

withPassword.test(
  '--all gives one line a site, the failures last, and the exit code of the most urgent',
  async () => {
    const server = await startSmtp();
    await connectByGmail();
    google.invalidate(ACCOUNT);
    await workspace.addSite('a-down', '--smtp-port', '1');
    await workspace.addSite('b-works', '--smtp-port', portOf(server), '--smtp-security', 'none');
    for (const name of ['a-down', 'b-works']) await editRecord(workspace, local, name);
    const run = await workspace.run([...CHECK, '--all']);
    expect(run.code).toBe(4);
    expect(run.events.map(({ event, site, code }) => [event, site, code])).toEqual([
      ['result', 'b-works', undefined],
      ['error', 'a-down', 'network'],
      ['error', SITE, 'sign-in-needed'],
    ]);
    await closed(server);
  },
);
