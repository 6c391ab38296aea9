/** A check of this computer: what it is called, what it waits for, and how it ends: never with an error. */

import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, MailError, unexpectedError } from '../errors.js';
import type { AttentionCode } from '../terminal/events.js';

/** How a check ended: a line, and what to do about it. */
export interface Finding {
  /** `warn`: works, or will, and somebody should know; `fail`: something that this program is for does not work. */
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  /** Who can fix it and how; empty where nothing is to be done. */
  readonly hint: string;
  /** For scripts, where `status` reports the same. */
  readonly code?: AttentionCode;
  /** Names of other computers in it: a report leaves them out. */
  readonly computers?: readonly string[];
  /** What can be put right here, if the person wants it; gives what was done. */
  readonly fix?: () => Promise<string>;
}

/** One check. */
export interface Check {
  /** Stable, for scripts. */
  readonly name: string;
  /** As it follows "Waiting for". */
  readonly waitsFor: string;
  /** In milliseconds. */
  readonly limitMs: number;
  /** Whether it is to be run now: what it builds on may have failed already. */
  isDue?(): boolean;
  /** Null where there is nothing to tell. A MailError is a failure. */
  run(signal: AbortSignal): Promise<Finding | null>;
}

export function pass(message: string): Finding {
  return { status: 'pass', message, hint: '' };
}

export function warn(message: string, hint: string): Finding {
  return { status: 'warn', message, hint };
}

/** A failure in its own words. */
export function failed({ message, hint }: Pick<MailError, 'message' | 'hint'>): Finding {
  return { status: 'fail', message, hint };
}

/**
 * Runs a check within its time limit.
 *
 * @param stop Ctrl-C
 * @throws MailError `interrupted`, and nothing else: anything that goes wrong is a finding
 */
export async function runCheck(check: Check, stop: AbortSignal): Promise<Finding | null> {
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, stop]);
  const running = check.run(signal);
  // The loser of the race may still fail.
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
