/** The listener of a sign-in under attack by programs and pages on the same computer. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import type { RunningProgram } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT } from '../support/workspace.js';
import { attack, besiege, exchange, type Reply, type Tally } from './attack.js';
import { HOSTILE_REQUESTS, type Target } from './hostile-requests.js';
import { listeningAt, residentMiB } from './process-facts.js';

/** 127.0.0.1 as /proc/net/tcp writes it. */
const LOOPBACK = '0100007F';
const IS_WHOLE = process.env.TEST_ALL === '1';
/** Times that each kind of request is sent, after the first 20. */
const ROUNDS = IS_WHOLE ? 105 : 10;
const REQUESTS_MIN = IS_WHOLE ? 10_000 : 2_000;
const CONNECTIONS = IS_WHOLE ? 2_500 : 1_500;
const GROWTH_MAX_MIB = 64;

const { google, workspace } = useComputer({ computerFor: 'file' });
let running: RunningProgram;

beforeAll(async () => {
  await workspace.addSite();
});

/** A sign-in that a failed test left waiting. */
afterEach(async () => {
  running.child.kill('SIGKILL');
  await running.ended;
});

/** Starts a sign-in, and finds out what an attacker could at best know of it. */
async function startSignIn(): Promise<{ url: string; target: Target }> {
  running = workspace.start(['sign-in', '--reauthenticate', '--yes', '--json']);
  const url = await workspace.nextUrl();
  const parameters = new URL(url).searchParams;
  const port = Number(new URL(parameters.get('redirect_uri') ?? '').port);
  const state = parameters.get('state') ?? '';
  return { url, target: { port, state, issuer: google.url } };
}

const exchanges = () => google.requests.filter(({ point }) => point === 'token:code').length;
const total = (tally: Tally) => [...tally.values()].reduce((sum, count) => sum + count, 0);
const merge = (tallies: readonly Tally[]) => {
  const all: Tally = new Map();
  for (const [key, count] of tallies.flatMap((tally) => [...tally]))
    all.set(key, (all.get(key) ?? 0) + count);
  return all;
};
const badReplies = (tally: Tally) =>
  [...tally.keys()].filter((key) => !/: (?:4\d\d|dropped)$/.test(key));

// What a process listens on, and its memory, is read from /proc.
describeWith(['linux'], 'the listener', () => {
  test('answers thousands of hostile requests with 4xx or nothing, and the person signs in among more', async () => {
    const { url, target } = await startSignIn();
    const pid = running.child.pid ?? 0;
    expect(listeningAt(pid)).toEqual([{ address: LOOPBACK, port: target.port }]);
    const before = exchanges();

    // Warm: code compiled, buffers grown.
    const first = await attack(target, 20, 64);
    const warmMiB = residentMiB(pid) ?? 0;
    const memory = watchMemory(pid);
    const second = await attack(target, ROUNDS, 256);
    expect(running.child.exitCode).toBeNull();
    const flooding = attack(target, 20, 400);
    const page = await playPerson(url, { account: ACCOUNT });
    const run = await running.ended;
    const peakMiB = memory.stop();
    await flooding;

    const tally = merge([first, second]);
    console.info(
      `${total(tally)} hostile requests of ${Object.keys(HOSTILE_REQUESTS).length} kinds before the person came; ` +
        `memory ${Math.round(warmMiB)} MiB after the first ${total(first)}, at most ${Math.round(peakMiB)} MiB after`,
    );
    expect(badReplies(tally)).toEqual([]);
    expect(total(tally)).toBeGreaterThan(REQUESTS_MIN);
    expect(page.html).toContain(`You are signed in as ${ACCOUNT}`);
    expect(run.result).toMatchObject({ ok: true, gmail: { email: ACCOUNT } });
    expect(exchanges() - before).toBe(1);
    expect(peakMiB - warmMiB).toBeLessThan(GROWTH_MAX_MIB);
  });

  test('lets the person in while as many connections as it takes say nothing or drip', async () => {
    const { url, target } = await startSignIn();
    const before = exchanges();
    const memory = watchMemory(running.child.pid ?? 0);
    const siege = besiege(target, CONNECTIONS);
    try {
      // Slow ones are dropped after 5 seconds, and come again.
      while (siege.opened() < 2 * CONNECTIONS) await sleep(100);
      const page = await playPerson(url, { account: ACCOUNT });
      const run = await running.ended;

      expect(page.html).toContain(`You are signed in as ${ACCOUNT}`);
      expect(run.result).toMatchObject({ ok: true, gmail: { email: ACCOUNT } });
      expect(exchanges() - before).toBe(1);
      expect(memory.stop()).toBeLessThan(300);
    } finally {
      siege.stop();
    }
  });

  test('takes an answer once: its replays get a 4xx, and nobody else gets the last page', async () => {
    const { url, target } = await startSignIn();
    const before = exchanges();
    let redirect = '';
    google.misbehave('authorize', {
      kind: 'redirect',
      change: (parameters) => {
        redirect = `/oauth2callback?${parameters}`;
      },
    });
    // Long enough that the replays come while the code is exchanged.
    google.misbehave('token:code', { kind: 'delay', ms: 1_500 });
    try {
      const person = playPerson(url, { account: ACCOUNT });
      while (exchanges() === before) await sleep(20);
      const get = (path: string) =>
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\n\r\n`;
      const replays = Array.from({ length: 100 }, () => exchange(target.port, get(redirect)));
      expect(new Set((await Promise.all(replays)).flat())).toEqual(new Set([400]));
      const snooping = snoop(target.port, get('/finished'));

      expect((await person).html).toContain(`You are signed in as ${ACCOUNT}`);
      expect((await running.ended).result).toMatchObject({ ok: true });
      expect(await snooping).not.toContain(200);
      expect(exchanges() - before).toBe(1);
    } finally {
      google.behave();
    }
  });
});

/** Asks again and again until the port is closed; gives every reply. */
async function snoop(port: number, bytes: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  while (replies.at(-1) !== 'dropped') replies.push(...(await exchange(port, bytes)));
  return replies;
}

/** Samples the memory of a process; `stop` gives the most that was seen. */
function watchMemory(pid: number): { stop(): number } {
  let peakMiB = 0;
  const sampling = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(pid) ?? 0);
  }, 50);
  return {
    stop() {
      clearInterval(sampling);
      return peakMiB;
    },
  };
}
