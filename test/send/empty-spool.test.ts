/** A spool is emptied: what becomes of each message, the waits, and the reasons to stop. No message leaves here. */

import { readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type ErrorCode, type ErrorDetails, MailError } from '../../src/errors.js';
import { type Disk, systemDisk } from '../../src/send/disk.js';
import {
  type Emptied,
  emptySpool,
  type MessageEnd,
  type SpoolPorts,
} from '../../src/send/empty-spool.js';
import { OWNER, useSpool } from './use-spool.js';

const spool = useSpool();
const { put, files, openSpool } = spool;
let ends: MessageEnd[];
beforeEach(() => {
  ends = [];
});

const fails = (code: ErrorCode, details: ErrorDetails = {}) =>
  new MailError(code, 'What happened.', 'What to do.', details);

/** @param send what answers after the hand-over; for `before`, what happens before it */
async function empty(
  send: (name: string) => unknown,
  more: Partial<SpoolPorts<string>> & { readonly before?: (name: string) => unknown } = {},
): Promise<Emptied> {
  const answered = (answer: unknown) => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const { before, ...ports } = more;
  return emptySpool(await openSpool(), {
    read: async (path) => {
      await readFile(path);
      return basename(path);
    },
    send: async (name, _envelope, handOver) => {
      answered(await before?.(name));
      await handOver();
      const answer = answered(await send(name));
      return typeof answer === 'string' ? answer : 'an-id';
    },
    onEnd: (end) => ends.push(end),
    onWait: () => undefined,
    now: () => new Date(),
    signal: new AbortController().signal,
    parallel: 4,
    ...ports,
  });
}

describe('a message', () => {
  const NO = { sent: 'no' } as const;
  /** Answers after the hand-over: only what says something of this message refuses it, and what is not clear is unknown. */
  test.each<[string, () => unknown, string]>([
    ['that was sent', () => 'id-1', 'sent'],
    ['that can’t be used', () => fails('invalid-message', NO), 'refused'],
    ['that is too large', () => fails('message-too-large', NO), 'refused'],
    ['that the server refused', () => fails('smtp-refused', NO), 'refused'],
    ['that some did not get', () => fails('smtp-refused', { sent: 'partly' }), 'refused'],
    ['whose answer was lost', () => fails('delivery-unknown', { sent: 'unknown' }), 'unknown'],
    ['at which this program failed', () => new TypeError('x'), 'unknown'],
    ['with no word of whether it was sent', () => fails('network'), 'unknown'],
    ['with a fault that says nothing of it', () => fails('internal'), 'unknown'],
    ['that Google refused for an unknown reason', () => fails('internal', NO), 'new'],
    ['that a later try can send', () => fails('network', NO), 'new'],
    ['at a refused login', () => fails('smtp-refused', { ...NO, refusedAt: 'log-in' }), 'new'],
    ['of a refused sender', () => fails('smtp-refused', { ...NO, refusedAt: 'sender' }), 'new'],
    ['of a closed account', () => fails('smtp-refused', { ...NO, refusedAt: 'account' }), 'new'],
    ['of a busy recipient', () => fails('network', { ...NO, refusedAt: 'recipient' }), 'new'],
    ['of a site that is not signed in', () => fails('sign-in-needed', NO), 'new'],
    ['at the daily limit', () => fails('daily-limit', NO), 'new'],
  ])('%s', async (_name, send, place) => {
    await put('a.eml');
    const { counts } = await empty(send);
    expect(await files(place)).toContain('a.eml');
    expect(await files('sending')).toEqual([]);
    expect(ends).toHaveLength(1);
    expect(ends[0]?.outcome).toBe(place === 'new' ? 'later' : place);
    expect(counts.sent + counts.refused + counts.unknown + counts.later).toBe(1);
  });

  test.each<[string, () => unknown, string]>([
    ['an unknown word of the token endpoint', () => fails('internal'), 'new'],
    ['a policy of the administrator', () => fails('admin-policy'), 'new'],
    ['no connection', () => fails('network'), 'new'],
    ['a fault of this program', () => new TypeError('x'), 'new'],
    ['a message that can’t be used', () => fails('invalid-message', NO), 'refused'],
    ['a recipient that the server refused', () => fails('smtp-refused', NO), 'refused'],
  ])('before the hand-over, %s: never unknown', async (_name, before, place) => {
    await put('a.eml');
    await empty(() => 'id', { before });
    expect(await files(place)).toContain('a.eml');
    expect(await files('unknown')).toEqual([]);
  });

  test('lies in sending while it is sent', async () => {
    await put('a.eml');
    await empty(
      async () => {
        expect(await files('new')).toEqual([]);
        expect(await files('sending')).toEqual(['a.eml']);
      },
      {
        before: async () => {
          expect(await files('new')).toEqual(['a.eml']);
          expect(await files('sending')).toEqual([]);
        },
      },
    );
    expect(ends[0]).toEqual({ file: 'a.eml', outcome: 'sent', id: 'an-id', error: null });
  });

  test.each([
    ['is written on', (name: string) => put(name, 'new', 'To: a@x.example\n\nmore of it'), 1],
    ['is taken away', (name: string) => rm(spool.path('new', name)), 0],
  ])(
    'that %s while it is refused is left alone, and nothing is told of it',
    async (_what, meanwhile, waiting) => {
      await put('a.eml');
      const { unsettled } = await empty(() => 'id', {
        before: async (name) => {
          await meanwhile(name);
          return fails('invalid-message', NO);
        },
      });
      expect(await files('refused')).toEqual([]);
      expect([ends, unsettled]).toEqual([[], waiting]);
    },
  );

  test('that was refused has its reason beside it', async () => {
    await put('a.eml');
    await empty(() => fails('smtp-refused', { sent: 'partly', refused: ['b@x.example'] }));
    expect(JSON.parse(await readFile(spool.path('refused', 'a.eml.json'), 'utf8'))).toEqual({
      code: 'smtp-refused',
      message: 'What happened.',
      hint: 'What to do.',
      sent: 'partly',
      refused: ['b@x.example'],
    });
  });

  test('that is written only now (a dot before its name) is left alone, and what is no message is told', async () => {
    await put('.a.eml.tmp');
    await put('a.envelope');
    await mkdir(spool.path('new', 'folder'));
    const { counts, lying } = await empty(() => 'id');
    expect(ends.map(({ file, outcome, error }) => [file, outcome, error?.code])).toEqual([
      ['folder', 'later', 'storage'],
    ]);
    expect([counts.later, lying.waiting]).toEqual([1, 1]);
    expect(await readdir(spool.path('new'))).toHaveLength(3);
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
    await openSpool();
    await put('left.eml', 'sending');
    await put('a.eml');
    const sent: string[] = [];
    const { counts, lying } = await empty((name) => sent.push(name));
    expect(sent).toEqual(['a.eml']);
    expect(await files('unknown')).toEqual(['left.eml']);
    expect(counts).toEqual({ sent: 1, refused: 0, unknown: 1, later: 0 });
    expect(lying).toEqual({ waiting: 0, inRefused: 0, inUnknown: 1 });
  });

  test('is not written over by another message of the same name', async () => {
    const opened = await openSpool();
    await writeFile(spool.path('sending', 'a.eml'), 'the first');
    await put('a.eml');
    expect(await opened.claim('a.eml')).toBeNull();
    expect(await readFile(spool.path('sending', 'a.eml'), 'utf8')).toBe('the first');
    expect(await files('new')).toEqual(['a.eml']);
  });

  test('meanwhile, of the name of one that waits, keeps that from nothing', async () => {
    for (const name of ['a.eml', 'b.eml']) await put(name);
    const { counts } = await empty((name) => name === 'a.eml' && put('b.eml', 'sending'));
    expect(counts).toEqual({ sent: 2, refused: 0, unknown: 1, later: 0 });
    expect([await files('sent'), await files('unknown')]).toEqual([['a.eml', 'b.eml'], ['b.eml']]);
  });

  test('of a living run is left to it', async () => {
    await put('a.eml');
    const claim = await (await openSpool()).claim('a.eml');
    await claim?.handOver();
    await put('a.eml');
    await empty(() => 'id');
    expect(ends).toEqual([]);
    expect(await files('sending')).toEqual(['a.eml']);
    await claim?.end('sent');
    await empty(() => 'id');
    expect(await files('sent')).toEqual(['a.eml', expect.stringMatching(/^a\.eml\.[\da-f]+$/)]);
    expect(await readdir(spool.path('sending'))).toEqual([]);
    expect(await readdir(spool.path('.locks'))).toEqual(['moves']);
  });
});

describe('several at a time', () => {
  test('the first alone, then as many as asked for', async () => {
    for (let at = 0; at < 9; at += 1) await put(`${at}.eml`);
    const seen: number[] = [];
    let now = 0;
    const waiting: (() => void)[] = [];
    await empty(
      async () => {
        now += 1;
        seen.push(now);
        // The second to the fourth wait for each other.
        if (seen.length >= 2 && seen.length <= 4) {
          const together = new Promise<void>((resolve) => waiting.push(resolve));
          if (waiting.length === 3) for (const go of waiting) go();
          await together;
        }
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
    return fails('sign-in-needed', { sent: 'no' });
  });
  expect(tries).toBe(1);
  expect(counts.later).toBe(50);
  expect(ends.every(({ error }) => error?.code === 'sign-in-needed')).toBe(true);
});

test('a network that is gone is met a few times only', async () => {
  for (let at = 0; at < 50; at += 1) await put(`${String(at).padStart(2, '0')}.eml`);
  let tries = 0;
  await empty(() => 'id', {
    before: () => {
      tries += 1;
      return fails('network');
    },
  });
  expect(tries).toBe(5);
  expect(await files('new')).toHaveLength(50);
});

describe('an outage', () => {
  const many = async () => {
    for (let at = 0; at < 50; at += 1) await put(`${String(at).padStart(2, '0')}.eml`);
  };

  test('from the start: three are unknown, and the rest was not handed over', async () => {
    await many();
    const { counts, stoppedBy, lying } = await empty(() => fails('delivery-unknown'));
    expect(counts).toEqual({ sent: 0, refused: 0, unknown: 3, later: 47 });
    expect(stoppedBy?.code).toBe('network');
    expect(lying).toEqual({ waiting: 47, inRefused: 0, inUnknown: 3 });
    expect(new Set(ends.map(({ outcome, error }) => `${outcome} ${error?.code}`))).toEqual(
      new Set(['unknown delivery-unknown', 'later network']),
    );
  });

  test('in the midst: no more than are in hand', async () => {
    await many();
    let sent = 0;
    const { counts } = await empty(() => {
      sent += 1;
      return sent > 10 ? fails('delivery-unknown') : 'id';
    });
    expect(counts.sent).toBe(10);
    expect(counts.unknown).toBeGreaterThanOrEqual(3);
    expect(counts.unknown).toBeLessThanOrEqual(4);
  });

  test('for a moment: one is unknown, and all the others are sent', async () => {
    await many();
    let tries = 0;
    const { counts } = await empty(() => {
      tries += 1;
      return tries % 3 === 0 ? fails('delivery-unknown') : 'id';
    });
    expect(counts).toEqual({ sent: 34, refused: 0, unknown: 16, later: 0 });
  });
});

describe('messages that are put off alone', () => {
  const busy = () => fails('network', { sent: 'no', refusedAt: 'recipient' });

  test.each<[string, Partial<SpoolPorts<string>> & { before?: (name: string) => unknown }]>([
    ['at a busy recipient', { before: (name) => name < '20' && busy() }],
    ['because they can’t be read', { read: async (path) => unreadable(basename(path)) }],
  ])('%s keep no other from being sent', async (_name, more) => {
    for (let at = 0; at < 25; at += 1) await put(`${String(at).padStart(2, '0')}.eml`);
    const { counts, stoppedBy } = await empty(() => 'id', more);
    expect(counts).toEqual({ sent: 5, refused: 0, unknown: 0, later: 20 });
    expect(stoppedBy).toBeNull();
  });

  const unreadable = (name: string) => {
    if (name < '20') throw fails('storage');
    return name;
  };

  test('wait behind the others where the clock was set back by years, too', async () => {
    await put('a');
    await utimes(spool.path('new', 'a'), 1, 1);
    await put('b');
    const inTime = Date.now() / 1_000 + 100_000_000;
    await utimes(spool.path('new', 'b'), inTime, inTime);
    for (const busyOne of ['a', 'none']) {
      await empty(() => 'id', {
        before: (name) => (name === busyOne ? busy() : null),
        parallel: 1,
        watch: { isDue: (name) => busyOne === 'none' || name === 'a', isWary: false },
      });
    }
    expect(ends.map(({ file }) => file)).toEqual(['a', 'b', 'a']);
  });

  test('are not taken for files that are being written, where another has the latest time', async () => {
    const old = Date.now() / 1_000 - 60;
    await put('a');
    await utimes(spool.path('new', 'a'), old, old);
    await put('b');
    await put('b.envelope', 'new', JSON.stringify({ site: OWNER.site, to: ['b@x.example'] }));
    const opened = await openSpool({ settleMs: 5_000 });
    expect(opened.waiting().ready).toEqual(['a', 'b']);
    await (await opened.claim('a'))?.putOff();
    expect(opened.waiting()).toMatchObject({ ready: ['b', 'a'], unsettled: 0 });
    // Another run sees when it was put off, as well as it can be told.
    expect((await stat(spool.path('new', 'a'))).mtimeMs).toBeGreaterThan(old * 1_000 + 1_000);
  });

  test('wait behind the others from then on', async () => {
    for (const name of ['a', 'b', 'c']) await put(name);
    await empty(() => 'id', { before: () => busy(), parallel: 1 });
    await put('d');
    await utimes(spool.path('new', 'd'), 1, 1);
    await empty(() => 'id', {
      before: (name) => (name === 'a' ? busy() : null),
      parallel: 1,
    });
    await put('e');
    await utimes(spool.path('new', 'e'), 1, 1);
    await empty(() => 'id', { parallel: 1 });
    expect(ends.map(({ file }) => file)).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'e', 'a']);
  });
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

test('Ctrl-C right at the hand-over: nothing has left, so it is back where it waits', async () => {
  await put('a.eml');
  const stop = new AbortController();
  let hasLeft = false;
  const run = empty(() => 'id', {
    signal: stop.signal,
    send: async (_name, _envelope, handOver) => {
      const over = handOver();
      stop.abort();
      // As nodemailer does: it writes on the error that it is given.
      await over.catch((error) => {
        throw Object.assign(error, { code: 'ESTREAM' });
      });
      hasLeft = true;
      return 'id';
    },
  });
  await expect(run).rejects.toMatchObject({ code: 'interrupted' });
  expect(hasLeft).toBe(false);
  expect([await files('new'), await files('sending')]).toEqual([['a.eml'], []]);
});

describe('a limit is waited for with the message where it waits', () => {
  /** The first try meets it. @param before what happens at a try before its hand-over */
  async function limitedOnce(before: (tries: number) => unknown = () => null) {
    await put('a.eml');
    const seen: string[] = [];
    const look = (when: string) => {
      const [waiting, sending] = ['new', 'sending'].map((place) => readdirSync(spool.path(place)));
      seen.push(`${when}: ${waiting} | ${sending}`);
    };
    let tries = 0;
    await empty(
      () => {
        look('sends');
        return tries === 1 ? fails('rate-limited', { sent: 'no' }) : 'id';
      },
      {
        onWait: () => look('waits'),
        before: () => {
          tries += 1;
          return before(tries);
        },
      },
    );
    return seen;
  }

  test('and it is handed over anew', async () => {
    expect(await limitedOnce()).toEqual(['sends:  | a.eml', 'waits: a.eml | ', 'sends:  | a.eml']);
    expect(await files('sent')).toEqual(['a.eml']);
  });

  test('and what fails before that has sent nothing', async () => {
    await limitedOnce((tries) => (tries === 2 ? fails('network') : null));
    expect(ends).toMatchObject([{ outcome: 'later', error: { code: 'network' } }]);
    expect([await files('new'), await files('unknown')]).toEqual([['a.eml'], []]);
  });
});

test('what was sent is told, also where it can’t be moved any more; and the run ends', async () => {
  for (const name of ['a.eml', 'b.eml']) await put(name);
  const run = empty(() => rm(spool.path('sent'), { recursive: true }));
  await expect(run).rejects.toMatchObject({ code: 'storage' });
  expect(ends).toMatchObject([{ file: 'a.eml', outcome: 'sent' }]);
  expect([await files('sending'), await files('new')]).toEqual([['a.eml'], ['b.eml']]);
});

test('a message whose file can’t be looked at when it is to be refused waits, and is let go', async () => {
  await put('a.eml');
  const disk = await systemDisk();
  let isBroken = false;
  const look: Disk['look'] = (path) => {
    if (isBroken && path.endsWith('a.eml')) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    return disk.look(path);
  };
  const opened = await openSpool({ disk: { ...disk, look } });
  const told: MessageEnd[] = [];
  const { counts } = await emptySpool(opened, {
    read: async (path) => path,
    send: async () => {
      isBroken = true;
      throw fails('invalid-message', { sent: 'no' });
    },
    onEnd: (end) => {
      isBroken = false;
      told.push(end);
    },
    ...{ onWait: () => undefined, now: () => new Date(), parallel: 1 },
    ...{ signal: new AbortController().signal, watch: { isDue: () => true, isWary: false } },
  });
  expect(told).toMatchObject([{ outcome: 'later', error: { code: 'storage' } }]);
  expect([counts.later, await files('new')]).toEqual([1, ['a.eml']]);
  const claim = await opened.claim('a.eml');
  expect(claim).not.toBeNull();
  await claim?.end('later');
});

test('a spool that takes nothing any more ends the run before a message leaves', async () => {
  await put('a.eml');
  let left = 0;
  const run = empty(() => (left += 1), {
    before: () => rm(spool.path('sending'), { recursive: true }),
  });
  await expect(run).rejects.toMatchObject({ code: 'storage' });
  expect(left).toBe(0);
  expect(await files('new')).toEqual(['a.eml']);
});

test('no such folder: usage', async () => {
  const nowhere = join(spool.path('new'), 'not-there');
  await expect(openSpool({}, nowhere)).rejects.toMatchObject({ code: 'usage' });
});
