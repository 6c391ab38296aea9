/** The seven steps of a migration as data: their names, which scripts rely on, and their titles, which people read. */

import type { MailError } from '../errors.js';

/** The steps in their order. */
export const STEPS = [
  { name: 'check-settings', title: 'Check the settings' },
  { name: 'sign-in', title: 'Sign in with Google' },
  { name: 'save-tokens', title: 'Save the permission to send' },
  { name: 'test-message', title: 'Send the test message' },
  { name: 'confirm-receipt', title: 'Check that it came' },
  { name: 'revert-smtp', title: 'Revert to WriteUpp Mail Server: remove the SMTP settings' },
  { name: 'confirm-pathway', title: 'Confirm how email goes out now' },
] as const;

/** One step. */
export type Step = (typeof STEPS)[number];
/** A step's stable name. */
export type StepName = Step['name'];

/** How a step ended, where it did not fail. */
export interface StepOutcome {
  readonly status: 'done' | 'skipped';
  /** What the person reads, one idea a line. */
  readonly lines: readonly string[];
  /** What scripts read, beside the status. Never a secret. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Hears of each step as it happens. */
export interface StepReport {
  started(step: Step): void;
  ended(step: Step, outcome: StepOutcome): void;
  failed(step: Step, error: MailError): void;
}

export function done(lines: readonly string[], facts: Record<string, unknown> = {}): StepOutcome {
  return { status: 'done', lines, facts };
}

export function skipped(
  lines: readonly string[],
  facts: Record<string, unknown> = {},
): StepOutcome {
  return { status: 'skipped', lines, facts };
}
