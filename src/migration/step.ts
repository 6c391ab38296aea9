/** The seven steps of a migration as data: their names, which scripts rely on, and their titles, which people read. */

import type { MailError } from '../errors.js';

/** The steps in their order. */
export const STEPS = [
  { name: 'check-settings', title: 'Check the settings' },
  { name: 'sign-in', title: 'Sign in with Google' },
  { name: 'save-tokens', title: 'Save the permission to send' },
  { name: 'test-message', title: 'Send the test message' },
  { name: 'confirm-receipt', title: 'Check that it came' },
  { name: 'revert-smtp', title: 'Remove the old SMTP settings (Revert to WriteUpp Mail Server)' },
  { name: 'confirm-pathway', title: 'Confirm how email goes out now' },
] as const;

/** One step. */
export type Step = (typeof STEPS)[number];
/** A step's stable name. */
export type StepName = Step['name'];

/** How a step ended, where it did not fail. */
export interface StepOutcome {
  readonly status: 'done' | 'skipped';
  /** What the person reads, one idea a line; the first says what was done. */
  readonly lines: readonly string[];
  /** What comes before or after says it too: people read it only with `--verbose`. */
  readonly isQuiet?: boolean;
  /** What scripts read, beside the status. Never a secret. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Hears of each step as it happens. */
export interface StepReport {
  started(step: Step, site: string): void;
  ended(step: Step, outcome: StepOutcome, site: string): void;
  failed(step: Step, error: MailError, site: string): void;
}

/** Hears nothing: for a command that tells its steps by their result. */
export const SILENT: StepReport = {
  started: () => undefined,
  ended: () => undefined,
  failed: () => undefined,
};

/** What a step would do in the situation as it is. */
export type Decision =
  /** `would` is what a dry run says: "Would …". */
  | { readonly kind: 'act'; readonly would: string }
  | { readonly kind: 'skip'; readonly outcome: StepOutcome }
  | { readonly kind: 'stop'; readonly error: MailError };

export function act(would: string): Decision {
  return { kind: 'act', would };
}

export function skip(lines: readonly string[], facts: Record<string, unknown> = {}): Decision {
  return { kind: 'skip', outcome: { status: 'skipped', lines, facts } };
}

/** A step that has nothing to do, and nothing to say to people either. */
export function skipQuietly(line: string): Decision {
  return { kind: 'skip', outcome: { status: 'skipped', lines: [line], isQuiet: true } };
}

export function stop(error: MailError): Decision {
  return { kind: 'stop', error };
}

export function done(lines: readonly string[], facts: Record<string, unknown> = {}): StepOutcome {
  return { status: 'done', lines, facts };
}

/** Done, where what comes before or after says so too. */
export function doneQuietly(line: string, facts: Record<string, unknown> = {}): StepOutcome {
  return { status: 'done', lines: [line], facts, isQuiet: true };
}
