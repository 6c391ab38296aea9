/** The context of a command: made before it acts, and given to the program to be closed. */

import type { CommonOptions, Context, Streams } from '../context/context.js';
import type { Variables } from '../context/variables.js';
import { prepareTerminal } from '../terminal/prepare.js';

/** What the program gives to its commands. */
export interface Process {
  readonly streams: Streams;
  readonly signal: AbortSignal;
  readonly variables: Variables;
  /** Takes the context over, so that it is closed however the command ends. */
  opened(context: Context): void;
}

/**
 * Makes a context and acts in it.
 *
 * @param name the words that the command is called by
 */
export async function inContext(
  process: Process,
  options: CommonOptions,
  name: string,
  action: (context: Context) => Promise<void>,
): Promise<void> {
  const { readEnvironment } = await import('../context/environment.js');
  const environment = readEnvironment(process.variables);
  const { makeContext } = await import('../context/context.js');
  await prepareTerminal(process.streams.stdout, process.streams.stderr);
  const context = makeContext(environment, process.streams, options, process.signal);
  process.opened(context);
  try {
    await action(context);
  } catch (error) {
    if (options.dryRun !== true) {
      const { rememberFailure } = await import('./last-failure.js');
      await rememberFailure(context.environment, error, name);
    }
    throw error;
  }
}
