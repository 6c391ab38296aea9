/** What sendmail does beside sending one message: refused in words, since a caller would wait for it in vain. */

import { MailError } from '../../errors.js';

const NO_QUEUE =
  'This program has no queue: each message is handed over at once, and the exit code says what became of it.';

/** By the option, the longest that fits. */
const MODES: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  '-bs': [
    'to take messages by SMTP on standard input',
    'Set the calling program to hand over each message on standard input: sendmail -t -i',
  ],
  '-bS': [
    'to take messages by SMTP on standard input',
    'Set the calling program to hand over each message on standard input: sendmail -t -i',
  ],
  '-bp': ['to list a queue (mailq)', NO_QUEUE],
  '-q': ['to send what waits in a queue', NO_QUEUE],
  '-M': ['to change a queue', NO_QUEUE],
  '-S': ['to send what waits in a queue', NO_QUEUE],
  '-bi': [
    'to build a table of aliases (newaliases)',
    'This program reads no aliases file: name whole addresses.',
  ],
  '-I': [
    'to build a table of aliases (newaliases)',
    'This program reads no aliases file: name whole addresses.',
  ],
  '-bd': [
    'to wait for messages as a server',
    'This program sends what it is given and ends. A mail server such as Postfix or Exim can wait for messages and hand them to it.',
  ],
  '-b': [
    'for something else than sending a message',
    'The only mode of this program is to send one message: sendmail -t -i',
  ],
};

/** @param option of sendmail, as it was given */
export function unsupported(option: string): MailError {
  const fitting = Object.keys(MODES)
    .filter((mode) => option.startsWith(mode))
    .sort((one, other) => other.length - one.length);
  const [what, hint] = MODES[fitting[0] ?? '-b'] ?? ['for something else', NO_QUEUE];
  return new MailError(
    'usage',
    `${option} asks ${what}, which this program does not do.`,
    `Nothing was sent.\n${hint}`,
  );
}
