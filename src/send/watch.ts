/**
 * A watch keeps emptying a spool for as long as it runs. When a plain run would stop, it pauses and tries again;
 * messages that could not be sent for days it gives up. Clock, disk and sending are ports:
 * `test/send/watch-simulation.test.ts` drives them.
 *
 * It reads two clocks. The wall clock, which people set, says since when a message has waited, because that outlives a
 * restart of the computer. The uptime, which nobody sets and which counts sleep, measures pauses. When the wall clock
 * is set, the uptime shows by how much.
 */

import { join } from 'node:path';
import { MailError } from '../errors.js';
import type { NewsItem } from '../kit/notify.js';
import { LOOKED_EVERY_MS, readWatchReport, WATCH_FILE } from '../kit/spools.js';
import type { LockedFile } from '../storage/kernel-lock.js';
import { siteCommand } from '../text/command-line.js';
import { isObject } from '../text/json.js';
import { type Disk, textOf } from './disk.js';
import type { Emptied, MessageEnd, SpoolPorts } from './empty-spool.js';
import type { Kept } from './kept.js';
import type { Outcome } from './outcome.js';
import type { Spool } from './spool.js';
import { STEP_MS, type StepClock } from './step-clock.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How often it looks for messages by default; less often while nothing would be tried. */
const LOOK_MS = 2_000;
const PAUSED_LOOK_MS = 10_000;

/** The successive pauses in an outage; the last one is repeated. */
const PAUSES_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS] as const;

/**
 * A time that Google names takes precedence, but no pause is shorter than this. After a restart, it is believed for a
 * day.
 */
const NAMED_LEAST_MS = MINUTE_MS;
const NAMED_MOST_KEPT_MS = 24 * HOUR_MS;

/** A longer pause is reported as news. */
const UNNOTICED_PAUSE_MS = 15 * MINUTE_MS;

/** A message is given up only if it was last tried within this time. */
const TRY_COUNTS_MS = HOUR_MS;

export interface WatchClock {
  /** The wall clock, as people set it. */
  now(): Date;
  /** Milliseconds; never set, and never stopped, not even while the computer sleeps. */
  uptime(): number;
  /** Returns early, without an error, when the watch is to end. */
  sleep(ms: number): Promise<void>;
}

/** What somebody should know: counts, never names of messages. */
export interface SpoolNews extends NewsItem {
  readonly kind: 'spool-paused' | 'spool-resumed' | 'messages-given-up' | 'messages-unknown';
}

/** Nothing is tried until then. */
export interface Pause {
  readonly until: Date;
  readonly error: MailError;
}

export interface WatchPorts {
  readonly clock: WatchClock;
  /** Of that clock; shared with what dates the sent messages. */
  readonly steps: StepClock;
  readonly disk: Disk;
  readonly signal: AbortSignal;
  /** Sends what is due, as `emptySpool` does. */
  empty(
    watch: NonNullable<SpoolPorts<unknown>['watch']>,
    onEnd: (end: MessageEnd) => void,
  ): Promise<Emptied>;
  onEnd(end: MessageEnd): void;
  onPause(pause: Pause): void;
  /** Notifies somebody, if that is set up; false if it failed, and should be tried again later. */
  news(items: readonly SpoolNews[]): Promise<boolean>;
}

export interface WatchOptions {
  readonly folder: string;
  readonly site: string;
  /** For how long a message is retried, in milliseconds. */
  readonly giveUpMs: number;
  /** For how long sent messages stay in `sent`, in milliseconds. */
  readonly keepMs: number;
  /** How often it looks, in milliseconds. */
  readonly lookMs?: number;
  /** Held while this run watches the spool. */
  readonly lock: LockedFile;
}

/** What is known of a waiting message. `since` is wall-clock time; the others are uptime. */
interface Mark {
  readonly ino: number;
  since: number;
  failures: number;
  dueAt: number;
  triedAt: number;
}

interface RunningPause extends Pause {
  /** The uptime at which it started. */
  readonly from: number;
  readonly ms: number;
  readonly isNamed: boolean;
}

/** What has not been reported yet; kept on disk, so that a kill loses no news. */
interface Untold {
  givenUp: number;
  /** How many messages in `unknown` have been reported. */
  unknownTold: number;
  /** An outage with a pause that is worth reporting, and whether it was reported. */
  outage: {
    readonly since: string;
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    isTold: boolean;
    isOver: boolean;
  } | null;
}

/**
 * Watches until the signal is aborted; no message is in progress when it returns.
 *
 * @returns how many messages had each outcome
 * @throws MailError `spool-busy` if the lock was taken away; anything that is not a MailError
 */
export async function watchSpool(
  spool: Spool,
  kept: Kept,
  ports: WatchPorts,
  options: WatchOptions,
): Promise<Readonly<Record<Outcome, number>>> {
  const watch = new Watch(spool, kept, ports, options);
  await watch.run();
  return watch.counts;
}

class Watch {
  readonly counts: Record<Outcome, number> = { sent: 0, refused: 0, unknown: 0, later: 0 };
  readonly #path: string;
  readonly #marks = new Map<string, Mark>();
  /** Files that can't be handled as messages, and have been reported. */
  readonly #reported = new Set<string>();
  #untold: Untold = { givenUp: 0, unknownTold: 0, outage: null };
  /** How many are in `unknown`: even after a kill, what has not been reported yet can be worked out from it. */
  #inUnknown = 0;
  #newsAfter = 0;
  #pause: RunningPause | null = null;
  /** Whether anything has been sent since the start and since the last pause. */
  #isFlowing = false;
  /** When messages stopped getting through. */
  #outageSince: number | null = null;
  #outagePauses = 0;
  #stoppedAt = Number.NEGATIVE_INFINITY;
  /** The uptime at the last look. */
  #lookedAt: number;
  #savedAt = Number.NEGATIVE_INFINITY;
  #isDirty = true;

  constructor(
    private readonly spool: Spool,
    private readonly kept: Kept,
    private readonly ports: WatchPorts,
    private readonly options: WatchOptions,
  ) {
    const { clock } = ports;
    this.#path = join(options.folder, WATCH_FILE);
    this.#lookedAt = clock.uptime();
    this.#load();
  }

  get #now(): number {
    return this.ports.clock.now().getTime();
  }

  get #lookMs(): number {
    const { lookMs = LOOK_MS } = this.options;
    return this.#pause === null ? lookMs : Math.max(lookMs, PAUSED_LOOK_MS);
  }

  async run(): Promise<void> {
    const { clock, signal } = this.ports;
    while (!signal.aborted) {
      await this.#look();
      if (!signal.aborted) await clock.sleep(this.#lookMs);
    }
    await this.#save();
  }

  async #look(): Promise<void> {
    const hasSlept = this.#hasSlept();
    this.#readClocks();
    if (this.#pause !== null && this.#isOver(this.#pause)) this.#pause = null;
    try {
      if (!this.options.lock.isInPlace()) throw lockGone();
      this.#see();
      // Connections left open before the sleep get a moment to turn out dead.
      if (this.#pause === null && !hasSlept && this.#isAnythingDue()) await this.#round();
      await this.#giveUp();
      this.#deleteSent();
    } catch (error) {
      if (!(error instanceof MailError) || error.code === 'spool-busy') throw error;
      if (error.code !== 'interrupted' && this.#pause === null) this.#pauseAfter(error);
    }
    await this.#tellNews();
    if (this.#isDirty || this.#isSaveDue()) await this.#save();
    this.#lookedAt = this.ports.clock.uptime();
  }

  /** Whether the computer has slept since the last look. */
  #hasSlept(): boolean {
    const missing = this.ports.clock.uptime() - this.#lookedAt - this.#lookMs;
    return missing > STEP_MS;
  }

  /** Called before a wall-clock time is judged or written: the clock may be set at any time, even during a send. */
  #readClocks(): void {
    const step = this.ports.steps.takeStep();
    if (step === 0) return;
    for (const mark of this.#marks.values()) mark.since += step;
    this.kept.shift(step);
    this.#isDirty = true;
  }

  #isOver({ until, from, ms, isNamed }: RunningPause): boolean {
    const passed = this.ports.clock.uptime() - from;
    // Over as soon as either clock says so: either may have been wrong when the time was named.
    const isThen = isNamed && passed >= NAMED_LEAST_MS && this.#now >= until.getTime();
    return isThen || passed >= ms;
  }

  #isSaveDue(): boolean {
    return this.ports.clock.uptime() - this.#savedAt >= LOOKED_EVERY_MS;
  }

  /** Notes which messages are waiting, and since when. */
  #see(): void {
    const { ready, looks, unsettled, unusable } = this.spool.waiting();
    this.counts.later = ready.length + unsettled + unusable.length;
    // A file that looks as if it were being written, as after the clock was set back, keeps its mark.
    for (const [name, { ino }] of this.#marks) {
      if (looks.get(name)?.ino !== ino) this.#marks.delete(name);
    }
    const since = this.#now;
    for (const name of ready) {
      const { ino } = looks.get(name) ?? {};
      if (ino === undefined || this.#marks.has(name)) continue;
      this.#marks.set(name, { ino, since, failures: 0, dueAt: 0, triedAt: -Infinity });
    }
  }

  /** Also true now and then when nothing is due: a killed run may have left messages. */
  #isAnythingDue(): boolean {
    const uptime = this.ports.clock.uptime();
    if (this.#isSaveDue()) return true;
    for (const { dueAt } of this.#marks.values()) if (dueAt <= uptime) return true;
    return false;
  }

  async #round(): Promise<void> {
    const ownFailures: MessageEnd[] = [];
    const isDue = (name: string) => {
      const mark = this.#marks.get(name);
      return mark !== undefined && mark.dueAt <= this.ports.clock.uptime();
    };
    const { stoppedBy, lying } = await this.ports.empty(
      { isDue, isWary: !this.#isFlowing },
      (end) => {
        this.#take(end);
        if (end.outcome === 'later') ownFailures.push(end);
        if (this.#isSaveDue()) void this.#save();
      },
    );
    this.#inUnknown = lying.inUnknown;
    for (const { file, error } of ownFailures) {
      if (error !== stoppedBy) this.#putOff(file);
    }
    // Messages that are still waiting after their first round are remembered across a restart.
    if (this.#marks.size > 0) this.#isDirty = true;
    if (stoppedBy !== null) this.#pauseAfter(stoppedBy);
  }

  #take(end: MessageEnd): void {
    const { file, outcome } = end;
    const mark = this.#marks.get(file);
    if (outcome === 'later') {
      if (mark !== undefined) mark.triedAt = this.ports.clock.uptime();
      else if (this.#reported.has(file)) return;
      else this.#reported.add(file);
    } else {
      this.#marks.delete(file);
      this.counts[outcome] += 1;
      if (outcome === 'sent') this.#endOutage();
    }
    this.ports.onEnd(end);
  }

  /** A message whose failure does not concern the others is tried again at its own pace. */
  #putOff(file: string): void {
    const mark = this.#marks.get(file);
    if (mark === undefined) return;
    mark.dueAt = this.ports.clock.uptime() + pauseMs(mark.failures);
    mark.failures += 1;
  }

  #pauseAfter(error: MailError): void {
    const [now, from] = [this.#now, this.ports.clock.uptime()];
    this.#stoppedAt = from;
    this.#isFlowing = false;
    this.#outageSince ??= now;
    const named = Date.parse(error.details.retryAt ?? '');
    const isNamed = !Number.isNaN(named);
    const ms = isNamed ? Math.max(named - now, NAMED_LEAST_MS) : pauseMs(this.#outagePauses);
    this.#outagePauses += 1;
    this.#pause = { until: new Date(now + ms), error, from, ms, isNamed };
    if (ms > UNNOTICED_PAUSE_MS) {
      const { code, message, hint } = error;
      const since = new Date(this.#outageSince).toISOString();
      // An outage that is over, but has not been reported as over, gives way to this one.
      if (this.#untold.outage === null || this.#untold.outage.isOver) {
        this.#untold.outage = { since, code, message, hint, isTold: false, isOver: false };
      }
    }
    this.#isDirty = true;
    this.ports.onPause(this.#pause);
  }

  #endOutage(): void {
    this.#isFlowing = true;
    if (this.#outageSince === null && this.#untold.outage === null) return;
    this.#outageSince = null;
    this.#outagePauses = 0;
    const { outage } = this.#untold;
    if (outage?.isTold === true) outage.isOver = true;
    else this.#untold.outage = null;
    this.#isDirty = true;
  }

  /** Gives up only what was tried in vain recently: a computer that was off, or asleep, tries first. */
  async #giveUp(): Promise<void> {
    this.#readClocks();
    const [now, uptime] = [this.#now, this.ports.clock.uptime()];
    const expired = [...this.#marks].filter(([, { since, triedAt }]) => {
      const lastTry = Math.max(triedAt, this.#stoppedAt);
      return now - since >= this.options.giveUpMs && uptime - lastTry <= TRY_COUNTS_MS;
    });
    if (expired.length === 0) return;
    // Counted first: a run that is killed here reports one too many rather than one too few. If the disk is too full to
    // hold the count, nothing is given up yet.
    this.#untold.givenUp += expired.length;
    await this.#save();
    let left = expired.length;
    if (this.#isDirty) {
      this.#untold.givenUp -= left;
      return;
    }
    try {
      for (const [name, { ino }] of expired) {
        const claim = await this.spool.claim(name);
        const isIt = claim?.look.ino === ino;
        if (!isIt) {
          await claim?.end('later');
          continue;
        }
        const error = gaveUp(this.options, this.#pause?.error ?? null);
        const { code, message, hint } = error;
        await claim.end('refused', { code, message, hint }).finally(() => {
          // Even if only a step after the move failed: the message is not seen again.
          if (!claim.isUnchanged()) left -= 1;
        });
        this.#take({ file: name, outcome: 'refused', id: null, error });
      }
    } finally {
      this.#untold.givenUp -= left;
      this.#isDirty = true;
    }
  }

  #deleteSent(): void {
    this.#readClocks();
    for (const [name, ino] of this.kept.before(this.#now - this.options.keepMs)) {
      try {
        this.spool.deleteSent(name, ino);
        this.kept.forget(name);
      } catch (error) {
        if (!(error instanceof MailError)) throw error;
        // In use: deleted at a later look.
      }
    }
  }

  async #tellNews(): Promise<void> {
    if (this.ports.clock.uptime() < this.#newsAfter) return;
    const inUnknown = this.#inUnknown;
    // Somebody may have taken some away, or put them back.
    this.#untold.unknownTold = Math.min(this.#untold.unknownTold, inUnknown);
    const items = this.#newsItems();
    if (items.length === 0) return;
    if (!(await this.ports.news(items))) {
      this.#newsAfter = this.ports.clock.uptime() + LOOKED_EVERY_MS;
      return;
    }
    const { outage } = this.#untold;
    if (outage !== null) outage.isTold = true;
    const isOver = outage?.isOver === true;
    this.#untold = { givenUp: 0, unknownTold: inUnknown, outage: isOver ? null : outage };
    await this.#save();
  }

  #newsItems(): SpoolNews[] {
    const { givenUp, unknownTold, outage } = this.#untold;
    const unknown = this.#inUnknown - unknownTold;
    const { site, folder } = this.options;
    const at = new Date(this.#now).toISOString();
    const items: SpoolNews[] = [];
    if (outage !== null && !outage.isTold) {
      const { since, code, message, hint } = outage;
      items.push({ kind: 'spool-paused', site, code, message, hint, since, at });
    } else if (outage?.isOver === true) {
      const { since, code } = outage;
      const message = `Email from the spool ${folder} goes out again.`;
      items.push({ kind: 'spool-resumed', site, code, message, hint: '', since, at });
    }
    if (givenUp > 0) {
      const { code, message, hint } = gaveUp(this.options, null, givenUp);
      items.push({ kind: 'messages-given-up', site, code, message, hint, since: at, at });
    }
    if (unknown > 0) {
      items.push({
        ...{ kind: 'messages-unknown', site, code: 'delivery-unknown', since: at, at },
        message:
          unknown === 1
            ? `1 message may or may not have been sent: the answer was lost. It lies in the folder "unknown" of ${folder}, and is never sent again by itself.`
            : `${unknown} messages may or may not have been sent: the answers were lost. They lie in the folder "unknown" of ${folder}, and are never sent again by themselves.`,
        hint: `Look in the Sent folder of the account, or ask the recipients. To send again what did not come: ${again(this.options)}`,
      });
    }
    return items;
  }

  /**
   * What can't be written now is written later: a full disk does not end the watch. On disk when it resolves: times
   * from before the clock was set would give messages up early.
   */
  async #save(): Promise<void> {
    this.#readClocks();
    const { clock, disk } = this.ports;
    // Not `Math.min(...)`: that many arguments would overflow the stack.
    const oldest = [...this.#marks.values()].reduce(
      (least, { since }) => Math.min(least, since),
      Number.POSITIVE_INFINITY,
    );
    const { until, error } = this.#pause ?? {};
    const state = {
      version: 1,
      lookedAt: clock.now().toISOString(),
      oldest: Number.isFinite(oldest) ? new Date(oldest).toISOString() : null,
      paused:
        until === undefined
          ? null
          : { until: until.toISOString(), code: error?.code ?? 'internal' },
      isNamed: this.#pause?.isNamed === true,
      untold: this.#untold,
      seen: Object.fromEntries(
        Array.from(this.#marks, ([name, { since, ino }]) => [name, [since, ino]]),
      ),
    };
    this.#savedAt = clock.uptime();
    this.#isDirty = false;
    try {
      disk.write(`${this.#path}.tmp`, `${JSON.stringify(state)}\n`);
      disk.rename(`${this.#path}.tmp`, this.#path);
      this.kept.save();
      await disk.flushFolder(this.options.folder);
    } catch {
      this.#isDirty = true;
    }
  }

  #load(): void {
    const state = readWatchReport(textOf(this.#path, this.ports.disk));
    if (state === null) return;
    const now = this.#now;
    for (const [name, entry] of Object.entries(isObject(state.seen) ? state.seen : {})) {
      const [since, ino] = Array.isArray(entry) ? entry : [];
      if (typeof since !== 'number' || typeof ino !== 'number') continue;
      // A time in the future was written by a wrong clock.
      const mark = { ino, since: Math.min(since, now), failures: 0, dueAt: 0, triedAt: -Infinity };
      this.#marks.set(name, mark);
    }
    if (isObject(state.untold)) this.#untold = { ...this.#untold, ...state.untold };
    // Until the first round has counted, what was reported must not become news again.
    this.#inUnknown = this.#untold.unknownTold;
    const { paused, isNamed } = state;
    const ms = Date.parse(paused?.until ?? '') - now;
    if (paused === null || isNamed !== true || !(ms > 0) || ms > NAMED_MOST_KEPT_MS) return;
    const error = stillNamed(paused.code);
    const from = this.ports.clock.uptime();
    this.#outageSince = now;
    this.#pause = { until: new Date(now + ms), error, from, ms, isNamed: true };
  }
}

function pauseMs(before: number): number {
  return PAUSES_MS[Math.min(before, PAUSES_MS.length - 1)] ?? HOUR_MS;
}

/** The command that puts a message back. */
function again({ site, folder }: Pick<WatchOptions, 'site' | 'folder'>): string {
  return siteCommand('send', site, '--batch', folder, '--again', 'NAME');
}

function gaveUp(options: WatchOptions, because: MailError | null, count = 1): MailError {
  const isOne = count === 1;
  return new MailError(
    'gave-up',
    `${isOne ? 'It' : `${count} messages`} could not be sent for ${spanWords(options.giveUpMs)}, so no further attempts are made.`,
    [
      ...(because === null ? [] : [`Last: ${because.message}`]),
      isOne
        ? 'No bounce is sent: the sender is not notified. It lies in the folder "refused".'
        : 'No bounces are sent: the senders are not notified. They lie in the folder "refused".',
      `To try ${isOne ? 'it' : 'one'} once more: ${again(options)}`,
    ].join('\n'),
    { sent: 'no' },
  );
}

/** In days, or hours below a day. */
function spanWords(ms: number): string {
  const hours = ms / HOUR_MS;
  const [count, unit] = hours < 24 ? [hours, 'hour'] : [hours / 24, 'day'];
  const shown = Math.max(Math.round(count * 10), 1) / 10;
  return `${shown} ${unit}${shown === 1 ? '' : 's'}`;
}

function stillNamed(code: string): MailError {
  return new MailError(
    code === 'daily-limit' ? 'daily-limit' : 'rate-limited',
    'Google asked for nothing to be sent before a certain time, which has not yet come.',
    'Nothing needs to be done: it goes on by itself then.',
    { sent: 'no' },
  );
}

function lockGone(): MailError {
  return new MailError(
    'spool-busy',
    'The spool is no longer watched by this run: the file of its lock was removed or replaced.',
    'No message was being sent. Start it again.',
  );
}
