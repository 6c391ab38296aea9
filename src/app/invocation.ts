/** The name the program was started under: as `sendmail`, it is its own `send`, and ends as mail servers read it. */

import { basename } from 'node:path';
import type { MailError } from '../errors.js';
import { fromSendmailOptions } from './sendmail-options.js';
import { sysexitOf } from './sysexits.js';

/** How the program was called. */
export interface Invocation {
  readonly args: readonly string[];
  /** The exit code of an error, where it is not the error's own. */
  readonly exitCodeOf?: (error: MailError) => number;
}

/** Other names of sendmail, which stand for one of its options (newaliases(1), mailq(1)). */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  sendmail: [],
  newaliases: ['-bi'],
  mailq: ['-bp'],
};

/**
 * How the program was called. Other programs' settings name a sendmail to hand their email to; a link of that
 * name to this program is enough.
 *
 * @param argv as of the process: Node.js, the script as it was named, then the arguments
 */
export function readInvocation([, script = '', ...args]: readonly string[]): Invocation {
  const implied = OTHER_NAMES[basename(script).replace(/\.[cm]?js$/, '')];
  if (implied !== undefined) {
    const options = fromSendmailOptions([...implied, ...args]);
    // Sendmail, Postfix and Exim print nothing on success, and what callers print next is meant to come first.
    return { args: ['send', '--silent', ...options], exitCodeOf: sysexitOf };
  }
  const [command, ...rest] = args;
  return { args: command === 'send' ? ['send', ...fromSendmailOptions(rest)] : args };
}
