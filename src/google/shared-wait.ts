/** One wait shared by all: once a rate limit is hit, everything waits until it is over. */

import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, type MailError } from '../errors.js';

/** In milliseconds: the waits if no time is named, and how long a run waits in total by default. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
const PATIENCE_MS = 15 * 60_000;

export interface WaitPorts {
  now(): Date;
  readonly signal: AbortSignal;
  /** Everything waits until then. */
  onWait(until: Date): void;
}

/** The shared wait of one run. */
export class SharedWait {
  #until = 0;
  #nextMs = FIRST_WAIT_MS;
  #waitedMs = 0;

  /** @param patienceMs how long a run waits in total, in milliseconds */
  constructor(
    private readonly ports: WaitPorts,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Waits while a wait is set. @throws MailError `interrupted` */
  async pass(): Promise<void> {
    const { signal, now } = this.ports;
    for (;;) {
      if (signal.aborted) throw interrupted();
      const ms = this.#until - now().getTime();
      if (ms <= 0) return;
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  /** After a `rate-limited`, sets the time until which everything waits; false if that is too long. */
  mayWait({ details }: MailError): boolean {
    const now = this.ports.now().getTime();
    // Another request hit the limit at the same moment: the wait is already set.
    if (this.#until > now) return true;
    const named = Date.parse(details.retryAt ?? '');
    // If the named time is past by this clock, the call would be retried at once, for ever.
    const ms = Math.max(Number.isNaN(named) ? 0 : named - now + 100, this.#nextMs);
    if (this.#waitedMs + ms > this.patienceMs) return false;
    this.#waitedMs += ms;
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_WAIT_MS);
    this.#until = now + ms;
    this.ports.onWait(new Date(this.#until));
    return true;
  }
}
