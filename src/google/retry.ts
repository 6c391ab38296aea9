/** Retries what is safe to retry: reads, refreshes and revocations. Never a code exchange, never a send. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, interrupted, MailError } from '../errors.js';

/**
 * Waits before the second and third attempt, in milliseconds. Google asks for a first wait of at least one
 * second (Gmail API, "Resolve errors").
 */
const WAITS_MS = [1_000, 2_500] as const;

/** Failures that may be over a moment later. A rate limit is not one: calling too early pushes its time back. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['network', 'google-unavailable']);

/**
 * Retries an operation while its failures are transient: up to three attempts, unless other waits are given.
 *
 * @throws the last MailError; `interrupted` once the signal is aborted
 */
export async function withRetry<T>(
  operation: () => Promise<T>,
  signal: AbortSignal,
  waitsMs: readonly number[] = WAITS_MS,
): Promise<T> {
  for (const wait of waitsMs) {
    try {
      return await operation();
    } catch (error) {
      if (signal.aborted) throw interrupted();
      if (!(error instanceof MailError) || !PASSING.has(error.code)) throw error;
    }
    await sleep(wait, undefined, { signal }).catch(() => {
      throw interrupted();
    });
  }
  return operation();
}
