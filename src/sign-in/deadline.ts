/** The person's time limit, and Ctrl-C: they end every wait and every question of a sign-in. */

import { interrupted } from '../errors.js';

export interface Deadline {
  /** Aborted when the time is over, or by Ctrl-C: an open question then releases the terminal. */
  readonly signal: AbortSignal;
  /** Resolves when the time is over. Rejects with `interrupted` on Ctrl-C. */
  readonly over: Promise<'time-out'>;
  /** Ends the limit; neither settles after that. */
  end(): void;
}

/** @param timeoutMs milliseconds from now */
export function startDeadline(timeoutMs: number, interruption: AbortSignal): Deadline {
  const time = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stopped: () => void = () => undefined;
  const over = new Promise<'time-out'>((resolve, reject) => {
    timer = setTimeout(() => {
      time.abort();
      resolve('time-out');
    }, timeoutMs);
    stopped = () => reject(interrupted());
    if (interruption.aborted) stopped();
    else interruption.addEventListener('abort', stopped, { once: true });
  });
  // Nobody may be waiting for it.
  over.catch(() => undefined);
  return {
    signal: AbortSignal.any([time.signal, interruption]),
    over,
    end() {
      clearTimeout(timer);
      interruption.removeEventListener('abort', stopped);
    },
  };
}
