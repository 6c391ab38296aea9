/** The command line: options are parsed here; what they do is in src/commands. */

import { Command, CommanderError } from 'commander';
import { commonOptions, type Process, run, showYes } from '../command-kit/command-runner.js';
import { MailError } from '../errors.js';
import { VERSION } from '../version.js';
import { nearMiss } from '../words/near-miss.js';
import { COMMAND_NAMES, COMMANDS, GROUPS, PROGRAM } from './commands.js';
import { noSuchCommand, plainWords } from './understand.js';

/** Columns of the help: what fits into every terminal, and reads well in a wide one. */
const HELP_COLUMNS = 80;

const ENDING = `
Start here:
  $ writeupp-mail migrate
  $ writeupp-mail migrate --help

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 cancelled,
4 sign-in needed, 5 temporary, 6 keychain, 130 interrupted`;

/**
 * Runs the command that the words name.
 *
 * @param words not empty
 * @throws MailError `usage` for what can't be parsed; else what the command throws
 */
export async function runProgram(process: Process, words: readonly string[]): Promise<void> {
  const program = await buildProgram(process, VERSION, words);
  const isForFacts = asksForFacts(words);
  if (isForFacts) {
    const { tellProgramFacts } = await import('./program-facts.js');
    program.action(run(process, tellProgramFacts));
  }
  refuseUnknownSubcommand(program, words);
  const parsed = isForFacts ? words.filter((word) => !VERSION_OPTIONS.includes(word)) : words;
  try {
    await program.parseAsync(parsed, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and the version end like this.
    if (error.exitCode !== 0) throw usageError(error, commandIn(program, words));
  }
}

/**
 * Builds the program. It writes to the streams given and throws CommanderError instead of exiting.
 *
 * @param argv the arguments: a command that is not among these words is listed, and not loaded. Without
 *   arguments, all are loaded.
 */
export async function buildProgram(
  process: Process,
  version: string,
  argv: readonly string[] = COMMAND_NAMES,
): Promise<Command> {
  const program = new Command(PROGRAM)
    .description('Moves a practice’s email from stored SMTP passwords to Gmail sign-in')
    .usage('[command] [options]')
    // Whether a command is loaded must not show.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .optionsGroup('Options of every command:')
    .version(version, '-V, --version', 'show the version; with --verbose, Node.js and paths too')
    .helpOption('-h, --help', 'show help, of a command too')
    .helpCommand(false)
    .addHelpText('after', ENDING);
  for (const option of commonOptions()) program.addOption(option);
  const programFor = (words: readonly string[]) => buildProgram(process, '', words);
  for (const [name, { group, description, asks, load }] of Object.entries(COMMANDS)) {
    // To be listed, a name is enough.
    const command = argv.includes(name) ? await load(process, programFor) : new Command(name);
    if (asks === true) showYes(command);
    program.addCommand(command.description(description).helpGroup(GROUPS[group]));
  }
  program.action(
    run(process, async (context, options) => {
      const { tellWhere } = await import('../commands/where.js');
      await tellWhere(context, options);
    }),
  );
  applyToAll(program, (command) => {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => process.streams.stdout.write(text),
      // Errors are told once, by the report of the run.
      writeErr: () => undefined,
      getOutHasColors: () => false,
      getOutHelpWidth: () => Math.min(process.streams.stdout.columns ?? HELP_COLUMNS, HELP_COLUMNS),
    });
    if (command.parent === null) return;
    command.helpOption('-h, --help', 'show this help');
  });
  return program;
}

function applyToAll(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) applyToAll(child, change);
}

const VERSION_OPTIONS = ['-V', '--version'];

/** `--version --verbose`; and with `--json`, where the bare number would be no JSON. */
function asksForFacts(words: readonly string[]): boolean {
  const isLong = words.includes('--verbose') || words.includes('--json');
  return isLong && words.some((word) => VERSION_OPTIONS.includes(word));
}

/** `site bogus --help` would show the help of `site`, as if there were nothing wrong. */
function refuseUnknownSubcommand(program: Command, words: readonly string[]): void {
  const [first, word] = plainWords(words);
  const group = program.commands.find((command) => first === command.name());
  if (group === undefined || group.commands.length === 0 || word === undefined) return;
  const names = group.commands.map((command) => command.name());
  if (names.includes(word)) return;
  const near = nearMiss(word, names);
  const suggestion = near === null ? null : `${group.name()} ${near}`;
  throw noSuchCommand(word, suggestion, `${group.name()} `);
}

/** The command that the words name, with its group: "site import"; empty if there is none. */
function commandIn(program: Command, words: readonly string[]): string {
  let at = program;
  const names: string[] = [];
  for (const word of plainWords(words)) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    names.push(word);
    at = next;
  }
  return names.join(' ');
}

/** Commander's words, as a sentence, with where to look. */
function usageError(error: CommanderError, command: string): MailError {
  const [first = ''] = error.message.replace(/^error: /, '').split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`;
  const message = error.code === 'commander.help' ? 'A command is missing.' : sentence;
  const suggestion = /\(Did you mean .*\)/.exec(error.message)?.[0];
  const help = `See: writeupp-mail ${command === '' ? '' : `${command} `}--help`;
  return new MailError(
    'usage',
    message,
    suggestion === undefined ? help : `${suggestion}\n${help}`,
  );
}
