/** Runs the program without NODE_DEBUG, which prints requests with their tokens. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Restarts the program without NODE_DEBUG: Node.js reads it before any of our code runs, and it can't be turned off
 * afterwards. Signals that ask this process to end are forwarded, and the child's exit code is passed on.
 *
 * @returns the exit code
 */
export function withoutNodeDebug(
  process: NodeJS.Process,
  signals: readonly NodeJS.Signals[],
): Promise<number> {
  process.stderr.write('NODE_DEBUG is ignored: it would print passwords and tokens.\n');
  // Even the spawning of the child would be printed, with its environment, which may contain a passphrase.
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
