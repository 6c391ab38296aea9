/** The program while it waits for the browser: strays, time-outs, Ctrl-C, pasted answers, and who waits for it. */

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import type { PreparedWorkspace } from '../support/prepared.js';
import type { RunningProgram } from '../support/program.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SITE } from '../support/workspace.js';

const UNTOUCHED = 'Your SMTP settings are untouched.';

const { google, prepared } = useStandIn();

interface Waiting {
  readonly workspace: PreparedWorkspace;
  readonly running: RunningProgram;
  /** The address that was handed to the browser. */
  readonly url: string;
  readonly redirect: URL;
  readonly state: string;
}

async function waitingFor(args: readonly string[]): Promise<Waiting> {
  const workspace = await prepared.at('smtp');
  const running = workspace.start(args);
  const url = await workspace.nextUrl();
  const { searchParams } = new URL(url);
  const redirect = new URL(searchParams.get('redirect_uri') ?? '');
  return { workspace, running, url, redirect, state: searchParams.get('state') ?? '' };
}

describe('a stray request', () => {
  test('gets a 4xx, changes nothing, and the sign-in goes on', async () => {
    const { running, url, redirect, state } = await waitingFor(['sign-in', '--json']);
    const iss = encodeURIComponent(google.url);
    const strays: [what: string, stray: Stray][] = [
      ['another path', { path: '/' }],
      ['a path below', { path: `/oauth2callback/x?state=${state}&code=x&iss=${iss}` }],
      ['the last page, too early', { path: '/finished' }],
      [
        'another method',
        { method: 'POST', path: `/oauth2callback?state=${state}&code=x&iss=${iss}` },
      ],
      [
        'a HEAD request',
        { method: 'HEAD', path: `/oauth2callback?state=${state}&code=x&iss=${iss}` },
      ],
      [
        'another Host',
        {
          host: `evil.example:${redirect.port}`,
          path: `/oauth2callback?state=${state}&code=x&iss=${iss}`,
        },
      ],
      [
        'localhost',
        {
          host: `localhost:${redirect.port}`,
          path: `/oauth2callback?state=${state}&code=x&iss=${iss}`,
        },
      ],
      ['no state', { path: `/oauth2callback?code=x&iss=${iss}` }],
      ['another state', { path: `/oauth2callback?state=another&code=x&iss=${iss}` }],
      [
        'an error with another state',
        { path: `/oauth2callback?state=another&error=access_denied&iss=${iss}` },
      ],
      [
        'another iss',
        { path: `/oauth2callback?state=${state}&code=x&iss=https%3A%2F%2Fevil.example` },
      ],
      ['no iss, though it is promised', { path: `/oauth2callback?state=${state}&code=x` }],
      ['a Cancel without iss', { path: `/oauth2callback?state=${state}&error=access_denied` }],
      ['no code', { path: `/oauth2callback?state=${state}&iss=${iss}` }],
    ];
    for (const [what, stray] of strays) {
      const status = await statusOf(redirect.port, stray);
      expect([what, status >= 400 && status < 500]).toEqual([what, true]);
    }
    await playPerson(url, { account: ACCOUNT });
    expect(await running.ended).toMatchObject({ code: 0, result: { gmail: { email: ACCOUNT } } });
  });

  test('a replay of the answer is one', async () => {
    const { running, url, redirect, state } = await waitingFor(['sign-in', '--json']);
    const before = google.requests.length;
    google.misbehave('token:code', { kind: 'delay', ms: 1_500 }, { times: 1 });
    const page = playPerson(url, { account: ACCOUNT });
    const isExchange = ({ point }: { readonly point?: unknown }) => point === 'token:code';
    await until(() => google.requests.slice(before).some(isExchange));
    const iss = encodeURIComponent(google.url);
    const path = `/oauth2callback?state=${state}&code=x&iss=${iss}`;
    expect(await statusOf(redirect.port, { path })).toBe(400);
    expect((await page).html).toContain(`You are signed in as ${ACCOUNT}`);
    expect((await running.ended).code).toBe(0);
  });

  test('from another address finds nobody listening', async () => {
    const { running, redirect } = await waitingFor(['sign-in', '--json']);
    const port = Number(redirect.port);
    expect(await canConnect('127.0.0.1', port)).toBe(true);
    for (const host of ['127.0.0.2', '::1']) expect(await canConnect(host, port)).toBe(false);
    running.child.kill('SIGINT');
    await running.ended;
  });
});

describe('Ctrl-C', () => {
  test.each([
    ['sign-in', ['sign-in', '--json']],
    ['migrate', ['migrate', '--yes', '--json']],
  ])('ends %s with 130, and the SMTP settings are untouched', async (_name, args) => {
    const { workspace, running } = await waitingFor(args);
    running.child.kill('SIGINT');
    const run = await running.ended;
    expect(run).toMatchObject({ code: 130, error: { code: 'interrupted', exitCode: 130 } });
    expect(run.error?.hint).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({
      smtp: { password: { slot: 'a' } },
      gmail: null,
    });
    expect(await workspace.secretSlots()).toEqual(['smtp-password']);
  });

  test('says so to people as well', async () => {
    const { running } = await waitingFor(['migrate', '--yes']);
    running.child.kill('SIGINT');
    const run = await running.ended;
    expect(run.code).toBe(130);
    expect(run.stderr).toContain(UNTOUCHED);
    expect(run.stdout).toContain('(stopped)');
  });
});

describe('--timeout', () => {
  test('ends a sign-in that nobody finishes, with exit code 4', async () => {
    const { workspace, running, url } = await waitingFor(['sign-in', '--json', '--timeout', '2']);
    await playPerson(url, { account: ACCOUNT, decision: 'close' });
    const run = await running.ended;
    expect(run).toMatchObject({ code: 4, error: { code: 'sign-in-timeout', exitCode: 4 } });
    expect(run.error?.message).toContain('2 seconds');
    expect(run.error?.hint).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({ gmail: null });
  });

  test.each(['0', '-1', 'soon', '86401', '1.5'])('of %s is wrong usage', async (value) => {
    const workspace = await prepared.at('smtp');
    const run = await workspace.run(['sign-in', '--json', `--timeout=${value}`]);
    expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(run.error?.message).toContain('--timeout');
  });
});

describe('--no-browser', () => {
  test('with --json gives the address as an event, and the listener still answers', async () => {
    const workspace = await prepared.at('smtp');
    const running = workspace.start(['sign-in', '--json', '--no-browser']);
    const url = await urlIn(running);
    await playPerson(url, { account: ACCOUNT });
    const run = await running.ended;
    expect(run.code).toBe(0);
    expect(run.events).toEqual([
      { event: 'sign-in-url', url },
      expect.objectContaining({ event: 'result', ok: true }),
    ]);
  });

  test('takes the whole address that the browser ended on', async () => {
    const { running, url } = await pasting();
    running.child.stdin.write(`${await answerTo(url)}\n`);
    const run = await running.ended;
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Connected: ${ACCOUNT}`),
    });
    expect(run.stderr).toContain('paste it here');
  });

  test('takes the code alone', async () => {
    const { running, url } = await pasting();
    const code = new URL(await answerTo(url)).searchParams.get('code');
    running.child.stdin.write(`${code}\n`);
    expect((await running.ended).code).toBe(0);
  });

  test('takes a code that Google does not know for a slip, and then the right address', async () => {
    const { running, url } = await pasting();
    const answer = await answerTo(url);
    running.child.stdin.write('4/0AbCdEfGhIjKlMnOp\n');
    await until(() => running.output().stderr.includes('Google does not know this code'));
    running.child.stdin.write(`${answer}\n`);
    expect((await running.ended).code).toBe(0);
  });

  test('explains a wrong paste, takes another, and the end of the input is no answer', async () => {
    const { running, url } = await pasting();
    const answer = await answerTo(url);
    running.child.stdin.write('it says that it is done\n');
    running.child.stdin.write(`${answer.replace(/state=[^&]+/, 'state=another')}\n`);
    running.child.stdin.write('https://accounts.google.com/signin?x=1\n');
    await until(() => running.output().stderr.includes('Google’s own page'));
    running.child.stdin.end();
    await fetch(answer);
    const run = await running.ended;
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('neither the address nor the code');
    expect(run.stderr).toContain('belongs to another sign-in');
  });

  async function pasting(): Promise<{ running: RunningProgram; url: string }> {
    const workspace = await prepared.at('smtp');
    const running = workspace.start(['sign-in', '--no-browser'], { keepInputOpen: true });
    return { running, url: await urlIn(running) };
  }
});

test('a second run waits 15 seconds for the first, then names it and gives up with 5', async () => {
  const { workspace, running } = await waitingFor(['sign-in', '--json']);
  const started = Date.now();
  const run = await workspace.run(['revert-smtp', '--yes', '--json']);
  expect(Date.now() - started).toBeGreaterThan(14_500);
  expect(run).toMatchObject({ code: 5, error: { code: 'site-busy', exitCode: 5 } });
  expect(run.error?.message).toContain('writeupp-mail sign-in');
  expect(run.error?.message).toContain(String(running.child.pid));
  expect(run.stderr).toContain('Waiting for');
  // Reading needs no lock.
  expect((await workspace.run(['status', '--json'])).result).toMatchObject({ site: SITE });
  running.child.kill('SIGINT');
  await running.ended;
  expect((await workspace.run(['revert-smtp', '--yes', '--json'])).code).toBe(0);
});

interface Stray {
  readonly path: string;
  readonly method?: string;
  readonly host?: string;
}

function statusOf(port: string, { path, method = 'GET', host }: Stray): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: host ?? `127.0.0.1:${port}` };
    httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** The address of the sign-in, from what the program printed. */
async function urlIn(running: RunningProgram): Promise<string> {
  const pattern = new RegExp(`${google.url}/o/oauth2/v2/auth[^\\s"]+`);
  const find = () => {
    const { stdout, stderr } = running.output();
    return pattern.exec(stdout + stderr)?.[0];
  };
  await until(() => find() !== undefined);
  return find() ?? '';
}

/** Where the person's browser ends: the program's address, which is not opened. */
async function answerTo(url: string): Promise<string> {
  return (await playPerson(url, { account: ACCOUNT, onAnotherComputer: true })).finalUrl;
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 800; tries += 1) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not happen within 20 seconds');
}
