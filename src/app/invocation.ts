/** The name the program was started under: as `sendmail`, it runs `send`, with the exit codes mail servers expect. */

import { basename } from 'node:path';
import type { MailError } from '../errors.js';
import { NOTIFYING } from '../kit/variables.js';
import { fromSendmailOptions } from '../send/sendmail-options.js';
import { EX_UNAVAILABLE, sysexitOf } from '../send/sysexits.js';

export interface Invocation {
  readonly args: readonly string[];
  /** Started under a name of sendmail: the output is for a mail server's log. */
  readonly isForMailServer: boolean;
  /** The exit code for an error, if it is not the error's own. */
  readonly exitCodeOf?: (error: MailError) => number;
}

/** The other names of sendmail stand for one of its options (newaliases(1), mailq(1)). */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  sendmail: [],
  newaliases: ['-bi'],
  mailq: ['-bp'],
};

/**
 * How the program was called. Other programs can be set to hand their email to a sendmail; a link of that name to
 * this program is enough.
 *
 * @param argv as in `process.argv`: Node.js, the script as named, then the arguments
 * @param variables of the process
 */
export function readInvocation(
  [, script = '', ...args]: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Invocation {
  const implied = OTHER_NAMES[basename(script).replace(/\.[cm]?js$/, '')];
  if (implied !== undefined && (variables[NOTIFYING] ?? '') !== '') {
    return {
      args: ['send', '--silent', '--unsupported', NOTIFYING],
      isForMailServer: true,
      exitCodeOf: () => EX_UNAVAILABLE,
    };
  }
  if (implied !== undefined) {
    const options = fromSendmailOptions([...implied, ...args]);
    // Sendmail, Postfix and Exim print nothing on success, and the caller's own output should come first.
    const namesSite = options.some((word) => /^(?:-s|--site(?:=|$))/.test(word));
    return {
      args: ['send', '--silent', ...options],
      isForMailServer: true,
      exitCodeOf: (error) => sysexitOf(error, namesSite),
    };
  }
  const [command, ...rest] = args;
  const words = command === 'send' ? ['send', ...fromSendmailOptions(rest)] : args;
  return { args: words, isForMailServer: false };
}
