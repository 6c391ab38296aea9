/** Empties a spool: several messages at a time, all waiting together at a rate limit. */

import { interrupted, MailError } from '../errors.js';
import { SharedWait, type WaitPorts } from '../google/shared-wait.js';
import type { SpoolEnvelope } from './envelope.js';
import { type Failure, failureOf, type Outcome } from './outcome.js';
import type { Claim, Lying, Spool } from './spool.js';

/** What became of one message. */
export interface MessageEnd {
  readonly file: string;
  readonly outcome: Outcome;
  /** Gmail's id, otherwise the Message-ID; null if it was not sent. */
  readonly id: string | null;
  /** Why it was not sent. */
  readonly error: MailError | null;
}

/** How many messages had each outcome. */
export type Counts = Readonly<Record<Outcome, number>>;

export interface SpoolPorts<Content> extends WaitPorts {
  /** Reads the file of a message. @throws MailError */
  read(path: string): Promise<Content>;
  /**
   * Sends one message and returns its id.
   *
   * @param handOver awaited right before the first byte leaves, on each attempt; if it fails, nothing is sent
   * @throws MailError
   */
  send(
    content: Content,
    envelope: SpoolEnvelope | null,
    handOver: () => Promise<void>,
  ): Promise<string | null>;
  onEnd(end: MessageEnd): void;
  /** How many messages at a time. */
  readonly parallel: number;
  /** Set by a watch, which runs again: it decides which messages are due, and does its own waiting at a rate limit. */
  readonly watch?: {
    isDue(name: string): boolean;
    /** After an outage: until a message gets through, the first failure that may affect all of them ends the run. */
    readonly isWary: boolean;
  };
}

/** The result of a run. */
export interface Emptied {
  readonly counts: Counts;
  /** The error that ended the run early; null if none did. */
  readonly stoppedBy: MailError | null;
  /** How many files were skipped because they may still be being written. */
  readonly unsettled: number;
  readonly lying: Lying;
}

/** This many failures in a row are no accident: the other messages wait for another run. */
const UNKNOWN_MAX = 3;
const PASSING_MAX = 5;

type SpoolToEmpty = Pick<Spool, 'recover' | 'waiting' | 'claim' | 'lying'>;

/**
 * Sends every waiting message, including those that arrive meanwhile; each is tried once.
 *
 * @throws MailError `storage`, `site-busy`, `interrupted`; messages in progress are settled first
 */
export async function emptySpool<Content>(
  spool: SpoolToEmpty,
  ports: SpoolPorts<Content>,
): Promise<Emptied> {
  const run = new Run(spool, ports);
  await run.sendAll();
  const { counts, stoppedBy, unsettled } = run;
  return { counts, stoppedBy, unsettled, lying: spool.lying() };
}

class Run<Content> {
  readonly counts: Record<Outcome, number> = { sent: 0, refused: 0, unknown: 0, later: 0 };
  stoppedBy: MailError | null = null;
  unsettled = 0;
  readonly #tried = new Set<string>();
  /** Those that another run had claimed: it may have been killed since, so they are tried once more. */
  readonly #skipped = new Set<string>();
  /** Those whose file changed after it was claimed. */
  readonly #changed = new Set<string>();
  #queue: string[] = [];
  /** Until one is sent, and again after what may be an outage, messages go one at a time. */
  #oneAtATime = true;
  #isWary: boolean;
  #failure: unknown = null;
  #unknown = 0;
  #passing = 0;
  readonly #wait: SharedWait;

  constructor(
    private readonly spool: SpoolToEmpty,
    private readonly ports: SpoolPorts<Content>,
  ) {
    this.#isWary = ports.watch?.isWary === true;
    this.#wait = new SharedWait(ports, ports.watch === undefined ? undefined : 0);
  }

  async sendAll(): Promise<void> {
    while (await this.#fill()) {
      const workers = this.#oneAtATime ? 1 : this.ports.parallel;
      await Promise.all(Array.from({ length: workers }, () => this.#work()));
      if (this.#failure !== null) throw this.#failure;
      if (this.ports.signal.aborted) throw interrupted();
    }
  }

  /** Queues the messages that were not tried yet; false if nothing is left to do. */
  async #fill(): Promise<boolean> {
    if (this.#queue.length > 0 && this.stoppedBy === null) return true;
    for (const file of await this.spool.recover()) this.#tell(file, 'unknown', null, leftBehind());
    const { ready, unsettled, unusable } = this.spool.waiting();
    this.unsettled = unsettled + ready.filter((name) => this.#changed.has(name)).length;
    for (const { name, error } of unusable) {
      if (!this.#tried.has(name)) this.#tell(name, 'later', null, error);
      this.#tried.add(name);
    }
    const { watch } = this.ports;
    this.#queue = ready.filter((name) => !this.#tried.has(name) && watch?.isDue(name) !== false);
    if (this.stoppedBy === null) return this.#queue.length > 0;
    if (watch !== undefined) return false;
    for (const file of this.#queue) this.#tell(file, 'later', null, this.stoppedBy);
    return false;
  }

  async #work(): Promise<void> {
    const isAlone = this.#oneAtATime;
    do {
      if (this.#failure !== null || this.stoppedBy !== null || this.ports.signal.aborted) return;
      const name = this.#queue.shift();
      if (name === undefined) return;
      this.#tried.add(name);
      try {
        const claim = await this.spool.claim(name);
        if (claim !== null) await this.#settle(claim);
        else if (!this.#skipped.has(name)) {
          this.#skipped.add(name);
          this.#tried.delete(name);
        }
      } catch (error) {
        this.#failure ??= error;
      }
    } while (!isAlone && !this.#oneAtATime);
  }

  async #settle(claim: Claim): Promise<void> {
    const sending = new Sending(claim, this.ports, this.#wait);
    const end = await sending.end();
    if (end === 'still-written') {
      this.#changed.add(claim.name);
      return claim.end('later');
    }
    // Reported even if the file can't be moved: the outcome stands either way.
    try {
      await moveTo(claim, end);
    } finally {
      this.#tellEnd(claim.name, end);
    }
    if (sending.failure !== null) throw sending.failure;
  }

  #tellEnd(file: string, end: Sent | Failure): void {
    if ('id' in end) {
      this.#unknown = 0;
      this.#passing = 0;
      this.#oneAtATime = false;
      this.#isWary = false;
      this.#tell(file, 'sent', end.id, null);
    } else if (end.error.code !== 'interrupted') {
      this.#tell(file, end.outcome, null, end.error);
      this.#count(end);
    }
  }

  /** A failure that affects every message stops the run at once; one that only may, after a few in a row. */
  #count({ outcome, error, concerns }: Failure): void {
    if (concerns === 'this') {
      if (outcome === 'refused' && error.code === 'smtp-refused') this.#passing = 0;
      return;
    }
    this.#oneAtATime = true;
    if (outcome === 'unknown') {
      this.#unknown += 1;
      const most = this.#isWary ? 1 : UNKNOWN_MAX;
      if (this.#unknown >= most) this.stoppedBy ??= noClearAnswers(most);
      return;
    }
    this.#passing += 1;
    const most = this.#isWary ? 1 : PASSING_MAX;
    if (concerns === 'all' || this.#passing >= most) this.stoppedBy ??= error;
  }

  #tell(file: string, outcome: Outcome, id: string | null, error: MailError | null): void {
    this.counts[outcome] += 1;
    this.ports.onEnd({ file, outcome, id, error });
  }
}

interface Sent {
  readonly id: string | null;
}

async function moveTo(claim: Claim, end: Sent | Failure): Promise<void> {
  if ('id' in end) return claim.end('sent');
  const { outcome, error, concerns } = end;
  if (outcome === 'later' && concerns !== 'all') return claim.putOff();
  const { code, message, hint, details } = error;
  return claim.end(
    outcome,
    outcome === 'refused' ? { code, message, hint, ...details } : undefined,
  );
}

/** Sends one message, from reading its file to the answer. */
class Sending<Content> {
  /** Set if the spool itself failed, which ends the run. */
  failure: unknown = null;
  #handingOver: Promise<void> | null = null;
  #isStillWritten = false;
  #wasStopped = false;

  constructor(
    private readonly claim: Claim,
    private readonly ports: SpoolPorts<Content>,
    private readonly wait: SharedWait,
  ) {}

  /** A refusal counts only if the file is still the one that was read. */
  async end(): Promise<Sent | Failure | 'still-written'> {
    const end = await this.#try();
    const isRefused = typeof end === 'object' && 'outcome' in end && end.outcome === 'refused';
    if (!isRefused) return end;
    try {
      return this.claim.isUnchanged() ? end : 'still-written';
    } catch (error) {
      // Only a message that was not handed over is checked here, and failing to check its file is no reason to refuse
      // it.
      return ofThisFile(failureOf(error, false));
    }
  }

  /** Waits at a rate limit, then tries the same message again. */
  async #try(): Promise<Sent | Failure | 'still-written'> {
    const { claim, ports } = this;
    let content: Content;
    let envelope: SpoolEnvelope | null;
    try {
      await this.wait.pass();
      envelope = await claim.envelope();
      content = await ports.read(claim.path);
    } catch (error) {
      return ofThisFile(failureOf(error, false));
    }
    for (;;) {
      try {
        await this.wait.pass();
        return { id: await ports.send(content, envelope, () => this.#handOver()) };
      } catch (error) {
        // If the run was interrupted, the move may still be under way.
        await this.#handingOver?.catch(() => undefined);
        if (this.#isStillWritten) return 'still-written';
        // Whatever became of that error on its way here, nothing has left.
        if (this.#wasStopped) return failureOf(interrupted(), false);
        const failure = failureOf(error, this.#handingOver !== null);
        const { outcome, error: limit } = failure;
        const isLimited = outcome === 'later' && limit.code === 'rate-limited';
        if (!isLimited) return failure;
        // Put back before waiting: a run that is killed while it waits has not sent the message.
        try {
          if (!(await claim.takeBack()) || !this.wait.mayWait(limit)) return failure;
        } catch (error) {
          this.failure = error;
          return failure;
        }
        this.#handingOver = null;
      }
    }
  }

  #handOver(): Promise<void> {
    this.#handingOver ??= this.#moveOver();
    return this.#handingOver;
  }

  async #moveOver(): Promise<void> {
    try {
      this.#isStillWritten = !(await this.claim.handOver());
    } catch (error) {
      this.failure = error;
    }
    this.#wasStopped = this.#isStillWritten || this.failure !== null || this.ports.signal.aborted;
    if (this.#wasStopped) throw interrupted();
  }
}

/** A failure to read concerns this message alone; an interruption concerns all of them. */
function ofThisFile(failure: Failure): Failure {
  return failure.error.code === 'interrupted' ? failure : { ...failure, concerns: 'this' };
}

function leftBehind(): MailError {
  return new MailError(
    'delivery-unknown',
    'A run that was killed was sending this message, so it is not known whether it was sent.',
    'Before you send it again, look in the Sent folder of the account, or ask a recipient whether it came.',
    { sent: 'unknown' },
  );
}

function noClearAnswers(count: number): MailError {
  return new MailError(
    'network',
    count === 1
      ? 'The message that was tried got no clear answer, so no more are handed over now.'
      : `${count} messages in a row got no clear answer, so no more are handed over now.`,
    'The others were not handed over: they wait in the folder "new" for the next run.',
    { sent: 'no' },
  );
}
