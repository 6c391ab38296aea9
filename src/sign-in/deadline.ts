/** The time that a person has, and Ctrl-C: what ends every wait and every question of a sign-in. */

import { interrupted } from '../errors.js';

/** A time limit under way. */
export interface Deadline {
  /** Aborted when the time is over, or by Ctrl-C: a question that is open gives the terminal back. */
  readonly signal: AbortSignal;
  /** The end of the time. Rejects with `interrupted` on Ctrl-C. */
  readonly over: Promise<'time-out'>;
  /** Ends the limit; neither settles after that. */
  end(): void;
}

/** Starts a limit. @param timeoutMs milliseconds from now */
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
  // Nobody may be waiting just then.
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
