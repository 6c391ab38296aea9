/** A spool is emptied: what becomes of each message, the waits, and the reasons to stop. No message leaves here. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ErrorCode, type ErrorDetails, MailError } from '../../src/errors.js';
import { emptySpool, type MessageEnd, type SpoolPorts } from '../../src/spool/empty-spool.js';
import { Spool } from '../../src/spool/spool.js';

let folder: string;
let ends: MessageEnd[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
  await mkdir(join(folder, 'new'));
  ends = [];
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, place = 'new') =>
  writeFile(join(folder, place, name), 'To: a@x.example\n\n');
const files = async (place: string) =>
  (await readdir(join(folder, place))).filter((name) => !name.startsWith('.')).sort();
const fails = (code: ErrorCode, details: ErrorDetails = {}) =>
  new MailError(code, 'What happened.', 'What to do.', details);

async function empty(
  send: (name: string) => unknown,
  more: Partial<SpoolPorts> = {},
): Promise<ReturnType<typeof emptySpool>> {
  return emptySpool(await Spool.open(folder), {
    send: async (path) => {
      const answer = await send(basename(path));
      if (answer instanceof Error) throw answer;
      return typeof answer === 'string' ? answer : 'an-id';
    },
    told: (end) => ends.push(end),
    onWait: () => undefined,
    now: () => new Date(),
    signal: new AbortController().signal,
    parallel: 4,
    ...more,
  });
}

describe('a message', () => {
  test.each<[string, () => unknown, string]>([
    ['that was sent', () => 'id-1', 'sent'],
    ['that can’t be used', () => fails('invalid-message', { sent: 'no' }), 'refused'],
    ['that the server refused', () => fails('smtp-refused', { sent: 'no' }), 'refused'],
    ['that some did not get', () => fails('smtp-refused', { sent: 'partly' }), 'refused'],
    ['whose answer was lost', () => fails('delivery-unknown', { sent: 'unknown' }), 'unknown'],
    ['at which this program failed', () => new TypeError('x'), 'unknown'],
    ['that a later try can send', () => fails('network', { sent: 'no' }), 'new'],
    ['at a refused log in', () => fails('smtp-refused', { refusedAt: 'log-in' }), 'new'],
    ['of a site that is not signed in', () => fails('sign-in-needed'), 'new'],
  ])('%s', async (_name, send, place) => {
    await put('a.eml');
    const { counts } = await empty(send);
    expect(await files(place)).toContain('a.eml');
    expect(await files('sending')).toEqual([]);
    expect(ends).toHaveLength(1);
    expect(ends[0]?.outcome).toBe(place === 'new' ? 'later' : place);
    expect(counts.sent + counts.refused + counts.unknown + counts.later).toBe(1);
  });

  test('lies in sending while it is sent', async () => {
    await put('a.eml');
    await empty(async () => {
      expect(await files('new')).toEqual([]);
      expect(await files('sending')).toEqual(['a.eml']);
    });
    expect(ends[0]).toEqual({ file: 'a.eml', outcome: 'sent', id: 'an-id', error: null });
  });

  test('that was refused has its reason beside it', async () => {
    await put('a.eml');
    await empty(() => fails('smtp-refused', { sent: 'partly', refused: ['b@x.example'] }));
    expect(JSON.parse(await readFile(join(folder, 'refused', 'a.eml.json'), 'utf8'))).toEqual({
      code: 'smtp-refused',
      message: 'What happened.',
      hint: 'What to do.',
      sent: 'partly',
      refused: ['b@x.example'],
    });
  });

  test('of the name of an earlier one takes nothing away from it', async () => {
    await put('a.eml');
    await empty(() => 'first');
    await put('a.eml');
    await empty(() => 'second');
    expect(await files('sent')).toEqual(['a.eml', 'a.eml.2']);
  });

  test('that is written only now (a dot before its name), and what is no file, are left alone', async () => {
    await put('.a.eml.tmp');
    await mkdir(join(folder, 'new', 'folder'));
    await empty(() => 'id');
    expect(ends).toEqual([]);
    expect(await readdir(join(folder, 'new'))).toHaveLength(2);
  });

  test('that comes meanwhile is sent too', async () => {
    await put('a.eml');
    await empty(async (name) => {
      if (name === 'a.eml') await put('b.eml');
    });
    expect(await files('sent')).toEqual(['a.eml', 'b.eml']);
  });
});

describe('what a killed run left', () => {
  test('in sending may have been sent: unknown, and never sent again', async () => {
    await Spool.open(folder);
    await put('left.eml', 'sending');
    await put('a.eml');
    const sent: string[] = [];
    const { counts } = await empty((name) => sent.push(name));
    expect(sent).toEqual(['a.eml']);
    expect(await files('unknown')).toEqual(['left.eml']);
    expect(counts).toEqual({ sent: 1, refused: 0, unknown: 1, later: 0 });
  });

  test('is not written over by another message of the same name', async () => {
    const spool = await Spool.open(folder);
    await writeFile(join(folder, 'sending', 'a.eml'), 'the first');
    await put('a.eml');
    expect(await spool.claim('a.eml')).toBeNull();
    expect(await readFile(join(folder, 'sending', 'a.eml'), 'utf8')).toBe('the first');
    expect(await files('new')).toEqual(['a.eml']);
  });

  test('of a living run is left to it', async () => {
    await put('a.eml');
    const claim = await (await Spool.open(folder)).claim('a.eml');
    await put('a.eml');
    await empty(() => 'id');
    expect(ends).toEqual([]);
    expect(await files('sending')).toEqual(['a.eml']);
    await claim?.end('sent');
    await empty(() => 'id');
    expect(await files('sent')).toEqual(['a.eml', 'a.eml.2']);
    expect(await readdir(join(folder, 'sending'))).toEqual([]);
    expect(await readdir(join(folder, '.locks'))).toEqual([]);
  });
});

describe('several at a time', () => {
  test('the first alone, then as many as asked for', async () => {
    for (let at = 0; at < 9; at += 1) await put(`${at}.eml`);
    let now = 0;
    const seen: number[] = [];
    await empty(
      async () => {
        now += 1;
        seen.push(now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
      },
      { parallel: 3 },
    );
    expect(seen[0]).toBe(1);
    expect(Math.max(...seen)).toBe(3);
    expect(ends).toHaveLength(9);
  });

  test('a limited rate is waited for once for all, and no message is lost or doubled', async () => {
    for (let at = 0; at < 9; at += 1) await put(`${at}.eml`);
    const sent: string[] = [];
    let waits = 0;
    let limited = 0;
    let inside = () => {};
    const allInside = new Promise<void>((resolve) => {
      inside = resolve;
    });
    const retryAt = () => new Date(Date.now() + 200).toISOString();
    await empty(
      async (name) => {
        // Four meet it in the same moment.
        if (sent.length === 1 && limited < 4) {
          limited += 1;
          if (limited === 4) inside();
          await allInside;
          return fails('rate-limited', { sent: 'no', retryAt: retryAt() });
        }
        sent.push(name);
      },
      {
        onWait: () => {
          waits += 1;
        },
      },
    );
    expect(waits).toBe(1);
    expect(sent.sort()).toEqual(Array.from({ length: 9 }, (_, at) => `${at}.eml`));
  });

  test('a limit that is too far away ends the run, and the rest is for later', async () => {
    for (let at = 0; at < 5; at += 1) await put(`${at}.eml`);
    const { counts, stoppedBy } = await empty(() =>
      fails('rate-limited', { sent: 'no', retryAt: '2099-01-01T00:00:00.000Z' }),
    );
    expect(stoppedBy?.code).toBe('rate-limited');
    expect(counts).toEqual({ sent: 0, refused: 0, unknown: 0, later: 5 });
    expect(await files('new')).toHaveLength(5);
  });
});

test('what is true of every message is met once, and the rest is for later', async () => {
  for (let at = 0; at < 50; at += 1) await put(`${String(at).padStart(2, '0')}.eml`);
  let tries = 0;
  const { counts } = await empty(() => {
    tries += 1;
    return fails('sign-in-needed');
  });
  expect(tries).toBe(1);
  expect(counts.later).toBe(50);
  expect(ends.every(({ error }) => error?.code === 'sign-in-needed')).toBe(true);
});

test('a network that is gone is met a few times only', async () => {
  for (let at = 0; at < 50; at += 1) await put(`${String(at).padStart(2, '0')}.eml`);
  let tries = 0;
  await empty(() => {
    tries += 1;
    return fails('network', { sent: 'no' });
  });
  expect(tries).toBeLessThan(12);
  expect(await files('new')).toHaveLength(50);
});

test('Ctrl-C: what is in hand is settled, the rest stays where it waits', async () => {
  for (let at = 0; at < 9; at += 1) await put(`${at}.eml`);
  const stop = new AbortController();
  await expect(
    empty(
      (name) => {
        if (name !== '2.eml') return 'id';
        stop.abort();
        return fails('interrupted');
      },
      { signal: stop.signal, parallel: 1 },
    ),
  ).rejects.toMatchObject({ code: 'interrupted' });
  expect(await files('sent')).toEqual(['0.eml', '1.eml']);
  expect(await files('new')).toHaveLength(7);
  expect(await files('sending')).toEqual([]);
});

test('no such folder: usage', async () => {
  await expect(Spool.open(join(folder, 'not-there'))).rejects.toMatchObject({ code: 'usage' });
});
