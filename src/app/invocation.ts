/** The name the program was started under: as `sendmail`, it is its own `send`. */

import { basename } from 'node:path';

/**
 * The program's arguments. Other programs' settings name a sendmail to hand their email to; a link of that
 * name to this program is enough.
 *
 * @param argv as of the process: Node.js, the script as it was named, then the arguments
 */
export function argumentsOf([, script = '', ...args]: readonly string[]): string[] {
  return basename(script) === 'sendmail' ? ['send', ...args] : args;
}
