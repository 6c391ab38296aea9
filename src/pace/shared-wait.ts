/** One wait for all: where a rate is limited, everybody stands still until it is over. */

import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, type MailError } from '../errors.js';

/** The waits where no time is named, in milliseconds, and how much a run waits altogether. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
const PATIENCE_MS = 15 * 60_000;

/** What waiting needs. */
export interface WaitPorts {
  now(): Date;
  readonly signal: AbortSignal;
  /** Everybody waits until then. */
  onWait(until: Date): void;
}

/** The wait of one run. */
export class SharedWait {
  #until = 0;
  #nextMs = FIRST_WAIT_MS;
  #waitedMs = 0;

  constructor(private readonly ports: WaitPorts) {}

  /** Waits, if there is a wait. @throws MailError `interrupted` */
  async pass(): Promise<void> {
    const { signal, now } = this.ports;
    for (;;) {
      if (signal.aborted) throw interrupted();
      const ms = this.#until - now().getTime();
      if (ms <= 0) return;
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Sets the time until which everybody waits after a `rate-limited`; false where that is too far away. */
  mayWait({ details }: MailError): boolean {
    const now = this.ports.now().getTime();
    // Another one met the limit in the same moment: it is waited for already.
    if (this.#until > now) return true;
    const named = Date.parse(details.retryAt ?? '');
    const ms = Number.isNaN(named) ? this.#nextMs : Math.max(named - now, 0) + 100;
    if (this.#waitedMs + ms > PATIENCE_MS) return false;
    this.#waitedMs += ms;
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_WAIT_MS);
    this.#until = now + ms;
    this.ports.onWait(new Date(this.#until));
    return true;
  }
}
