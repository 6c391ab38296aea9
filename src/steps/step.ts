/** What a step decides, and how it ends. */

import type { MailError } from '../errors.js';
import type { StepFacts } from '../terminal/events.js';
import type { StepOutcome } from '../terminal/reporter.js';

/** What a step would do in the present situation. */
export type Decision =
  /** `would` is what a dry run says: "Would …". */
  | { readonly kind: 'act'; readonly would: string }
  | { readonly kind: 'skip'; readonly outcome: StepOutcome }
  | { readonly kind: 'stop'; readonly error: MailError };

export function act(would: string): Decision {
  return { kind: 'act', would };
}

export function skip(lines: readonly string[], facts: StepFacts = {}): Decision {
  return { kind: 'skip', outcome: { status: 'skipped', lines, facts } };
}

/** A step that has nothing to do, and nothing to say to people either. */
export function skipQuietly(line: string): Decision {
  return { kind: 'skip', outcome: { status: 'skipped', lines: [line], isQuiet: true } };
}

export function stop(error: MailError): Decision {
  return { kind: 'stop', error };
}

export function done(lines: readonly string[], facts: StepFacts = {}): StepOutcome {
  return { status: 'done', lines, facts };
}

/** Done, where what comes before or after says so too. */
export function doneQuietly(line: string, facts: StepFacts = {}): StepOutcome {
  return { status: 'done', lines: [line], facts, isQuiet: true };
}
