/** A run that stands still at each call of a port, until it is let on: so that any two runs can be interleaved. */

import { MailError } from '../../src/errors.js';
import type { Gate } from '../support/memory-store.js';

/** What becomes of the call that a run stands at: done, failed before or after its work, or its run killed then. */
export type Fate = 'done' | 'failed' | 'failed-after' | 'killed' | 'killed-after';

/** How often a run looks again whether another one has finished, before it gives up: its 15 seconds. */
const LOOKS = 6;

interface Standing {
  readonly call: string;
  go(fate: Fate): void;
}

/** One run of a command. */
export class Run {
  readonly stop = new AbortController();
  /** What the run came to: the error it ended on, or null; undefined while it is not over. */
  outcome: unknown;
  #standing: Standing | null = null;
  #isKilled = false;
  #calls = 0;
  #lostAt: number | null = null;
  #stands: () => void = () => undefined;

  readonly gate: Gate = (call, work) =>
    new Promise((resolve, reject) => {
      this.#calls += 1;
      const go = (fate: Fate) => {
        if (fate === 'failed') return reject(failure(call));
        if (fate === 'killed') return;
        const working = Promise.resolve().then(work);
        if (fate === 'killed-after') working.then(this.#stands, this.#stands);
        else if (fate === 'failed-after') working.then(() => reject(failure(call)), reject);
        else working.then(resolve, reject);
      };
      this.#standing = { call, go };
      this.#stands();
    });

  /** Stands still while another run has what this one wants. */
  waiting(): () => Promise<void> {
    let looks = 0;
    return async () => {
      looks += 1;
      if (looks > LOOKS) throw new MailError('site-busy', 'Another run is at it.', 'Wait.');
      await this.gate('wait', () => undefined);
    };
  }

  /** Its claims were lost while it stands at this call, which had passed every check. */
  lose(): void {
    this.#lostAt = this.#calls;
  }

  get isFencedOff(): boolean {
    return this.#lostAt !== null && this.#calls > this.#lostAt;
  }

  /** Starts; resolves when it stands at its first call, or is over. */
  start(work: () => Promise<void>): Promise<void> {
    return this.#untilItStands(() => {
      work()
        .then(
          () => null,
          (error: unknown) => error,
        )
        .then((outcome) => {
          this.outcome = outcome;
          this.#standing = null;
          this.#stands();
        });
    });
  }

  /** The call it stands at; null if it is over, or was killed. */
  get standsAt(): string | null {
    return this.#isKilled ? null : (this.#standing?.call ?? null);
  }

  /** Lets the call come to its fate; resolves when the run stands again, or is over. */
  async go(fate: Fate): Promise<void> {
    const standing = this.#standing;
    if (standing === null || this.#isKilled) return;
    this.#standing = null;
    if (fate === 'killed' || fate === 'killed-after') this.#isKilled = true;
    if (fate === 'killed') return;
    await this.#untilItStands(() => standing.go(fate));
  }

  #untilItStands(act: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#stands = resolve;
      act();
    });
  }
}

function failure(call: string): MailError {
  return new MailError('storage', `${call} failed on purpose.`, 'Try again.');
}
