/** A command in its world: the world is opened before the command acts, and its failure is remembered. */

import type { Variables } from './variables.js';
import type { CommonOptions, OpenWorld, Streams, World } from './world.js';

/** What the program passes to its commands. */
export interface Process {
  readonly streams: Streams;
  readonly variables: Variables;
  /** Opens the world of a command, and keeps track of it, so that it is closed however the command ends. */
  open(options: CommonOptions, command: string): Promise<OpenWorld>;
}

/** @param name the words that call the command */
export async function inWorld(
  process: Process,
  options: CommonOptions,
  name: string,
  action: (world: World) => Promise<void>,
): Promise<void> {
  const { world } = await process.open(options, name);
  try {
    await action(world);
  } catch (error) {
    if (options.dryRun !== true) {
      const { rememberFailure } = await import('./last-failure.js');
      await rememberFailure(world.environment, error, name);
    }
    throw error;
  }
}
