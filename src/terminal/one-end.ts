/** The end of a command, reported once: in any race, nothing is reported after it. */

import type { MailError } from '../errors.js';
import type { Reporter } from './reporter.js';

export interface EndingReport {
  readonly reporter: Reporter;
  /**
   * Reports how the command ended. From then on the reporter is silent.
   *
   * @param error null if it succeeded
   * @param trace lines to print after the error
   */
  end(error: MailError | null, trace?: readonly string[]): void;
}

/**
 * An interrupted command may still be busy when its end is reported, and must not add a result to the error.
 *
 * @param isForScripts a result is kept back until something follows it or the end is known: a command that fails after
 *   it has one last event, the error
 */
export function withOneEnd(reporter: Reporter, isForScripts: boolean): EndingReport {
  let isSealed = false;
  let kept: (() => void) | null = null;
  const release = () => {
    kept?.();
    kept = null;
  };
  const guarded = new Proxy(reporter, {
    get(target, name: keyof Reporter) {
      const tell = target[name] as (...args: unknown[]) => unknown;
      // Gives the terminal's line back: it reports nothing.
      if (name === 'clear') return tell;
      return (...args: unknown[]) => {
        if (isSealed) return () => undefined;
        release();
        if (name !== 'result' || !isForScripts) return tell(...args);
        kept = () => tell(...args);
        return undefined;
      };
    },
  });
  return {
    reporter: guarded,
    end: (error, trace = []) => {
      if (isSealed) return;
      isSealed = true;
      if (error === null) return release();
      reporter.error(error);
      for (const line of trace) reporter.note(line);
    },
  };
}
