/** How a command reports what happens: as lines for people, or as JSON events for scripts. */

import type { MailError } from '../errors.js';
import type { ItemFacts, ResultFacts, StepFacts } from './events.js';
import type { Step } from './steps.js';

/** How a step ended, if it did not fail. */
export interface StepOutcome {
  readonly status: 'done' | 'skipped';
  /** What the person reads, one idea a line; the first says what was done. */
  readonly lines: readonly string[];
  /** The lines around it say the same: people see it only with `--verbose`. */
  readonly isQuiet?: boolean;
  /** What scripts read, in addition to the status. Never a secret. */
  readonly facts?: StepFacts;
}

/** Is notified of each step as it happens. */
export interface StepReport {
  started(step: Step, site: string): void;
  ended(step: Step, outcome: StepOutcome, site: string): void;
  failed(step: Step, error: MailError, site: string): void;
}

/** One command's report. Results go to standard output; everything else goes to standard error. */
export interface Reporter extends StepReport {
  /** The result: `facts` for scripts, `lines` for people. */
  result(facts: ResultFacts, lines: readonly string[]): void;
  /** Lines for people alone, where scripts already have the facts. */
  lines(lines: readonly string[]): void;
  /** What happened to one of many things: an event of this name for scripts, lines for people. */
  item<Name extends keyof ItemFacts>(
    event: Name,
    facts: ItemFacts[Name],
    lines: readonly string[],
  ): void;
  /** The error that the command ends with. */
  error(error: MailError): void;
  /** A person must open this address: for scripts an event as well. */
  signInUrl(url: string, lines: readonly string[]): void;
  /** A short address to fall back on; standard error only. */
  address(short: string, words: string): void;
  /** Whether the person's terminal can copy to the clipboard. */
  canCopy(): boolean;
  /** Puts text on the clipboard. */
  copy(text: string): void;
  /** Something worth knowing that is not a result. Standard error; with `--json` as well. */
  note(line: string): void;
  /** What is being waited for, and until when; call the function it returns when the wait is over. */
  waiting(what: string | (() => string), until?: Date): () => void;
  /** Takes the terminal's line back from a wait, so that something can be asked. */
  clear(): void;
}

/** Ignores the steps: for a command whose result says it all. */
export const SILENT: StepReport = {
  started: () => undefined,
  ended: () => undefined,
  failed: () => undefined,
};
