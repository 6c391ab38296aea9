/** What all commands have in common: the common options, and the examples in their help. */

import { Command, Option } from 'commander';
import { MailError } from '../errors.js';
import { inWorld, type Process } from './in-context.js';
import type { CommonOptions, World } from './world.js';

export type { Process };

/**
 * A command with the common options and its examples. The list of commands says what it is for.
 *
 * @param notes what its help says before the examples
 */
export function newCommand(name: string, examples: readonly string[], notes = ''): Command {
  const command = addCommonOptions(new Command(name)).allowExcessArguments(false);
  if (notes !== '') command.addHelpText('after', `\n${notes}`);
  return addExamples(command, examples);
}

/** A command that does nothing without one of its subcommands. */
export function newGroup(name: string, examples: readonly string[]): Command {
  return addExamples(addCommonOptions(new Command(name)).helpCommand(false), examples);
}

/** Ends a command's help with examples. */
function addExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => foldCommand(`  $ writeupp-mail ${example}`));
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** The width of a line of the help that a backslash may follow. */
const COLUMNS = 78;

/** Folds a long command over several lines, as a shell accepts it: before options and redirections. */
function foldCommand(line: string): string {
  const lines: string[] = [];
  for (const part of line.split(/ (?=-|<)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length < COLUMNS)
      lines.push(`${lines.pop()} ${part}`);
    else lines.push(last === undefined ? part : `      ${part}`);
  }
  return lines.join(' \\\n');
}

/**
 * The options that every command takes; the program takes them too, before the command's name. They are only shown in
 * the program's own help.
 */
function addCommonOptions(command: Command): Command {
  for (const option of commonOptions()) command.addOption(option.hideHelp());
  return command.addHelpText('after', '\nOptions of every command: see writeupp-mail --help');
}

/** Shows `--yes` in the help of a command that asks a question it answers. */
export function showYes(command: Command): Command {
  const yes = command.options.find(({ long }) => long === '--yes');
  if (yes !== undefined) yes.hidden = false;
  return command;
}

/** For the help. */
export function commonOptions(): Option[] {
  return [
    new Option(
      '-s, --site <name>',
      'the site (default: WRITEUPP_MAIL_SITE, else the only site)',
    ).argParser(collected),
    new Option('-y, --yes', 'ask nothing: answer every question with Yes'),
    new Option('--json', 'write one JSON object a line, for scripts; ask nothing'),
    new Option('--no-color', 'no colours (NO_COLOR is honoured as well)'),
    new Option('--verbose', 'say more about what is done, on standard error'),
  ];
}

/** An option that may be repeated: the last one counts, except for a command that takes them all. */
function collected(value: string, before: Named | undefined): Named {
  return new Named(value, [...(before?.all ?? []), value]);
}

/** The value of an option, and all the values it was given. */
class Named {
  constructor(
    readonly last: string,
    readonly all: readonly string[],
  ) {}
}

/** Which sites a command's arguments can name. */
export interface About {
  /** It takes `--site` several times. */
  readonly takesSites?: boolean;
  /** Its first argument names the site. */
  readonly namesSite?: boolean;
}

/**
 * Runs a command's action with its world.
 *
 * @param action what the command does with its arguments, its own options, and its world
 * @param about how its arguments name sites
 */
export function run<Options extends CommonOptions>(
  process: Process,
  action: (world: World, options: Options, ...args: string[]) => Promise<void>,
  about: About = {},
): (...parameters: unknown[]) => Promise<void> {
  return async (...parameters) => {
    const command = parameters.at(-1) as Command;
    const args = parameters.slice(0, -2) as string[];
    const options = mergedOptions<Options>(command);
    await refuseContradictions(options, args, about);
    await inWorld(process, options, nameOf(command, options), (world) =>
      action(world, options, ...args),
    );
  };
}

/**
 * Refuses a command line that says two different things: one of them would be ignored silently.
 *
 * @throws MailError `usage`
 */
async function refuseContradictions(
  options: CommonOptions & { readonly all?: boolean },
  [argument]: readonly unknown[],
  { takesSites = false, namesSite = false }: About,
): Promise<void> {
  const named = [...(options.sites ?? [])];
  if (namesSite && typeof argument === 'string') named.push(argument);
  if (options.all === true && named.length > 0) throw unfit('--all and --site exclude each other.');
  if (takesSites || named.length < 2) return;
  // Not loaded for the help.
  const { eachOnce } = await import('../sites/site-name.js');
  const different = eachOnce(named);
  if (different.length < 2) return;
  throw unfit(`This command is about one site, and ${different.join(' and ')} were named.`);
}

function unfit(message: string): MailError {
  return new MailError('usage', message, 'Nothing was done. Name the site once.');
}

/** Options that count as part of the command's name in the history: `status --done-in-writeupp`. */
const NAMING_OPTIONS = { check: '--check', doneInWriteupp: '--done-in-writeupp' } as const;

/** The words that call the command, without the program's name. */
function nameOf(command: Command, options: object = {}): string {
  const { parent } = command;
  const name = parent?.parent == null ? command.name() : `${nameOf(parent)} ${command.name()}`;
  const named = Object.entries(NAMING_OPTIONS).filter(([option]) => option in options);
  return [name, ...named.map(([, words]) => words)].join(' ');
}

/** Options may come before or after the command's name; the one nearest to the command counts. */
function mergedOptions<Options>(command: Command): Options {
  const chain: Command[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) chain.unshift(at);
  const merged: Record<string, unknown> = {};
  const sites: string[] = [];
  for (const each of chain) {
    for (const [name, value] of Object.entries(each.opts())) {
      if (value instanceof Named) {
        sites.push(...value.all);
        merged[name] = value.last;
      } else if (each.getOptionValueSource(name) !== 'default' || !(name in merged)) {
        merged[name] = value;
      }
    }
  }
  merged.sites = sites;
  return merged as Options;
}
