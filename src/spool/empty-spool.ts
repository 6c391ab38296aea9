/** Empties a spool: several messages at a time, with one wait for all where a rate is limited. */

import { type ErrorCode, interrupted, MailError, unexpectedError } from '../errors.js';
import { SharedWait, type WaitPorts } from '../pace/shared-wait.js';
import type { Claim, Outcome, Spool } from './spool.js';

/** What became of one message. */
export interface MessageEnd {
  readonly file: string;
  readonly outcome: Outcome;
  /** The id that Gmail gave, else the Message-ID; null where it was not sent. */
  readonly id: string | null;
  /** Why it was not sent. */
  readonly error: MailError | null;
}

/** How many messages ended in which way. */
export type Counts = Readonly<Record<Outcome, number>>;

export interface SpoolPorts extends WaitPorts {
  /** Sends one message, and gives its id. @throws MailError */
  send(path: string): Promise<string | null>;
  told(end: MessageEnd): void;
  /** How many messages at a time. */
  readonly parallel: number;
}

/** Why a message can't be sent, whenever it is tried: `smtp-refused` only where the message was refused. */
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  'invalid-message',
  'invalid-recipient',
  'message-too-large',
  'smtp-refused',
  'internal',
]);

/** What may be of one message only, or over in a moment: the next one is tried. Anything else is of them all. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'network',
  'google-unavailable',
  'site-busy',
  'storage',
]);

/** So many in a row are no accident: the others wait for another run. */
const PASSING_MAX = 5;

/**
 * Sends every message that waits, also those that come meanwhile; each is tried once.
 *
 * @returns the counts, and the error for which the run ended early; null if it did not
 * @throws MailError `storage`, `interrupted`; what was in hand is settled by then
 */
export async function emptySpool(
  spool: Spool,
  ports: SpoolPorts,
): Promise<{ readonly counts: Counts; readonly stoppedBy: MailError | null }> {
  const run = new Run(spool, ports);
  await run.recover();
  await run.sendAll();
  return { counts: run.counts, stoppedBy: run.stoppedBy };
}

class Run {
  readonly counts: Record<Outcome, number> = { sent: 0, refused: 0, unknown: 0, later: 0 };
  stoppedBy: MailError | null = null;
  readonly #tried = new Set<string>();
  #queue: string[] = [];
  #failure: unknown = null;
  #passing = 0;
  readonly #wait: SharedWait;

  constructor(
    private readonly spool: Spool,
    private readonly ports: SpoolPorts,
  ) {
    this.#wait = new SharedWait(ports);
  }

  async recover(): Promise<void> {
    for (const file of await this.spool.recover()) this.#tell(file, 'unknown', null, leftBehind());
  }

  async sendAll(): Promise<void> {
    // One goes first: with it the access token is there for the others.
    for (let parallel = 1; await this.#fill(); parallel = this.ports.parallel) {
      const workers = Array.from({ length: parallel }, () => this.#work(parallel === 1));
      await Promise.all(workers);
      if (this.#failure !== null) throw this.#failure;
      if (this.ports.signal.aborted) throw interrupted();
    }
  }

  /** Looks for messages that were not tried yet. */
  async #fill(): Promise<boolean> {
    if (this.#queue.length > 0 && this.stoppedBy === null) return true;
    const waiting = await this.spool.waiting();
    this.#queue = waiting.filter((name) => !this.#tried.has(name));
    if (this.stoppedBy === null) return this.#queue.length > 0;
    for (const file of this.#queue) this.#tell(file, 'later', null, this.stoppedBy);
    return false;
  }

  async #work(once: boolean): Promise<void> {
    for (let goesOn = true; goesOn; goesOn = !once) {
      if (this.#failure !== null || this.stoppedBy !== null || this.ports.signal.aborted) return;
      const name = this.#queue.shift();
      if (name === undefined) return;
      this.#tried.add(name);
      try {
        const claim = await this.spool.claim(name);
        if (claim !== null) await this.#settle(claim);
      } catch (error) {
        this.#failure ??= error;
      }
    }
  }

  async #settle(claim: Claim): Promise<void> {
    const { name } = claim;
    const id = await this.#send(claim);
    if (!(id instanceof MailError)) {
      this.#passing = 0;
      await claim.end('sent');
      this.#tell(name, 'sent', id, null);
      return;
    }
    const outcome = outcomeOf(id);
    const { code, message, hint, details } = id;
    const reason = outcome === 'refused' ? { code, message, hint, ...details } : undefined;
    await claim.end(outcome, reason);
    if (code === 'interrupted') return;
    this.#tell(name, outcome, null, id);
    if (outcome !== 'later') return;
    this.#passing += 1;
    if (!PASSING.has(code) || this.#passing >= PASSING_MAX) this.stoppedBy ??= id;
  }

  /** The id, or why there is none. A limited rate is waited for, and the same message tried again. */
  async #send({ path }: Claim): Promise<string | null | MailError> {
    for (;;) {
      try {
        await this.#wait.pass();
        return await this.ports.send(path);
      } catch (error) {
        // What was thrown by a fault of ours says nothing about the message.
        if (!(error instanceof MailError)) return unknownFate(error);
        if (error.code !== 'rate-limited' || !this.#wait.mayWait(error)) return error;
      }
    }
  }

  #tell(file: string, outcome: Outcome, id: string | null, error: MailError | null): void {
    this.counts[outcome] += 1;
    this.ports.told({ file, outcome, id, error });
  }
}

function outcomeOf({ code, details }: MailError): Outcome {
  if (code === 'delivery-unknown' || details.sent === 'unknown') return 'unknown';
  if (details.refusedAt === 'log-in') return 'later';
  return REFUSED.has(code) || details.sent === 'partly' ? 'refused' : 'later';
}

function unknownFate(error: unknown): MailError {
  const { message, hint } = unexpectedError(error);
  return new MailError('delivery-unknown', message, hint, { sent: 'unknown' });
}

function leftBehind(): MailError {
  return new MailError(
    'delivery-unknown',
    'A run that was killed was sending this message, so it is not known whether it was sent.',
    'Before you send it again, look in the Sent folder of the account, or ask a recipient whether it came.',
    { sent: 'unknown' },
  );
}
