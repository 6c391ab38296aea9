/** `send --batch DIR --watch`: keeps running, sends what arrives, and retries what could not be sent. */

import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { MailError } from '../errors.js';
import { bulk } from '../kit/bulk.js';
import { chooseSite } from '../kit/choose-site.js';
import { type NotifyCommand, notify, readNotifyCommand } from '../kit/notify.js';
import { readParallel } from '../kit/parallel.js';
import { requirePassword } from '../kit/require-can.js';
import { rememberSpool } from '../kit/spools.js';
import { withSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import { SmtpSessions } from '../mail/smtp/smtp-sessions.js';
import type { LockedFile } from '../storage/kernel-lock.js';
import { describeHolder, type LockHolder } from '../storage/lock-holder.js';
import type { ItemFacts } from '../terminal/events.js';
import { systemDisk } from './disk.js';
import { emptySpool } from './empty-spool.js';
import { Kept } from './kept.js';
import { lyingWords } from './put-back.js';
import {
  type BatchOptions,
  factsOf,
  linesOf,
  messageSender,
  ownerOf,
  readFileOf,
  readSettle,
} from './send-batch.js';
import { Spool } from './spool.js';
import { StepClock } from './step-clock.js';
import { type Pause, type WatchClock, type WatchPorts, watchSpool } from './watch.js';

const DAY_MS = 24 * 60 * 60_000;
const GIVE_UP_DAYS = 5;
const KEEP_DAYS = 7;

/** For how long the site’s secrets are used before they are read again: a person may have signed in again since. */
const FRESH_MS = 5 * 60_000;

/** A connection that was idle for longer may be dead. */
const CONNECTED_MS = 30_000;

/** How long messages in progress may take after SIGTERM: enough for the largest one on a slow line. */
const ENDING_MS = 20 * 60_000;

function readDays(
  option: string,
  value: string | undefined,
  standard: number,
  mayBeNone: boolean,
): number {
  const days = Number(value ?? standard);
  const isNumber = value === undefined || /^\d{1,4}(?:\.\d+)?$/.test(value);
  if (isNumber && (days > 0 || mayBeNone)) return days * DAY_MS;
  throw new MailError(
    'usage',
    `${option}: ${JSON.stringify(value)} is not a number of days${mayBeNone ? '' : ' above 0'}.`,
    `Nothing was done. Leave it out for ${standard}.`,
  );
}

/** As given on the command line. */
interface WatchWishes {
  /** In days, like `keep`. */
  readonly giveUp: string | undefined;
  readonly keep: string | undefined;
  readonly notify: string | undefined;
}

/**
 * Watches until SIGTERM or Ctrl-C.
 *
 * @throws MailError `spool-busy`, `usage`, `invalid-settings`, `storage`
 */
export async function sendWatch(
  world: World,
  options: BatchOptions,
  { giveUp, keep, notify: command }: WatchWishes,
): Promise<void> {
  const parallel = readParallel(options.parallel);
  const settleMs = readSettle(options.settle);
  const giveUpMs = readDays('--give-up', giveUp, GIVE_UP_DAYS, false);
  const keepMs = readDays('--keep', keep, KEEP_DAYS, true);
  const newsCommand = command === undefined ? null : readNotifyCommand(command);
  const site = await chooseSite(world);
  // News and the list of remembered spools name it by a path that works from any folder.
  const folder = await realpath(options.folder).catch(() => options.folder);
  return withSite(world, site, async (found) => {
    await requirePassword(world, found);
    const numbers = { parallel, settleMs, giveUpMs, keepMs };
    return watch(world, site, { ...options, folder }, numbers, newsCommand);
  });
}

interface Numbers {
  readonly parallel: number;
  readonly settleMs: number;
  readonly giveUpMs: number;
  readonly keepMs: number;
}

async function watch(
  world: World,
  site: string,
  options: BatchOptions,
  { parallel, settleMs, giveUpMs, keepMs }: Numbers,
  command: NotifyCommand | null,
): Promise<void> {
  const { report, signal, now } = world;
  const disk = await systemDisk();
  const clock = systemClock(world);
  const steps = new StepClock(clock);
  const owner = await ownerOf(world, site);
  let kept: Kept | null = null;
  const spool = await Spool.open(options.folder, {
    ...{ owner, settleMs, now, disk },
    onSent: (name, look) => kept?.add(name, look),
  });
  const lock = lockOf(world, spool, options.folder);
  try {
    kept = new Kept(disk, options.folder, steps);
    await rememberSpool(world.environment.home, site, options.folder);
    report.note(
      `Watching the spool ${options.folder} for the site ${site}. To end it: Ctrl-C, or SIGTERM.`,
    );
    world.allowToFinish(ENDING_MS);
    const counts = await watchSpool(
      spool,
      kept,
      {
        ...{ clock, steps, disk, signal },
        empty: sender(world, site, spool, { options, parallel }),
        onEnd: (end) => report.item('message', factsOf(end), linesOf(world, end)),
        onPause: (pause) => report.item('pause', factsOfPause(pause), linesOfPause(world, pause)),
        news: notifier(world, options.folder, command),
      },
      { folder: options.folder, site, giveUpMs, keepMs, lock },
    );
    const lying = spool.lying();
    report.result({ site, ...counts, ...lying }, [
      `Ended: no message was being sent. ${counts.sent} sent.`,
      `  ${lyingWords(lying)}`,
    ]);
  } finally {
    await lock.letGo();
  }
}

/** Notifies through the command of `--notify`; without one, there is nobody to notify. */
function notifier(world: World, folder: string, command: NotifyCommand | null): WatchPorts['news'] {
  if (command === null) return async () => true;
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return (items) => notify(world, command, `spool-${key}`, items);
}

function lockOf({ command, now }: World, spool: Spool, folder: string): LockedFile {
  const holder: LockHolder = {
    ...{ pid: process.pid, host: hostname(), command, since: now().toISOString() },
  };
  const lock = spool.lockForWatch(`${JSON.stringify(holder)}\n`);
  if (lock !== null) return lock;
  throw new MailError(
    'spool-busy',
    `The spool ${folder} is watched already, by ${describeHolder(spool.watcher())}.`,
    'Nothing was done. One is enough: leave it to that one, or end it first.',
  );
}

function systemClock({ signal, now }: World): WatchClock {
  return {
    now,
    // The system's uptime counts sleep, which performance.now() does not do everywhere.
    uptime: () => uptime() * 1000,
    sleep: (ms) => sleep(ms, undefined, { signal }).catch(() => undefined),
  };
}

type Empty = Parameters<typeof watchSpool>[2]['empty'];

/** Keeps one token and open connections as long as things go well; starts afresh after a failure. */
function sender(
  world: World,
  site: string,
  spool: Spool,
  { options, parallel }: { readonly options: BatchOptions; readonly parallel: number },
): Empty {
  const sessions = new SmtpSessions();
  const { signal, now } = world;
  let send: Awaited<ReturnType<typeof messageSender>> | null = null;
  let [madeAt, usedAt] = [0, 0];
  return async (watch, onEnd) => {
    const started = uptime() * 1000;
    if (started - usedAt > CONNECTED_MS) sessions.end();
    if (send === null || started - madeAt > FRESH_MS) {
      // Messages in progress are finished before the watch ends.
      send = await messageSender(bulk(world, FOR_MANY), site, options, sessions);
      madeAt = started;
    }
    try {
      const emptied = await emptySpool(spool, {
        ...{ send, onEnd, signal, now, parallel, watch },
        read: (path) => readFileOf(path, signal),
        onWait: () => undefined,
      });
      if (emptied.stoppedBy !== null) send = null;
      return emptied;
    } catch (error) {
      send = null;
      throw error;
    } finally {
      usedAt = uptime() * 1000;
      // Nothing more is sent.
      if (signal.aborted) sessions.end();
    }
  };
}

const FOR_MANY = { remembersSecrets: true, finishes: true } as const;

function factsOfPause({ until, error }: Pause): ItemFacts['pause'] {
  const { code, message, hint } = error;
  return { until: until.toISOString(), code, message, hint };
}

function linesOfPause({ style }: World, { until, error }: Pause): string[] {
  return [
    `${style.warning('!')} ${error.message}`,
    ...error.hint.split('\n').map((line) => `  ${line}`),
    `  The next try is at ${until.toLocaleString('en-GB')}.`,
  ];
}
