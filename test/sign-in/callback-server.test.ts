/** The listener alone: what it takes, how often, what it shows, and that it is gone in the end. */

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Arrival,
  type CallbackServer,
  startCallbackServer,
} from '../../src/sign-in/callback-server.js';

const ISSUER = 'https://issuer.example';
const GOOGLE = 'https://google.example/auth?state=the-state';

let server: CallbackServer;

beforeEach(async () => {
  server = await startCallbackServer();
  server.serve({
    authorizationUrl: GOOGLE,
    usedPage: { html: 'used' },
    expected: { state: 'the-state', issuer: ISSUER, promisesIss: true },
  });
});
afterEach(() => server.close());

const redirect = (fields: Record<string, string>) =>
  new URLSearchParams({ state: 'the-state', iss: ISSUER, ...fields });
/** A browser that waits for its page; for ever, if the listener took what it should not have taken. */
const bring = (fields: Record<string, string>) =>
  fetch(`${server.redirectUri}?${redirect(fields)}`, { signal: AbortSignal.timeout(20_000) });
const get = (address: string) => fetch(address, { redirect: 'manual' });

async function next(): Promise<Arrival> {
  const nothing = sleep(20_000, null, { ref: false });
  const arrival = await Promise.race([server.arrivals.first(), nothing]);
  if (arrival === null) throw new Error('nothing was taken');
  server.arrivals.drop();
  return arrival;
}

describe('a code', () => {
  test('is taken once, and its browser gets the page at an address without it', async () => {
    const browser = bring({ code: 'one' });
    const arrival = await next();
    expect(arrival).toMatchObject({ answer: { kind: 'code', code: 'one' }, isPasted: false });
    expect((await bring({ code: 'one' })).status).toBe(400);
    expect((await bring({ code: 'two' })).status).toBe(400);
    expect(server.submit(redirect({ code: 'three' }))).toBe('wrong-state');
    await Promise.all([
      arrival.show({ html: 'the page' }),
      arrival.show({ html: 'not this one' }),
      browser,
    ]);
    const shown = await browser;
    expect(await shown.text()).toBe('the page');
    expect(new URL(shown.url).search).toBe('');
  });

  test('that was pasted burns the state as well, until it turns out to be none', async () => {
    server.submitCode('pasted');
    expect(await next()).toMatchObject({ answer: { code: 'pasted' }, isPasted: true });
    expect((await bring({ code: 'one' })).status).toBe(400);
    server.submitCode('another');
    server.reopen();
    const browser = bring({ code: 'two' });
    const arrival = await next();
    expect(arrival.answer).toMatchObject({ code: 'two' });
    await arrival.show({ html: '' });
    expect((await browser).status).toBe(200);
  });
});

describe('a refusal', () => {
  test('does not burn the state: a code after it is taken', async () => {
    for (const error of ['access_denied', 'server_error']) {
      const browser = bring({ error });
      const arrival = await next();
      expect(arrival.answer).toMatchObject({ kind: 'error', error });
      await arrival.show({ html: error });
      expect(await (await browser).text()).toBe(error);
    }
    expect(server.submit(redirect({ code: 'one' }))).toBe('accepted');
    expect((await next()).answer).toMatchObject({ code: 'one' });
  });

  test('that comes before anybody looks is not lost', async () => {
    const browsers = [bring({ error: 'access_denied' }), bring({ code: 'one' })];
    const kinds = [(await next()).answer.kind, (await next()).answer.kind];
    expect(kinds.sort()).toEqual(['code', 'error']);
    server.close();
    await Promise.allSettled(browsers);
  });
});

describe('a request with Host lines', () => {
  /** As it stands, since clients write one line. */
  const ask = async (...hosts: string[]) => {
    const { port, hostname, pathname } = new URL(server.oneTimeAddress);
    const socket = connect(Number(port), hostname);
    const lines = hosts.map((host) => `Host: ${host}\r\n`).join('');
    socket.end(`GET ${pathname} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
    const [, status] = /^HTTP\/1.1 (\d+)/.exec(await text(socket)) ?? [];
    return Number(status);
  };

  test('that name another, several or none is a stray one, and uses nothing up', async () => {
    const { host } = new URL(server.oneTimeAddress);
    const strays = [
      ['evil.example'],
      [host, 'evil.example'],
      ['evil.example', host],
      [host, host],
      [],
    ];
    for (const hosts of strays) expect([hosts, await ask(...hosts)]).toEqual([hosts, 400]);
    expect(await ask(host)).toBe(303);
  });
});

describe('the one-time address', () => {
  test('leads on once, whoever asks first', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(server.oneTimeAddress)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([303, ...Array.from({ length: 19 }, () => 410)]);
    const leading = answers.find(({ status }) => status === 303);
    expect(leading?.headers.get('location')).toBe(GOOGLE);
  });

  test.each([
    ['Sec-Purpose', 'prefetch'],
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Purpose', 'prefetch'],
    ['X-Purpose', 'preview'],
    ['X-Moz', 'prefetch'],
  ])('is not used up by a browser that looks ahead (%s: %s)', async (name, value) => {
    const ahead = await fetch(server.oneTimeAddress, { headers: { [name]: value } });
    expect(ahead.status).toBe(503);
    expect((await get(server.oneTimeAddress)).status).toBe(303);
  });

  test('is another for each sign-in, and leads nowhere before there is a request', async () => {
    const other = await startCallbackServer();
    try {
      expect(new URL(other.oneTimeAddress).pathname).not.toBe(
        new URL(server.oneTimeAddress).pathname,
      );
      expect((await get(other.oneTimeAddress)).status).toBe(404);
      const elsewhere = new URL(server.oneTimeAddress).pathname;
      expect((await get(new URL(elsewhere, other.oneTimeAddress).href)).status).toBe(404);
    } finally {
      other.close();
    }
  });
});

test('once it is closed nobody is listening, though a browser keeps its connection', async () => {
  const browser = bring({ code: 'one' });
  const arrival = await next();
  await arrival.show({ html: '' });
  await browser;
  server.close();
  await expect(get(server.oneTimeAddress)).rejects.toMatchObject({
    cause: { code: 'ECONNREFUSED' },
  });
});
