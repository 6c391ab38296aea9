/** A check of this computer: its name, what it waits for, and its result. It never ends with an error. */

import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, MailError, unexpectedError } from '../errors.js';
import type { AttentionCode } from '../terminal/events.js';

/** The result of a check: a line, and what to do about it. */
export interface Finding {
  /** `warn`: works, or will, but somebody should know; `fail`: something that this program is for does not work. */
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  /** Who can fix it and how; empty if there is nothing to do. */
  readonly hint: string;
  /** For scripts, if `status` reports the same. */
  readonly code?: AttentionCode;
  /** Names of other computers in the message: a report leaves them out. */
  readonly computers?: readonly string[];
  /** Fixes it here, if the person agrees; returns what was done. */
  readonly fix?: () => Promise<string>;
}

export interface Check {
  /** Stable, for scripts. */
  readonly name: string;
  /** Completes "Waiting for …". */
  readonly waitsFor: string;
  /** In milliseconds. */
  readonly limitMs: number;
  /** Whether to run it now: what it builds on may have failed already. */
  isDue?(): boolean;
  /** Null if there is nothing to report. A MailError counts as `fail`. */
  run(signal: AbortSignal): Promise<Finding | null>;
}

export function pass(message: string): Finding {
  return { status: 'pass', message, hint: '' };
}

export function warn(message: string, hint: string): Finding {
  return { status: 'warn', message, hint };
}

/** A failure, in the error's own words. */
export function failed({ message, hint }: Pick<MailError, 'message' | 'hint'>): Finding {
  return { status: 'fail', message, hint };
}

/**
 * Runs a check within its time limit.
 *
 * @param stop aborted by Ctrl-C
 * @throws MailError `interrupted`, and nothing else: anything that goes wrong is a finding
 */
export async function runCheck(check: Check, stop: AbortSignal): Promise<Finding | null> {
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, stop]);
  const running = check.run(signal);
  // It may still fail after it has lost the race.
  running.catch(() => undefined);
  try {
    return await Promise.race([running, lateness(check, signal), untilStopped(stop, signal)]);
  } catch (error) {
    if (stop.aborted) throw interrupted();
    return failed(error instanceof MailError ? error : unexpectedError(error));
  } finally {
    ending.abort();
  }
}

async function lateness({ limitMs, waitsFor }: Check, signal: AbortSignal): Promise<Finding> {
  await sleep(limitMs, undefined, { signal });
  return {
    status: 'fail',
    message: `Given up after ${Math.round(limitMs / 1000)} seconds of waiting for ${waitsFor}.`,
    hint: 'Something swallows the question without a word: a firewall, a busy computer, or a window that waits for an answer. Run the check again.',
  };
}

async function untilStopped(stop: AbortSignal, signal: AbortSignal): Promise<never> {
  if (!stop.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  throw interrupted();
}
