/** What a watch reports, and what does not stop it: single cases that the histories don't tell apart. */

import { describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { WATCH_FILE } from '../../src/kit/spools.js';
import type { Disk } from '../../src/send/disk.js';
import { emptySpool } from '../../src/send/empty-spool.js';
import { Kept } from '../../src/send/kept.js';
import { Spool } from '../../src/send/spool.js';
import { StepClock } from '../../src/send/step-clock.js';
import { type SpoolNews, watchSpool } from '../../src/send/watch.js';
import { MemoryDisk, Process } from './memory-disk.js';
import { OWNER } from './use-spool.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LOOK = 5 * MINUTE;
const ROOT = '/spool';
const START = Date.parse('2026-11-20T08:00:00Z');
const DOWN = new MailError('network', 'The network is down.', 'Wait.', { sent: 'no' });
const LOCKED = new MailError('keychain-locked', 'The keychain is locked.', 'Unlock it.');

type Broken = 'read' | 'rename' | 'remove' | 'flush';

const failing = () => Object.assign(new Error('EIO'), { code: 'EIO' });

interface Plan {
  /** How a message ends at a time since the start: with this error, or sent. */
  readonly sending: (ms: number) => MailError | null;
  readonly messages?: readonly string[];
  /** Comes later. */
  readonly late?: { readonly name: string; readonly at: number };
  /** What fails of the disk, by the call and the path. */
  readonly breaks?: (call: Broken, path: string, ms: number) => boolean;
  /** Whether the lock is still there. */
  readonly hasLock?: (ms: number) => boolean;
  /** Whether the news arrive. */
  readonly news?: (ms: number) => boolean;
  readonly forMs: number;
  readonly giveUpMs?: number;
  readonly keepMs?: number;
  readonly lookMs?: number;
}

/** A spool, and how long ago its first watch was started. */
class Place {
  ms = 0;
  /** By how much the clock is wrong that people set. */
  wrongBy = 0;
  readonly memory = new MemoryDisk(() => this.now);

  get now(): number {
    return START + this.ms + this.wrongBy;
  }
}

/** Lets a watch run for a while, in no time; gives what it reported. @param place where another one was before */
async function watched(plan: Plan, place = new Place()) {
  const { forMs, giveUpMs = 5 * DAY, keepMs = 7 * DAY, messages = ['m'], lookMs = LOOK } = plan;
  const { memory } = place;
  const now = () => new Date(place.now);
  const plain = new Process(memory, () => undefined).view();
  const breaking = (call: Broken, path: string) => {
    if (plan.breaks?.(call, path, place.ms) === true) throw failing();
  };
  const disk: Disk = {
    ...plain,
    read: (path) => {
      breaking('read', path);
      return plain.read(path);
    },
    rename: (from, to) => {
      breaking('rename', to);
      plain.rename(from, to);
    },
    remove: (path) => {
      breaking('remove', path);
      plain.remove(path);
    },
    flushFolder: async (path) => {
      breaking('flush', path);
      await plain.flushFolder(path);
    },
  };
  memory.makeFolder(ROOT);
  memory.makeFolder(`${ROOT}/new`);
  for (const name of messages) memory.put(`${ROOT}/new/${name}`, Buffer.from(name));
  const steps = new StepClock({ now, uptime: () => place.ms });
  let kept: Kept | null = null;
  const spool = await Spool.open(ROOT, {
    ...{ owner: OWNER, settleMs: 0, now, disk },
    onSent: (name, look) => kept?.add(name, look),
  });
  const lock = spool.lockForWatch('{}');
  if (lock === null) throw new Error('somebody else watches');
  kept = new Kept(disk, ROOT, steps);
  const stop = new AbortController();
  const { signal } = stop;
  const seen = { news: [] as SpoolNews[], pauses: [] as string[], ends: [] as string[] };
  await watchSpool(
    spool,
    kept,
    {
      ...{ steps, disk, signal },
      clock: {
        now,
        uptime: () => place.ms,
        sleep: async (wait) => {
          const { name, at = Number.POSITIVE_INFINITY } = plan.late ?? {};
          const isNew = place.ms < at && place.ms + wait >= at;
          place.ms += wait;
          if (isNew) memory.put(`${ROOT}/new/${name}`, Buffer.from('late'));
          if (place.ms >= forMs) stop.abort();
        },
      },
      empty: (watch, onEnd) =>
        emptySpool(spool, {
          read: async (path) => memory.read(path).toString(),
          send: async (_content, _envelope, handOver) => {
            const error = plan.sending(place.ms);
            if (error !== null) throw error;
            await handOver();
            return 'id';
          },
          onWait: () => undefined,
          ...{ watch, onEnd, now, signal, parallel: 1 },
        }),
      onEnd: ({ file, outcome }) => seen.ends.push(`${file} ${outcome}`),
      onPause: ({ error }) => seen.pauses.push(error.code),
      news: async (items) => {
        if (plan.news?.(place.ms) === false) return false;
        seen.news.push(...items);
        return true;
      },
    },
    {
      ...{ folder: ROOT, site: OWNER.site, giveUpMs, keepMs, lookMs },
      lock: { ...lock, isInPlace: () => plan.hasLock?.(place.ms) ?? lock.isInPlace() },
    },
  ).finally(() => lock.letGo());
  const lying = (place: string) => memory.names(`${ROOT}/${place}`).sort();
  return { ...seen, lying };
}

test('the clock that is set while a message is on its way gives it up no earlier', async () => {
  const place = new Place();
  const sending = (ms: number) => {
    if (ms > 0) place.wrongBy = 10 * DAY;
    return DOWN;
  };
  const { lying } = await watched({ sending, lookMs: 2_000, forMs: HOUR }, place);
  expect([place.wrongBy, lying('new'), lying('refused')]).toEqual([10 * DAY, ['m'], []]);
});

test('a clock that is set while a message leaves deletes its copy no earlier', async () => {
  const place = new Place();
  const sending = () => {
    place.wrongBy = -10 * DAY;
    return null;
  };
  const { lying, ends } = await watched({ sending, lookMs: 2_000, forMs: HOUR }, place);
  expect([ends, lying('sent')]).toEqual([['m sent'], ['m']]);
});

test('a time that a wrong clock wrote before a restart keeps no message for ever', async () => {
  const place = new Place();
  place.wrongBy = 400 * DAY;
  const plan: Plan = { sending: () => DOWN, giveUpMs: 2 * DAY, forMs: 3 * HOUR };
  await watched(plan, place);
  place.wrongBy = 0;
  const after = await watched({ ...plan, messages: [], forMs: place.ms + 3 * DAY }, place);
  expect([after.lying('new'), after.lying('refused')]).toEqual([[], ['m', 'm.json']]);
});

test('a copy in sent that a wrong clock dated before a restart stays no longer than the others', async () => {
  const place = new Place();
  place.wrongBy = 400 * DAY;
  const plan: Plan = { sending: () => null, keepMs: 2 * DAY, forMs: HOUR };
  expect((await watched(plan, place)).lying('sent')).toEqual(['m']);
  place.wrongBy = 0;
  const after = await watched({ ...plan, messages: ['n'], forMs: place.ms + 3 * DAY }, place);
  expect(after.lying('sent')).toEqual([]);
});

test('a message that came under the name of an earlier one has a time of its own', async () => {
  const place = new Place();
  const plan: Plan = { sending: () => DOWN, giveUpMs: 2 * DAY, forMs: 40 * HOUR };
  await watched(plan, place);
  place.memory.put(`${ROOT}/new/m`, Buffer.from('another'));
  const before = await watched({ ...plan, messages: [], forMs: place.ms + 12 * HOUR }, place);
  expect([before.lying('new'), before.lying('refused')]).toEqual([['m'], []]);
  const after = await watched({ ...plan, messages: [], forMs: place.ms + 40 * HOUR }, place);
  expect([after.lying('new'), after.lying('refused')]).toEqual([[], ['m', 'm.json']]);
});

describe('a message that is given up', () => {
  test.each([
    ['refused', ['a', 'b'], /^2 messages could not be sent for 12 hours, so no further attempts/],
    ['refused', ['a'], /^It could not be sent for 12 hours, so no further attempts/],
  ])('is reported once it lies in %s: %j', async (_place, messages, words) => {
    const refusing = (ms: number) => ms < 20 * HOUR;
    const { news, lying } = await watched({
      ...{ messages, sending: () => DOWN, giveUpMs: 12 * HOUR, forMs: 30 * HOUR },
      breaks: (call, path, ms) => call === 'rename' && /refused\/\w$/.test(path) && refusing(ms),
    });
    expect(lying('new')).toEqual([]);
    const told = news.filter(({ kind }) => kind === 'messages-given-up');
    expect(told.map(({ message }) => message)).toEqual([expect.stringMatching(words)]);
    const command = `writeupp-mail send --site ${OWNER.site} --batch ${ROOT} --again NAME`;
    expect(told[0]?.hint).toContain(command);
    expect(Date.parse(told[0]?.at ?? '')).toBeGreaterThanOrEqual(START + 20 * HOUR);
  });

  test('is counted also where its move was made, and then something failed', async () => {
    const { news, lying } = await watched({
      ...{ sending: () => DOWN, giveUpMs: 12 * HOUR, forMs: 20 * HOUR },
      breaks: (call, path, ms) => call === 'flush' && path === `${ROOT}/refused` && ms > HOUR,
    });
    expect([lying('new'), lying('refused')]).toEqual([[], ['m', 'm.json']]);
    expect(news.filter(({ kind }) => kind === 'messages-given-up')).toHaveLength(1);
  });
});

test('a copy in sent that can’t be deleted stops nothing, and is deleted later', async () => {
  const { pauses, lying, ends } = await watched({
    ...{ sending: () => null, messages: ['m', 'n'], keepMs: HOUR, forMs: 6 * HOUR },
    breaks: (call, path, ms) => call === 'remove' && path === `${ROOT}/sent/m` && ms < 4 * HOUR,
  });
  expect([pauses, ends]).toEqual([[], ['m sent', 'n sent']]);
  expect(lying('sent')).toEqual([]);
});

test('a pause after an outage ended is reported, also where that end could not be', async () => {
  // Down, for so long that it is news; up for a moment, while no news get through; down again.
  const outages = [
    [0, 4 * HOUR],
    [6 * HOUR, 12 * HOUR],
  ] as const;
  const isDown = (ms: number) => outages.some(([from, to]) => ms >= from && ms < to);
  const { news } = await watched({
    late: { name: 'n', at: 6.1 * HOUR },
    sending: (ms) => (isDown(ms) ? LOCKED : null),
    forMs: 8 * HOUR,
    news: (ms) => ms < 4 * HOUR || ms >= 7 * HOUR,
  });
  expect(news.map(({ kind }) => kind)).toEqual(['spool-paused', 'spool-paused']);
});

/** What a watch writes down, where it sees this at its looks and sends nothing. */
async function toldOf(seen: readonly { readonly there: readonly string[]; isWhole: boolean }[]) {
  const look = { ino: 1, mtimeMs: START, ctimeMs: START, size: 1 };
  let at = 0;
  const waiting = () => {
    const { there, isWhole } = seen[at] ?? { there: [], isWhole: true };
    const [ready, unsettled] = isWhole ? [there, 0] : [[], there.length];
    return { ready, looks: new Map(there.map((name) => [name, look])), unsettled, unusable: [] };
  };
  const memory = new MemoryDisk(() => START);
  memory.makeFolder(ROOT);
  const disk = new Process(memory, () => undefined).view();
  const stop = new AbortController();
  const clock = { now: () => new Date(START + at * LOOK), uptime: () => at * LOOK };
  const steps = new StepClock(clock);
  const lying = { waiting: 0, inRefused: 0, inUnknown: 0 };
  const counts = { sent: 0, refused: 0, unknown: 0, later: 0 };
  await watchSpool(
    { waiting } as unknown as Spool,
    new Kept(disk, ROOT, steps),
    {
      steps,
      ...{ disk, signal: stop.signal, onEnd: () => undefined, onPause: () => undefined },
      clock: {
        ...clock,
        sleep: async () => {
          at += 1;
          if (at === seen.length) stop.abort();
        },
      },
      empty: async () => ({ counts, stoppedBy: null, unsettled: 0, lying }),
      news: async () => true,
    },
    {
      ...{ folder: ROOT, site: OWNER.site, giveUpMs: DAY, keepMs: DAY },
      ...{ lookMs: LOOK, lock: { isInPlace: () => true, letGo: async () => undefined } },
    },
  );
  return JSON.parse(memory.read(`${ROOT}/${WATCH_FILE}`).toString());
}

test('so many messages may wait that they would be too many arguments of a call', async () => {
  const there = Array.from({ length: 150_000 }, (_, at) => `m${at}`);
  const { oldest } = await toldOf([{ there, isWhole: true }]);
  expect(oldest).toBe(new Date(START).toISOString());
});

test('one that looks as if it were being written, as after the clock was set back, counts on', async () => {
  const there = ['m'];
  const looks = [true, false, true].map((isWhole) => ({ there, isWhole }));
  expect((await toldOf(looks)).seen).toEqual({ m: [START, 1] });
});

test.each([
  [1, /^1 message may or may not have been sent: the answer was lost. It lies in/],
  [2, /^2 messages may or may not have been sent: the answers were lost. They lie in/],
])(
  'of %d messages whose answer was lost it says where, and how to send again',
  async (count, words) => {
    const lost = new MailError('delivery-unknown', 'The answer was lost.', 'Look.');
    const { news } = await watched({
      ...{ messages: ['a', 'b'].slice(0, count), forMs: 3 * HOUR, sending: () => lost },
      news: (ms) => ms > 2 * HOUR,
    });
    const [told] = news.filter(({ kind }) => kind === 'messages-unknown');
    expect(told?.message).toMatch(words);
    expect(told?.hint).toContain(`send --site ${OWNER.site} --batch ${ROOT} --again NAME`);
  },
);

test('what was reported of unknown messages is no news after a restart in a pause that Google named', async () => {
  const place = new Place();
  const lost = new MailError('delivery-unknown', 'The answer was lost.', 'Look.');
  const limit = { sent: 'no', retryAt: new Date(START + 9 * HOUR).toISOString() } as const;
  const limited = new MailError('rate-limited', 'Too fast.', 'Wait.', limit);
  const sending = (ms: number) => (ms < HOUR ? lost : ms < 9 * HOUR ? limited : null);
  const plan: Plan = {
    ...{ messages: ['a', 'b', 'c'], late: { name: 'd', at: 2 * HOUR }, sending },
    forMs: 3 * HOUR,
  };
  const before = await watched(plan, place);
  expect(before.news.filter(({ kind }) => kind === 'messages-unknown')).not.toEqual([]);
  const after = await watched({ ...plan, messages: [], forMs: 12 * HOUR }, place);
  expect([after.pauses, after.ends, after.lying('unknown')]).toEqual([
    [],
    ['d sent'],
    ['a', 'b', 'c'],
  ]);
  expect(after.news.filter(({ kind }) => kind === 'messages-unknown')).toEqual([]);
});

describe('the lock of a watch', () => {
  const broken = new MailError('storage', 'The disk fails.', 'Look at it.');

  test('that can’t be looked at for a while is waited for', async () => {
    const { pauses, ends } = await watched({
      ...{ sending: () => null, forMs: 3 * HOUR },
      hasLock: (ms) => {
        if (ms < HOUR) throw broken;
        return true;
      },
    });
    expect(pauses[0]).toBe('storage');
    expect(ends).toEqual(['m sent']);
  });

  test('that was taken away ends it', async () => {
    await expect(
      watched({ sending: () => null, forMs: 3 * HOUR, hasLock: () => false }),
    ).rejects.toMatchObject({ code: 'spool-busy' });
  });
});

test.each([WATCH_FILE, '.kept'])(
  '%s that can’t be read ends it in words, with its path',
  async (file) => {
    const place = new Place();
    const plan: Plan = { sending: () => null, forMs: HOUR };
    await watched(plan, place);
    const breaks: Plan['breaks'] = (call, path) => call === 'read' && path === `${ROOT}/${file}`;
    await expect(watched({ ...plan, breaks, forMs: 2 * HOUR }, place)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`${ROOT}/${file} could not be read`),
    });
  },
);

test.each([
  [DAY / 25, 'for 1 hour,'],
  [DAY / 4, 'for 6 hours,'],
  [DAY, 'for 1 day,'],
  [1.5 * DAY, 'for 1.5 days,'],
])('given up after %d ms: it says %s', async (giveUpMs, words) => {
  const { news } = await watched({ sending: () => DOWN, giveUpMs, forMs: giveUpMs + 3 * HOUR });
  const [told] = news.filter(({ kind }) => kind === 'messages-given-up');
  expect(told?.message).toContain(words);
});
