/** How a command tells what happens: as lines for people, or as JSON events for scripts. */

import type { MailError } from '../errors.js';
import type { StepReport } from '../migration/step.js';

/** One command's report. Results go to standard output; talk goes to standard error. */
export interface Reporter extends StepReport {
  /** The result: `facts` for scripts, `lines` for people. */
  result(facts: Readonly<Record<string, unknown>>, lines: readonly string[]): void;
  /** One of many things that became of something: an event of this name for scripts, lines for people. */
  item(event: string, facts: Readonly<Record<string, unknown>>, lines: readonly string[]): void;
  /** The error that the command ends on. */
  error(error: MailError): void;
  /** A person must open this address: for scripts an event as well. */
  signInUrl(url: string, lines: readonly string[]): void;
  /** An address to fall back on, by a link or by a short one that leads to it; standard error only. */
  address(url: string, short: string, words: string): void;
  /** Something worth knowing that is not a result. Standard error; with `--json` as well. */
  note(line: string): void;
  /** What is being waited for, and until when; call the function it gives when the wait is over. */
  waiting(what: string | (() => string), until?: Date): () => void;
  /** Takes the terminal's line back from a wait, so that something can be asked. */
  clear(): void;
}
