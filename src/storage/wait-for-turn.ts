/** Waiting for another run: retries for a while to take what only one run can have at a time. */

import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, type MailError } from '../errors.js';
import type { LockHolder } from './lock-holder.js';

/** How long to wait for another run, in milliseconds, wherever the records are. */
export const WAIT_MS = 15_000;

/** How to behave while another run has it. */
export interface WaitOptions {
  /** Called once if there is a wait. */
  onWait(holder: LockHolder | null): void;
  readonly signal: AbortSignal;
  /** False: does not wait. */
  readonly mayWait?: boolean;
}

/** What is waited for. */
export interface Turn<T> {
  /** Takes it; null if another run has it. */
  take(): Promise<T | null>;
  /** Who has it now: it may have changed hands since. */
  holder(): Promise<LockHolder | null>;
  busy(holder: LockHolder | null): MailError;
  /** In milliseconds; a random part is added, so that waiting runs do not retry together. */
  readonly pollMs: number;
  /** How long to wait, in milliseconds. */
  readonly waitMs?: number;
}

/** @throws MailError `busy`, `interrupted`; what `take` throws */
export async function waitForTurn<T>(
  { take, holder, busy, pollMs, waitMs = WAIT_MS }: Turn<T>,
  { onWait, signal, mayWait = true }: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (let waited = false; ; waited = true) {
    if (signal.aborted) throw interrupted();
    const taken = await take();
    if (taken !== null) return taken;
    const found = await holder();
    if (mayWait && !waited) onWait(found);
    if (!mayWait || performance.now() >= deadline) throw busy(found);
    await sleep(pollMs * (1 + Math.random()), undefined, { signal }).catch(() => {
      throw interrupted();
    });
  }
}
