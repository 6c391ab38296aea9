/** What is the same for every command: the common options, the context, and the examples in its help. */

import { Command, Option } from 'commander';
import type { CommonOptions, Context, Streams } from '../context/context.js';
import type { Variables } from '../context/variables.js';
import { prepareToWrap } from '../words/wrap.js';

/** What the program gives to its commands. */
export interface Process {
  readonly streams: Streams;
  readonly signal: AbortSignal;
  readonly variables: Variables;
  /** Takes the context over, so that it is closed however the command ends. */
  opened(context: Context): void;
}

/** A command with the common options and its examples. What it is for is said where it is listed. */
export function newCommand(name: string, examples: readonly string[]): Command {
  return addCommonOptions(new Command(name))
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  $ writeupp-mail ${line}`).join('\n')}`,
    );
}

/** The options that every command takes; the program takes them as well, before the command's name. */
export function addCommonOptions(command: Command): Command {
  return command
    .option('-s, --site <name>', 'the site (default: WRITEUPP_MAIL_SITE, else the only site)')
    .option('-y, --yes', 'ask nothing: answer every question with Yes')
    .option('--json', 'write one JSON object a line, for scripts; ask nothing')
    .addOption(new Option('--no-color', 'no colours (NO_COLOR is honoured as well)'))
    .option('--verbose', 'say more about what is done, on standard error');
}

/**
 * Runs a command's action with its context.
 *
 * @param action what the command does with its arguments, the options of its own, and its context
 */
export function run<Options extends CommonOptions>(
  process: Process,
  action: (context: Context, options: Options, ...args: string[]) => Promise<void>,
): (...parameters: unknown[]) => Promise<void> {
  return async (...parameters) => {
    const command = parameters.at(-1) as Command;
    const args = parameters.slice(0, -2) as string[];
    const options = mergedOptions<Options>(command);
    // Help and the version are shown without one.
    const { readEnvironment } = await import('../context/environment.js');
    const environment = await readEnvironment(process.variables);
    const { makeContext } = await import('../context/context.js');
    await prepareToWrap(process.streams.stdout, process.streams.stderr);
    const context = makeContext(environment, process.streams, options, process.signal);
    process.opened(context);
    try {
      await action(context, options, ...args);
    } catch (error) {
      if (options.dryRun !== true) {
        const { rememberFailure } = await import('./last-failure.js');
        await rememberFailure(context.environment, error, nameOf(command));
      }
      throw error;
    }
  };
}

/** The words that the command is called by, without the program's own. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent == null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}

/** Options may stand before or after the command's name; the one nearest to the command counts. */
function mergedOptions<Options>(command: Command): Options {
  const chain: Command[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) chain.unshift(at);
  const merged: Record<string, unknown> = {};
  for (const each of chain) {
    for (const [name, value] of Object.entries(each.opts())) {
      if (each.getOptionValueSource(name) !== 'default' || !(name in merged)) merged[name] = value;
    }
  }
  return merged as Options;
}
