/**
 * One history of a watch, made from a seed: messages come, the network, Google and the keychain fail and recover, the
 * computer sleeps, its clock is set, runs are killed, ended, and side by side. What must hold is checked as it happens
 * and at the end.
 */

import { MailError } from '../../src/errors.js';
import { ENVELOPE } from '../../src/kit/spools.js';
import { emptySpool, type MessageEnd, type SpoolPorts } from '../../src/send/empty-spool.js';
import { Kept } from '../../src/send/kept.js';
import { Spool } from '../../src/send/spool.js';
import { StepClock } from '../../src/send/step-clock.js';
import { type Pause, type SpoolNews, watchSpool } from '../../src/send/watch.js';
import { numbersFrom } from '../support/random.js';
import { Killed, MemoryDisk, Process } from './memory-disk.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ROOT = '/spool';
const OWNER = { site: 'harbour-physio', store: 'a store', description: 'it', isRehearsal: false };
const START = Date.parse('2026-11-20T08:00:00Z');

/** The pauses of the contract. */
const PAUSES = [1, 5, 15, 60].map((minutes) => minutes * MINUTE);

type Weather = 'fine' | 'no-network' | 'locked' | 'signed-out' | 'lost' | 'limited' | 'full';
const STORMS: readonly Weather[] = [
  ...(['no-network', 'locked', 'signed-out', 'lost', 'limited', 'full'] as const),
];
type Nature = 'plain' | 'busy' | 'bad' | 'odd-sender';

/** How long things take in a history, in milliseconds. */
export interface Lengths {
  /** Between two looks of the watch. */
  readonly look: number;
  readonly giveUp: number;
  readonly keep: number;
  /** Weather changes for so long. */
  readonly storm: number;
  /** Then all is well, for longer than it takes to give up what is put back in the storm, and to say so. */
  readonly calm: number;
  /** The most that Google names. */
  readonly namedMost: number;
  /** How long one kind of weather lasts at most, most times. */
  readonly weather: number;
  /** How long it lasts at most, and the computer sleeps. */
  readonly night: number;
}

/** A day and a half, as a watch lives it. */
export const LONG: Lengths = {
  look: 5 * MINUTE,
  giveUp: 10 * HOUR,
  keep: 6 * HOUR,
  storm: 30 * HOUR,
  calm: 12 * HOUR,
  namedMost: 3 * HOUR,
  weather: 3 * HOUR,
  night: 14 * HOUR,
};

/** The same in a few hours and with few looks, so that very many can be played. */
export const SHORT: Lengths = {
  look: 15 * MINUTE,
  giveUp: 2 * HOUR,
  keep: HOUR,
  storm: 6 * HOUR,
  calm: 4 * HOUR,
  namedMost: HOUR,
  weather: HOUR,
  night: 4 * HOUR,
};

export interface HistoryOptions {
  readonly seed: number;
  readonly lengths: Lengths;
  /** Kills, power cuts and other runs; without them, news can be counted exactly. */
  readonly isRough: boolean;
  /** For how long a file must not have changed. */
  readonly settleMs: number;
}

interface Sent {
  readonly id: string;
  readonly nature: Nature;
  readonly hasEnvelope: boolean;
  delivered: number;
  deliveredAt: number;
  seenAt: number | null;
  triedAt: number;
  wasGivenUp: boolean;
  isByOther: boolean;
}

export class History {
  /** Milliseconds that have really passed. */
  #time = 0;
  #clockError = 0;
  #timers: { readonly at: number; readonly order: number; readonly ring: () => void }[] = [];
  #order = 0;
  #weather: Weather = 'fine';
  /** Since when the processes run, without those that were killed. */
  #downUntil = 0;
  /** How long no watch was awake, so far. */
  #awayMs = 0;
  #clockWasSetWhileAway = false;
  #clockSetAt = Number.NEGATIVE_INFINITY;
  #lookedAt = 0;
  /** Who last read a file in \`sending\`. */
  readonly #reader = new Map<string, Process>();
  readonly #keptInMemory = new Set<string>();
  /** What is noticed is noticed at a look. */
  readonly #noticed: number;
  readonly #random: () => number;
  readonly #disk = new MemoryDisk(() => this.#wall());
  readonly #messages = new Map<string, Sent>();
  #watch: {
    readonly process: Process;
    readonly stop: AbortController;
    ended: Promise<void>;
  } | null = null;
  /** Of the watch that runs: what it last said of a pause. */
  #paused: { readonly at: number; readonly wall: number; readonly pause: Pause } | null = null;
  #pausesInARow = 0;
  #stopsSincePause = 0;
  #limitedUntil = 0;
  #outagesToTell = 0;
  #isOutageCounted = false;
  readonly news: SpoolNews[] = [];
  #givenUpTold = 0;
  #refusedNews = 0;
  /** Ends the sleep of the watch. */
  #wake: () => void = () => undefined;
  readonly counts = { given: 0, givenUp: 0, unknown: 0, kills: 0, pauses: 0, delivered: 0 };
  readonly faults: string[] = [];

  constructor(private readonly options: HistoryOptions) {
    this.#noticed = options.lengths.look + MINUTE;
    this.#random = numbersFrom(options.seed);
  }

  async run(): Promise<void> {
    this.#disk.makeFolder(ROOT);
    this.#disk.makeFolder(`${ROOT}/new`);
    this.#plan();
    await this.#startWatch();
    await this.#passTime(this.options.lengths.storm + this.options.lengths.calm);
    await this.#stopWatch();
    this.#judge();
  }

  // What happens.

  #plan(): void {
    const { storm, weather: often, night } = this.options.lengths;
    for (let at = 0; at < storm; ) {
      const isFine = this.#chance(0.4);
      const weather = isFine ? 'fine' : this.#pick(STORMS);
      this.#at(at, () => this.#setWeather(weather));
      at += this.#between(5 * MINUTE, this.#chance(0.2) ? night : often);
    }
    this.#at(storm, () => this.#setWeather('fine'));
    const count = 1 + Math.floor(this.#random() * 12);
    for (let number = 0; number < count; number += 1) {
      this.#at(this.#between(0, storm * 0.7), () => this.#put(number));
    }
    const incidents: (() => unknown)[] = [() => this.#sleep(), () => this.#setClock()];
    if (this.options.isRough) {
      incidents.push(
        ...[() => this.#kill(false), () => this.#kill(true), () => this.#killSoon()],
        ...[() => this.#restart(), () => this.#runOnce(), () => this.#secondWatch()],
        () => this.#putBack(),
      );
    }
    const most = this.#random() * 8;
    for (let done = 0; done < most; done += 1) {
      this.#at(this.#between(0, storm), this.#pick(incidents));
    }
  }

  #setWeather(weather: Weather): void {
    this.#weather = weather;
    this.#disk.isFull = weather === 'full';
    if (weather === 'limited')
      this.#limitedUntil = this.#time + this.#between(0, this.options.lengths.namedMost);
  }

  #put(number: number): void {
    const roll = this.#random();
    const nature: Nature =
      roll < 0.7 ? 'plain' : roll < 0.8 ? 'busy' : roll < 0.9 ? 'bad' : 'odd-sender';
    const id = `message-${number}`;
    const hasEnvelope = this.#chance(0.5);
    // Names come again, once they are free.
    const wanted = `${this.#pick(['a', 'b', 'c', 'd'])}.eml`;
    const isTaken = [wanted, wanted + ENVELOPE].some((name) =>
      this.#disk.inode(`${ROOT}/new/${name}`),
    );
    const name = isTaken ? `${id}.eml` : wanted;
    const path = `${ROOT}/new/${name}`;
    if (hasEnvelope) {
      const envelope = { site: OWNER.site, from: null, to: [`${id}@x.example`] };
      this.#disk.put(path + ENVELOPE, Buffer.from(JSON.stringify(envelope)));
    }
    this.#disk.put(path, Buffer.from(id));
    this.#disk.flush();
    this.counts.given += 1;
    this.#messages.set(id, {
      ...{ id, nature, hasEnvelope, delivered: 0, deliveredAt: 0, seenAt: null },
      ...{ triedAt: Number.NEGATIVE_INFINITY, wasGivenUp: false, isByOther: false },
    });
  }

  /** The computer sleeps: time passes, and nothing runs. */
  #sleep(): void {
    const { night, storm } = this.options.lengths;
    const ms = Math.min(this.#between(MINUTE, night), storm - this.#time);
    this.#downUntil = Math.max(this.#downUntil, this.#time + ms);
    this.#awayMs += ms;
  }

  #setClock(): void {
    const most = this.#chance(0.5) ? HOUR : 5 * 365 * 24 * HOUR;
    this.#clockError += this.#between(-most, most);
    this.#clockSetAt = this.#time;
    if (this.#watch === null || this.#watch.process.isDead) this.#clockWasSetWhileAway = true;
  }

  #kill(isPowerCut: boolean): void {
    this.counts.kills += 1;
    this.#watch?.process.kill();
    if (isPowerCut) this.#disk.cutPower((of) => Math.floor(this.#random() * (of + 1)));
    this.#startLater();
  }

  /** At one of its next calls to the disk. */
  #killSoon(): void {
    if (this.#watch === null || this.#watch.process.isDead) return;
    this.counts.kills += 1;
    this.#watch.process.callsLeft = Math.floor(this.#random() * 60);
  }

  #startLater(): void {
    const ms = this.#chance(0.7) ? 10 * SECOND : this.#between(0, this.options.lengths.weather);
    this.#awayMs += ms;
    this.#at(this.#time + ms, () => void this.#startWatch());
  }

  async #restart(): Promise<void> {
    await this.#stopWatch();
    this.#startLater();
  }

  async #startWatch(): Promise<void> {
    if (this.#watch !== null && !this.#watch.process.isDead) return;
    const process = new Process(this.#disk, () => this.#onKill(process));
    const stop = new AbortController();
    const watch = { process, stop, ended: Promise.resolve() };
    this.#watch = watch;
    this.#paused = null;
    watch.ended = this.#watching(process, stop).catch((error: unknown) => {
      if (process.isDead || error instanceof Killed) return;
      // A full disk is met at the start; whatever starts the watch tries again.
      const isFull = error instanceof MailError && error.code === 'storage';
      if (!isFull) this.#fault(`the watch ended: ${error instanceof Error ? error.stack : error}`);
      process.kill();
    });
  }

  #onKill(process: Process): void {
    if (this.#watch?.process !== process) return;
    // Killed before it had noticed, and kept, what that means for its times.
    if (this.#clockSetAt > this.#lookedAt - 2 * this.options.lengths.look)
      this.#clockWasSetWhileAway = true;
    this.#awayMs += 5 * MINUTE;
    this.#at(this.#time + 5 * MINUTE, () => void this.#startWatch());
  }

  async #watching(process: Process, { signal }: AbortController): Promise<void> {
    const { look, giveUp, keep } = this.options.lengths;
    const disk = process.view();
    const clock = { now: () => new Date(this.#wall()), uptime: () => this.#time };
    const steps = new StepClock(clock);
    let kept: Kept | null = null;
    const spool = await Spool.open(ROOT, {
      ...this.#spoolOptions(),
      disk,
      onSent: (name, found) => {
        kept?.add(name, found);
        // What can't be written down now is lost with a kill; then nobody deletes it.
        if (this.#disk.isFull) this.#keptInMemory.add(name);
      },
    });
    const lock = spool.lockForWatch('{}');
    if (lock === null) {
      this.#fault('no watch runs, and its lock is held');
      return;
    }
    kept = new Kept(disk, ROOT, steps);
    await watchSpool(
      this.#seeing(spool),
      kept,
      {
        ...{ steps, disk, signal },
        clock: { ...clock, sleep: (ms) => this.#wait(ms, process, signal) },
        empty: (watch, onEnd) =>
          emptySpool(spool, { ...this.#ports(process, signal), watch, onEnd, parallel: 3 }),
        onEnd: (end) => this.#take(end, process),
        onPause: (pause) => this.#takePause(pause, process),
        news: async (items) => this.#takeNews(items, process),
      },
      { folder: ROOT, site: OWNER.site, giveUpMs: giveUp, keepMs: keep, lookMs: look, lock },
    );
    await lock.letGo();
    // SIGTERM: nothing is in hand, but of another run.
    const inHand = this.#disk
      .names(`${ROOT}/sending`)
      .filter((name) => this.#reader.get(`${ROOT}/sending/${name}`) === process);
    if (inHand.length > 0) this.#fault(`ended with ${inHand} in hand`);
  }

  #spoolOptions() {
    return {
      ...{ owner: OWNER, settleMs: this.options.settleMs },
      now: () => new Date(this.#wall()),
      uptime: () => this.#time,
    };
  }

  async #stopWatch(): Promise<void> {
    const watch = this.#watch;
    if (watch === null || watch.process.isDead) return;
    watch.stop.abort();
    this.#wake();
    await watch.ended;
    this.#watch = null;
  }

  /** Notes when the watch saw which message. */
  #seeing(spool: Spool): Spool {
    const seen = Object.create(spool) as Spool;
    seen.waiting = () => {
      // What it sees then, it can keep.
      if (!this.#disk.isFull) this.#lookedAt = this.#time;
      const waiting = spool.waiting();
      for (const name of waiting.ready) {
        const message = this.#messageAt(`${ROOT}/new/${name}`);
        if (message !== null) message.seenAt ??= this.#time;
      }
      return waiting;
    };
    for (const method of ['claim', 'recover', 'lying', 'deleteSent'] as const) {
      seen[method] = spool[method].bind(spool) as never;
    }
    return seen;
  }

  #ports(process: Process, signal: AbortSignal): Omit<SpoolPorts<string>, 'onEnd' | 'parallel'> {
    return {
      read: async (path) => {
        process.live();
        this.#reader.set(path, process);
        return this.#disk.read(path).toString();
      },
      send: async (id, envelope, handOver) => {
        await this.#wait(this.#between(0, 2 * SECOND), process, null);
        return this.#send(id, envelope?.to ?? null, handOver, process);
      },
      onWait: () => undefined,
      now: () => new Date(this.#wall()),
      signal,
    };
  }

  async #send(
    id: string,
    to: readonly string[] | null,
    handOver: () => Promise<void>,
    process: Process,
  ): Promise<string> {
    const message = this.#messages.get(id);
    if (message === undefined) throw new Error(`nobody wrote ${JSON.stringify(id)}`);
    if (message.hasEnvelope !== (to !== null)) this.#fault(`${id} left without its envelope`);
    if (to !== null && to[0] !== `${id}@x.example`) this.#fault(`${id} left for ${to}`);
    const isLimited = this.#weather === 'limited' && this.#time < this.#limitedUntil;
    if (this.#watch?.process === process) this.#judgeTry(message.nature, isLimited);
    message.triedAt = this.#time;
    const weather = this.#weather;
    if (weather === 'no-network') throw failing('network');
    if (weather === 'locked') throw failing('keychain-locked');
    if (weather === 'signed-out') throw failing('sign-in-needed', { sent: 'no' });
    if (message.nature === 'bad') throw failing('invalid-message', { sent: 'no' });
    if (message.nature === 'busy') throw failing('network', { sent: 'no', refusedAt: 'recipient' });
    if (message.nature === 'odd-sender')
      throw failing('smtp-refused', { sent: 'no', refusedAt: 'sender' });
    await handOver();
    this.#mayDie(process);
    await this.#wait(this.#between(0, SECOND), process, null);
    if (isLimited) {
      const retryAt = new Date(this.#wall() + this.#limitedUntil - this.#time).toISOString();
      throw failing('rate-limited', this.#chance(0.7) ? { sent: 'no', retryAt } : { sent: 'no' });
    }
    if (weather === 'lost') {
      if (this.#chance(0.5)) this.#deliver(message);
      throw this.#chance(0.5) ? failing('delivery-unknown') : new TypeError('fault');
    }
    this.#deliver(message);
    message.isByOther = this.#watch?.process !== process;
    // It may be killed before it hears of it.
    this.#mayDie(process);
    await this.#wait(this.#between(0, SECOND), process, null);
    return `id of ${id}`;
  }

  /** In the worst moment: while a message is on its way. */
  #mayDie(process: Process): void {
    if (!this.options.isRough || !this.#chance(0.05)) return;
    this.counts.kills += 1;
    process.kill();
    if (this.#chance(0.5)) {
      this.#watch?.process.kill();
      this.#disk.cutPower((of) => Math.floor(this.#random() * (of + 1)));
    }
    process.live();
  }

  #deliver(message: Sent): void {
    message.delivered += 1;
    message.deliveredAt = this.#time;
    this.counts.delivered += 1;
    if (message.delivered > 1) this.#fault(`${message.id} was delivered twice`);
  }

  /** A plain run beside the watch. */
  async #runOnce(): Promise<void> {
    const process = new Process(this.#disk, () => undefined);
    try {
      const spool = await Spool.open(ROOT, {
        ...this.#spoolOptions(),
        disk: process.view(),
      });
      if (this.#chance(0.3)) process.callsLeft = Math.floor(this.#random() * 80);
      await emptySpool(spool, {
        ...this.#ports(process, new AbortController().signal),
        // Else it would really wait where a rate is limited.
        watch: { isDue: () => true, isWary: false },
        onEnd: () => undefined,
        parallel: 2,
      });
    } catch (error) {
      if (!process.isDead && !(error instanceof MailError)) throw error;
    }
    process.kill();
  }

  async #secondWatch(): Promise<void> {
    if (this.#watch === null || this.#watch.process.isDead || this.#disk.isFull) return;
    const process = new Process(this.#disk, () => undefined);
    const spool = await Spool.open(ROOT, { ...this.#spoolOptions(), disk: process.view() });
    const isFirst = this.#watch !== null && !this.#watch.process.isDead;
    const lock = spool.lockForWatch('{}');
    if (isFirst && lock !== null && !this.#watch?.process.isDead) {
      this.#fault('two watches on one spool');
    }
    process.kill();
  }

  /** A person puts back what was given up: from then on it counts anew. */
  async #putBack(): Promise<void> {
    const process = new Process(this.#disk, () => undefined);
    try {
      const spool = await Spool.open(ROOT, { ...this.#spoolOptions(), disk: process.view() });
      for (const name of this.#disk.names(`${ROOT}/refused`)) {
        const message = this.#messageAt(`${ROOT}/refused/${name}`);
        if (message?.wasGivenUp !== true) continue;
        await spool.putBack({ place: 'refused', name, wasSentToSome: false });
        message.wasGivenUp = false;
        message.seenAt = null;
      }
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
    }
    process.kill();
  }

  // What the watch says.

  #take({ file, outcome, error }: MessageEnd, process: Process): void {
    if (this.#watch?.process !== process) return;
    if (outcome === 'sent') {
      this.#pausesInARow = 0;
      this.#isOutageCounted = false;
      this.#stopsSincePause = 0;
    }
    if (outcome === 'unknown') this.counts.unknown += 1;
    if (error?.code === 'gave-up') this.#takeGivenUp(file);
  }

  #takeGivenUp(file: string): void {
    this.counts.givenUp += 1;
    this.#givenUpTold += 1;
    const message = this.#disk
      .names(`${ROOT}/refused`)
      .filter((name) => name.startsWith(file) && this.#isGivenUp(name))
      // On a full disk others were refused without a reason beside them.
      .sort((one, other) => Number(this.#hasReason(other)) - Number(this.#hasReason(one)))
      .map((name) => this.#messageAt(`${ROOT}/refused/${name}`))
      .find((one) => one !== null && !one.wasGivenUp);
    if (message == null) {
      this.#fault(`${file} was given up, and is not in refused`);
      return;
    }
    message.wasGivenUp = true;
    const waited = this.#time - (message.seenAt ?? this.#time);
    const isEarly =
      waited < this.options.lengths.giveUp - this.#noticed && !this.#clockWasSetWhileAway;
    if (isEarly) this.#fault(`${message.id} was given up after ${waited / HOUR} hours`);
    const lastTry = Math.max(...Array.from(this.#messages.values(), ({ triedAt }) => triedAt));
    // A disk that is full is found out without a message.
    const isTried = this.#time - lastTry <= HOUR + this.#noticed || this.#weather === 'full';
    if (!isTried) this.#fault(`${message.id} was given up without a try`);
  }

  #hasReason(name: string): boolean {
    return this.#disk.inode(`${ROOT}/refused/${name}.json`) !== null;
  }

  #isGivenUp(name: string): boolean {
    const reason = this.#disk.inode(`${ROOT}/refused/${name}.json`);
    // On a full disk there is none.
    return reason === null || reason.data.toString().includes('gave-up');
  }

  #takePause(pause: Pause, process: Process): void {
    if (this.#watch?.process !== process) return;
    this.counts.pauses += 1;
    const isNamed = pause.error.details.retryAt !== undefined;
    const ms = pause.until.getTime() - this.#wall();
    const expected = PAUSES[Math.min(this.#pausesInARow, 3)] ?? 0;
    if (ms < MINUTE) this.#fault(`paused for ${ms / SECOND} seconds`);
    if (!isNamed && ms !== expected && !this.options.isRough) {
      this.#fault(`paused for ${ms / MINUTE} minutes instead of ${expected / MINUTE}`);
    }
    this.#pausesInARow += 1;
    if (ms > 15 * MINUTE && !this.#isOutageCounted) {
      this.#isOutageCounted = true;
      this.#outagesToTell += 1;
    }
    this.#paused = { at: this.#time, wall: this.#wall(), pause };
    this.#stopsSincePause = 0;
  }

  /** At each message that the watch tries. */
  #judgeTry(nature: Nature, isLimited: boolean): void {
    const { at, wall, pause } = this.#paused ?? { at: 0, wall: 0, pause: null };
    if (pause === null) return;
    const passed = this.#time - at;
    if (passed < MINUTE) this.#fault(`tried ${passed / SECOND} seconds after a pause began`);
    const ms = pause.until.getTime() - wall;
    const isNamed = pause.error.details.retryAt !== undefined;
    const isOver = passed >= ms || (isNamed && this.#wall() >= pause.until.getTime());
    if (!isOver) this.#fault(`tried ${passed / MINUTE} minutes into ${ms / MINUTE}`);
    // In an outage, one at a time: all that fail now before the next pause are of messages alone.
    this.#stopsSincePause += failsForAll(this.#weather, nature, isLimited) ? 1 : 0;
    if (this.#stopsSincePause > 1 && this.#pausesInARow > 0) {
      this.#fault(`${this.#stopsSincePause} messages were tried in an outage (${this.#weather})`);
    }
  }

  #takeNews(items: readonly SpoolNews[], process: Process): boolean {
    process.live();
    // Some other program did not take it.
    if (this.#chance(0.1)) {
      if (items.some(({ kind }) => kind === 'spool-paused')) this.#refusedNews += 1;
      return false;
    }
    this.news.push(...items);
    if (JSON.stringify(items).includes('message-')) this.#fault('news name a message');
    return true;
  }

  // What must hold in the end.

  #judge(): void {
    const places = new Map<string, string[]>();
    for (const place of ['new', 'sending', 'sent', 'refused', 'unknown']) {
      for (const name of this.#disk.names(`${ROOT}/${place}`)) {
        const message = this.#messageAt(`${ROOT}/${place}/${name}`);
        if (message === null) continue;
        places.set(message.id, [...(places.get(message.id) ?? []), place]);
        const envelope = this.#disk.inode(`${ROOT}/${place}/${name}${ENVELOPE}`);
        const isItsOwn = envelope?.data.toString().includes(`${message.id}@`) === true;
        if (message.hasEnvelope !== isItsOwn && (message.hasEnvelope || envelope !== null)) {
          this.#fault(`${message.id} lies in ${place} without its own envelope`);
        }
      }
    }
    for (const message of this.#messages.values()) {
      this.#judgeMessage(message, places.get(message.id) ?? []);
    }
    this.#judgeNews();
  }

  #judgeMessage(message: Sent, where: readonly string[]): void {
    const { id, delivered, nature, deliveredAt } = message;
    const { giveUp, keep, namedMost } = this.options.lengths;
    if (where.length > 1) this.#fault(`${id} lies in ${where}`);
    const [place = 'nowhere'] = where;
    if (place === 'nowhere') {
      if (delivered === 0) this.#fault(`${id} is lost`);
      else if (message.isByOther) this.#fault(`${id} was deleted, and not by who had put it there`);
      else if (this.#time - deliveredAt < keep - this.#noticed && !this.#clockWasSetWhileAway)
        this.#fault(`${id} was deleted from sent too early`);
    }
    const isRight =
      place === 'sent'
        ? delivered === 1
        : place === 'new' || place === 'refused'
          ? delivered === 0
          : place !== 'sending';
    if (!isRight) this.#fault(`${id} was delivered ${delivered} times, and lies in ${place}`);
    // All was well for hours.
    if (nature === 'plain' && place === 'new') this.#fault(`${id} still waits`);
    const slack = HOUR + namedMost + 4 * this.#noticed + this.#awayMs;
    if (place === 'new' && this.#time - (message.seenAt ?? this.#time) > giveUp + slack) {
      this.#fault(`${id} is still tried`);
    }
    const isOld = this.#time - deliveredAt > keep + 8 * this.#noticed + this.#awayMs;
    const isKnown = !message.isByOther && !(this.options.isRough && this.#keptInMemory.size > 0);
    if (place === 'sent' && isOld && isKnown && !this.#clockWasSetWhileAway) {
      this.#fault(`${id} still lies in sent`);
    }
  }

  #judgeNews(): void {
    const of = (kind: SpoolNews['kind']) => this.news.filter((item) => item.kind === kind);
    const countOf = (kind: SpoolNews['kind']) =>
      of(kind).reduce(
        (sum, { message }) => sum + Number(/^(\d+) messages/.exec(message)?.[1] ?? 1),
        0,
      );
    const [givenUp, unknown] = [countOf('messages-given-up'), countOf('messages-unknown')];
    const [paused, resumed] = [of('spool-paused').length, of('spool-resumed').length];
    const givenUpTold = this.#givenUpTold;
    const inUnknown = this.#disk.names(`${ROOT}/unknown`);
    const unknownTold = inUnknown.filter((name) => !name.endsWith(ENVELOPE)).length;
    if (givenUp < givenUpTold) this.#fault(`${givenUpTold} given up, notified ${givenUp}`);
    if (unknown < unknownTold) this.#fault(`${unknownTold} unknown, notified ${unknown}`);
    if (this.options.isRough) return;
    if (givenUp !== givenUpTold) this.#fault(`${givenUpTold} given up, notified ${givenUp}`);
    if (unknown !== unknownTold) this.#fault(`${unknownTold} unknown, notified ${unknown}`);
    if (paused > this.#outagesToTell)
      this.#fault(`${this.#outagesToTell} outages, ${paused} notified`);
    // One that ends before it could be told is not.
    if (paused < this.#outagesToTell - this.#refusedNews) {
      this.#fault(`of ${this.#outagesToTell} outages, ${paused} were notified`);
    }
    if (resumed > paused) this.#fault('resumed more often than paused');
  }

  // Time.

  #wall(): number {
    return START + this.#time + this.#clockError;
  }

  #at(time: number, ring: () => unknown): void {
    this.#order += 1;
    this.#timers.push({ at: time, order: this.#order, ring: () => void ring() });
  }

  #wait(ms: number, process: Process, signal: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const ring = () => {
        if (process.isDead) return;
        // While the computer sleeps, nothing runs.
        if (this.#time < this.#downUntil) return this.#at(this.#downUntil, ring);
        try {
          process.live();
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      this.#at(this.#time + ms, ring);
      if (signal !== null) this.#wake = resolve;
    });
  }

  async #passTime(end: number): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      let next = 0;
      for (let index = 1; index < this.#timers.length; index += 1) {
        const [one, best] = [this.#timers[index], this.#timers[next]];
        if (one === undefined || best === undefined) break;
        if (one.at < best.at || (one.at === best.at && one.order < best.order)) next = index;
      }
      const [timer] = this.#timers.splice(next, 1);
      if (timer === undefined || timer.at > end) return;
      this.#time = Math.max(this.#time, timer.at);
      timer.ring();
    }
  }

  // The rest.

  #messageAt(path: string): Sent | null {
    const inode = this.#disk.inode(path);
    return inode === null ? null : (this.#messages.get(inode.data.toString()) ?? null);
  }

  #fault(what: string): void {
    this.faults.push(`at ${(this.#time / HOUR).toFixed(2)} h: ${what}`);
  }

  #chance(of: number): boolean {
    return this.#random() < of;
  }

  #between(least: number, most: number): number {
    return Math.floor(least + this.#random() * (most - least));
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }
}

function failsForAll(weather: Weather, nature: Nature, isLimited: boolean): boolean {
  if (['no-network', 'locked', 'signed-out'].includes(weather)) return true;
  if (nature === 'bad' || nature === 'busy') return false;
  return weather === 'lost' || isLimited;
}

function failing(code: MailError['code'], details: MailError['details'] = {}): MailError {
  return new MailError(code, 'What happened.', 'What to do.', details);
}
