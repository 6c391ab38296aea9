/** NODE_DEBUG, which prints requests with their tokens: the program is run without it. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Starts the program again without NODE_DEBUG: Node.js reads it before any code of ours, and it can't be turned off
 * again. What asks this process to end is handed on, and the other's end is this one's.
 *
 * @returns the exit code
 */
export function withoutNodeDebug(
  process: NodeJS.Process,
  signals: readonly NodeJS.Signals[],
): Promise<number> {
  process.stderr.write('NODE_DEBUG is ignored: it would print passwords and tokens.\n');
  // The very start of a child is printed too, with its environment, and a passphrase can stand there.
  process.stderr.write = () => true;
  const { NODE_DEBUG: _, ...variables } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: variables,
  });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 1 : constants.signals[signal]));
    });
  });
}
