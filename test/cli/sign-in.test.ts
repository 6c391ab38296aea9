/** `sign-in`, run as a process: who gets connected, who is refused, and what is left afterwards. */

import { describe, expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import type { TamperName } from '../stand-in/tampers.js';
import type { LooseRecord, PreparedWorkspace } from '../support/prepared.js';
import { isOnBackend, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';

const UNTOUCHED = 'Your SMTP settings are untouched.';

const { google, prepared } = useStandIn();

const requestsAt = (point: string) => google.requests.filter((one) => one.point === point).length;

describe('a first sign-in', () => {
  test('connects the account, says so on the page and in the terminal', async () => {
    const workspace = await prepared.at('smtp');
    const { run, page } = await workspace.runWithPerson(['sign-in'], { account: ACCOUNT });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(`✓ Connected: ${ACCOUNT}.`);
    expect(run.stdout).toContain('will go out through this account once the switch is finished');
    expect(run.stdout).toContain('SMTP settings take precedence');
    expect(page.html).toContain(`You are signed in as ${ACCOUNT}`);
    expect(page.html).toContain('Not finished yet: go back to the window');
    expect(page.html).toContain('Harbour Physio: email from WriteUpp');
    expect(page.html).not.toContain('✓');
    expect(page.html).toContain('once the switch is finished');
    expect(page.html).toContain('not the real Google');
    expect(new URL(page.finalUrl).search).toBe('');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await workspace.record()).toMatchObject({
      smtp: { password: expect.anything() },
      gmail: { email: ACCOUNT, issuer: google.url, tokenSlot: 'a', test: null },
    });
  });

  test('with --json gives one result', async () => {
    const workspace = await prepared.at('smtp');
    const { run } = await workspace.runWithPerson(['sign-in', '--json'], { account: ACCOUNT });
    expect(run.events).toEqual([
      expect.objectContaining({
        event: 'result',
        ok: true,
        site: SITE,
        signedIn: true,
        pathway: 'smtp',
        gmail: expect.objectContaining({ email: ACCOUNT, testedAt: null, method: 'oauth' }),
      }),
    ]);
  });

  test('asks Google for exactly what it needs', async () => {
    const workspace = await prepared.at('smtp');
    const running = workspace.start(['sign-in', '--json']);
    const url = new URL(await workspace.nextUrl());
    running.child.kill('SIGINT');
    expect(url.origin + url.pathname).toBe(`${google.url}/o/oauth2/v2/auth`);
    const random = expect.stringMatching(/^[\w-]{43}$/);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: google.clientFile().installed.client_id,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d{4,5}\/oauth2callback$/),
      response_type: 'code',
      scope: 'openid email https://www.googleapis.com/auth/gmail.send',
      state: random,
      nonce: random,
      code_challenge: random,
      code_challenge_method: 'S256',
      access_type: 'offline',
      prompt: 'consent',
      login_hint: ACCOUNT,
    });
    await running.ended;
  });

  test('says of a site without SMTP settings what is left: a step in WriteUpp itself', async () => {
    const workspace = await withoutSmtp();
    const { page } = await workspace.runWithPerson(['sign-in', '--yes', '--account', LOGIN], {
      account: LOGIN,
    });
    // With a backend, the switch here is the switch.
    const words = 'That includes a step in WriteUpp itself, which the window names.';
    expect(page.html.includes(words)).toBe(!isOnBackend);
    expect(page.html).toContain(
      '<h1>Not finished yet: go back to the window where you started</h1>',
    );
    expect(page.html).not.toMatch(/SMTP/);
  });

  test.each([
    ['--json', []],
    ['--yes', []],
    ['no terminal', []],
    ['--no-browser', ['--no-browser', '--json']],
  ])('needs an account where none is expected and nobody can be asked: %s', async (flag, more) => {
    const workspace = await withoutSmtp();
    const before = google.requests.length;
    const args = ['sign-in', ...(flag.startsWith('--') ? [flag] : []), ...more];
    const run = await workspace.run(args);
    expect(run.code).toBe(2);
    expect(run.stdout + run.stderr).toContain('--account');
    expect(google.requests).toHaveLength(before);
    await expect(workspace.record()).resolves.toMatchObject({ gmail: null });
  });

  async function withoutSmtp(): Promise<PreparedWorkspace> {
    const workspace = await prepared.at('empty');
    const args = [SITE, '--organisation', 'Harbour Physio', '--login', LOGIN];
    expect((await workspace.addSiteBy(args)).code).toBe(0);
    return workspace;
  }
});

describe('the address that the browser is started with', () => {
  test('leads to Google once, holds nothing of the request, and says so when it is opened again', async () => {
    const workspace = await prepared.at('smtp');
    const running = workspace.start(['sign-in', '--json']);
    const start = await workspace.nextStart();
    expect(start).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]{22}$/);
    const open = () => fetch(start, { redirect: 'manual' });
    expect((await fetch(`${start.slice(0, -1)}_`)).status).toBe(404);
    expect((await fetch(start, { method: 'HEAD' })).status).toBe(405);

    const first = await open();
    expect(first.status).toBe(303);
    const url = first.headers.get('location') ?? '';
    expect(url).toMatch(`${google.url}/o/oauth2/v2/auth?`);
    for (const again of [await open(), await open()]) {
      expect(again.status).toBe(410);
      expect(again.headers.get('location')).toBeNull();
      const page = await again.text();
      expect(page).toContain('This address was opened already');
      expect(page).toContain('run the same command again');
    }
    for (const { headers } of [first, await open()]) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    }
    await playPerson(url, { account: ACCOUNT });
    expect((await running.ended).result).toMatchObject({ ok: true, gmail: { email: ACCOUNT } });
  });
});

describe('a site that is connected', () => {
  test('is not signed in again while the connection works', async () => {
    const workspace = await prepared.at('connected');
    const before: LooseRecord = await workspace.record();
    const run = await workspace.run(['sign-in', '--json']);
    expect(run).toMatchObject({ code: 0, result: { signedIn: false, gmail: { email: ACCOUNT } } });
    const { tokenSlot, connectedAt } = before.gmail;
    expect(await workspace.record()).toMatchObject({ gmail: { tokenSlot, connectedAt } });
    const human = await workspace.run(['sign-in']);
    expect(human.stdout).toContain('is connected already');
  });

  test('with --reauthenticate gets a new token in the other slot, and the old one goes', async () => {
    const workspace = await prepared.at('connected');
    const { run } = await workspace.runWithPerson(['sign-in', '--reauthenticate', '--json'], {
      account: ACCOUNT,
    });
    expect(run).toMatchObject({ code: 0, result: { signedIn: true } });
    expect(await workspace.record()).toMatchObject({ gmail: { tokenSlot: 'b' } });
    expect(await workspace.secretSlots()).toEqual(['google-token-b', 'smtp-password']);
    expect((await workspace.run(['test-connection', '--json'])).code).toBe(0);
  });

  test('keeps its connection where a new sign-in is cancelled', async () => {
    const workspace = await prepared.at('connected');
    const before = await workspace.record();
    const { run } = await workspace.runWithPerson(['sign-in', '--reauthenticate', '--json'], {
      account: ACCOUNT,
      decision: 'cancel',
    });
    expect(run).toMatchObject({ code: 3, error: { code: 'consent-denied' } });
    expect(await workspace.record()).toEqual(before);
    expect(await workspace.secretSlots()).toEqual(['google-token-a', 'smtp-password']);
  });
});

describe('refused, with nothing kept:', () => {
  test.each([['--yes'], ['--json']])('another account, with %s', async (flag) => {
    const workspace = await prepared.at('smtp');
    const { run, page } = await workspace.runWithPerson(['sign-in', flag], { account: LOGIN });
    expect(run.code).toBe(1);
    if (flag === '--json') expect(run.error).toMatchObject({ code: 'account-mismatch' });
    expect(run.stdout + run.stderr).toContain(UNTOUCHED);
    expect(run.stdout + run.stderr).toContain(`${ACCOUNT} was expected`);
    expect(page.html).toContain(LOGIN);
    await expectNothingKept(workspace);
    // Dropped, and not revoked: that could cut off another computer.
    expect(requestsAt('revoke')).toBe(0);
  });

  test('the box for sending left unticked', async () => {
    const workspace = await prepared.at('smtp');
    const { run, page } = await workspace.runWithPerson(['sign-in', '--json'], {
      account: ACCOUNT,
      tickSend: false,
    });
    expect(run).toMatchObject({ code: 4, error: { code: 'permission-not-granted' } });
    expect(run.error?.hint).toContain('tick the box');
    expect(page.html).toContain('not ticked');
    await expectNothingKept(workspace);
  });

  test.each<[TamperName, code: string, exitCode: number]>([
    ['no-refresh-token', 'no-refresh-token', 4],
    ['scope-without-send', 'permission-not-granted', 4],
    ['no-id-token', 'invalid-id-token', 1],
    ['id-token-wrong-nonce', 'invalid-id-token', 1],
    ['id-token-no-nonce', 'invalid-id-token', 1],
    ['id-token-wrong-audience', 'invalid-id-token', 1],
    ['id-token-wrong-issuer', 'invalid-id-token', 1],
    ['id-token-expired', 'invalid-id-token', 1],
    ['id-token-email-not-verified', 'invalid-id-token', 1],
    ['id-token-no-email', 'invalid-id-token', 1],
    ['id-token-bad-signature', 'invalid-id-token', 1],
  ])('an answer of Google with %s', async (tamper, code, exitCode) => {
    const workspace = await prepared.at('smtp');
    google.tamper(tamper, { times: 1 });
    const { run, page } = await workspace.runWithPerson(['sign-in', '--json'], {
      account: ACCOUNT,
    });
    expect(run).toMatchObject({ code: exitCode, error: { code, exitCode } });
    expect(run.error?.hint).toContain(UNTOUCHED);
    expect(page.html).toContain('✕ Not done');
    await expectNothingKept(workspace);
  });

  test('a code that Google is too busy to exchange, asked once and never again', async () => {
    const workspace = await prepared.at('smtp');
    const before = requestsAt('token:code');
    google.misbehave('token:code', { kind: 'answer', status: 503, body: '<h1>Busy</h1>' });
    const { run } = await workspace.runWithPerson(['sign-in', '--json'], { account: ACCOUNT });
    expect(run).toMatchObject({ code: 5, error: { code: 'google-unavailable' } });
    expect(requestsAt('token:code')).toBe(before + 1);
    await expectNothingKept(workspace);
  });

  test('a code whose exchange was cut off, asked once and never again', async () => {
    const workspace = await prepared.at('smtp');
    const before = requestsAt('token:code');
    google.misbehave('token:code', { kind: 'cut', when: 'after' });
    const { run } = await workspace.runWithPerson(['sign-in', '--json'], { account: ACCOUNT });
    expect(run.code).toBe(5);
    expect(requestsAt('token:code')).toBe(before + 1);
    await expectNothingKept(workspace);
  });
});

test('--account names the right account, whatever the SMTP user is', async () => {
  const workspace = await prepared.at('smtp');
  const args = ['sign-in', '--json', '--account', LOGIN.toUpperCase()];
  const { run } = await workspace.runWithPerson(args, { account: LOGIN });
  expect(run).toMatchObject({ code: 0, result: { gmail: { email: LOGIN } } });
});

async function expectNothingKept(workspace: PreparedWorkspace): Promise<void> {
  expect(await workspace.record()).toMatchObject({
    gmail: null,
    smtp: { password: expect.anything() },
  });
  expect(await workspace.secretSlots()).toEqual(['smtp-password']);
}
