/** What sendmail does besides sending one message: refused with an explanation, since a caller would wait for it in vain. */

import { MailError } from '../errors.js';
import { NOTIFYING } from '../kit/variables.js';

const NO_QUEUE =
  'This program has no queue: each message is handed over at once, and the exit code says what became of it.';

const OWN_SERVER =
  'Leave it out: the server and the login are those of the site. Another site is named by --site NAME, or by WRITEUPP_MAIL_SITE.\nTo see what the site has: writeupp-mail status';

/** By option; the longest one that fits is used. */
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
  '-S': ['for a mail server of its own', OWN_SERVER],
  '-H': ['to run a program that connects to a mail server', OWN_SERVER],
  '-a': ['for an account or a login of its own', OWN_SERVER],
  '--': ['for an account or a mail server of its own', OWN_SERVER],
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
    'for something else',
    'The only mode of this program is to send one message: sendmail -t -i',
  ],
};

/** @param option of sendmail, as it was given; or the variable that stops everything from being sent */
export function unsupported(option: string): MailError {
  if (option === NOTIFYING) {
    return new MailError(
      'usage',
      'News by --notify can’t go through writeupp-mail itself: it may be about the very way that is blocked.',
      'Nothing was sent. Send them by another mail server, or another way: docs/scripting.md has examples.',
    );
  }
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
