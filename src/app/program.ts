/** The command line: options are parsed here; what they do is in the folders of the commands. */

import { Command, CommanderError } from 'commander';
import { MailError } from '../errors.js';
import { commonOptions, type Process, run, showYes } from '../kit/command-runner.js';
import type { World } from '../kit/world.js';
import { nearMiss } from '../text/near-miss.js';
import { prepareToWrap, wrapLines } from '../text/wrap.js';
import { VERSION } from '../version.js';
import { COMMAND_NAMES, COMMANDS, GROUPS, PROGRAM } from './commands.js';
import { noSuchCommand, plainWords } from './understand.js';

/** Columns of the help: fits any terminal, and reads well in a wide one. */
const HELP_COLUMNS = 80;

const ENDING = `
Start here:
  $ writeupp-mail migrate
  $ writeupp-mail migrate --help

To read, in the folder docs beside the program (docs/scripting.md for programs):
  docs/practice-manager.md, docs/troubleshooting.md

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 cancelled,
4 sign-in needed, 5 temporary, 6 keychain, 130 interrupted`;

/**
 * Runs the command that the words name.
 *
 * @param words not empty
 * @throws MailError `usage` for what can't be parsed; otherwise what the command throws
 */
export async function runProgram(process: Process, words: readonly string[]): Promise<void> {
  const program = await buildProgram(process, VERSION, words);
  if (words.some((word) => word === '-h' || word === '--help')) {
    await prepareToWrap(process.streams.stdout);
  }
  const isForFacts = asksForFacts(words);
  if (isForFacts) {
    program.action(run(process, tellProgramFacts));
  }
  refuseUnknownSubcommand(program, words);
  const parsed = isForFacts ? words.filter((word) => !VERSION_OPTIONS.includes(word)) : words;
  try {
    await program.parseAsync(parsed, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander ends help and the version like this.
    if (error.exitCode !== 0) throw usageError(error, ...commandIn(program, words));
  }
}

/**
 * Builds the program. It writes to the given streams and throws CommanderError instead of exiting.
 *
 * @param argv the arguments: a command that is not among these words is listed but not loaded. Without
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
    // The help must not show whether a command is loaded.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .optionsGroup('Options of every command:')
    .version(version, '-V, --version', 'show the version; with --verbose, Node.js and paths too')
    .helpOption('-h, --help', 'show help, of a command too')
    .helpCommand(false)
    .addHelpText('after', ENDING);
  for (const option of commonOptions()) program.addOption(option);
  const programFor = (words: readonly string[]) => buildProgram(process, '', words);
  for (const [name, { group, description, asks, load }] of Object.entries(COMMANDS)) {
    // The name is enough for the list.
    const command = argv.includes(name) ? await load(process, programFor) : new Command(name);
    if (asks === true) showYes(command);
    program.addCommand(command.description(description).helpGroup(GROUPS[group]));
  }
  program.action(
    run(process, async (world, options) => {
      const { tellWhere } = await import('../look/where.js');
      await tellWhere(world, options);
    }),
  );
  applyToAll(program, (command) => {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => writeFolded(process.streams.stdout, text),
      // Errors are shown once, by the report of the run.
      writeErr: () => undefined,
      getOutHasColors: () => false,
      getOutHelpWidth: () => Math.min(process.streams.stdout.columns ?? HELP_COLUMNS, HELP_COLUMNS),
    });
    if (command.parent === null) return;
    command.helpOption('-h, --help', 'show this help');
  });
  return program;
}

/** Avoids cut words in a narrow window: there commander's layout is wider than requested. */
function writeFolded(stdout: NodeJS.WriteStream, text: string): void {
  const isNarrow = (stdout.columns ?? HELP_COLUMNS) < HELP_COLUMNS;
  stdout.write(isNarrow ? wrapLines(text.split('\n'), stdout).join('\n') : text);
}

function applyToAll(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) applyToAll(child, change);
}

const VERSION_OPTIONS = ['-V', '--version'];

/** `--version --verbose`; also with `--json`, since a bare version number is not JSON. */
function asksForFacts(words: readonly string[]): boolean {
  const isLong = words.includes('--verbose') || words.includes('--json');
  return isLong && words.some((word) => VERSION_OPTIONS.includes(word));
}

/** `site bogus --help` would show the help of `site`, as if nothing were wrong. */
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

/** The command that the words name: as typed ("site import", or empty if there is none), and the command itself. */
function commandIn(program: Command, words: readonly string[]): [typed: string, Command] {
  let at = program;
  const names: string[] = [];
  for (const word of plainWords(words)) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    names.push(word);
    at = next;
  }
  return [names.join(' '), at];
}

/** For `site` alone: says which words can follow. */
function missingWord(group: Command): string {
  const names = group.commands.map((command) => command.name()).join(', ');
  return `A command is missing. "${group.name()}" is followed by one of: ${names}.`;
}

/** Commander's message as a sentence, with where to look. */
function usageError(error: CommanderError, command: string, group: Command): MailError {
  const [first = ''] = error.message.replace(/^error: /, '').split('\n');
  const words = first.replace(/'([^']*)'/g, '"$1"');
  const sentence = `${words.charAt(0).toUpperCase()}${words.slice(1).replace(/\.$/, '')}.`;
  const message = error.code === 'commander.help' ? missingWord(group) : sentence;
  const suggestion = /\(Did you mean .*\)/.exec(error.message)?.[0];
  const help = `See: writeupp-mail ${command === '' ? '' : `${command} `}--help`;
  return new MailError(
    'usage',
    message,
    suggestion === undefined ? help : `${suggestion}\n${help}`,
  );
}

/** `--version --verbose`, what support asks for first: version, Node.js, system, and where things are stored. */
async function tellProgramFacts({ environment, report }: World): Promise<void> {
  const { release, type } = await import('node:os');
  const facts = {
    version: VERSION,
    node: process.versions.node,
    system: `${type()} ${release()} ${process.arch}`,
    program: process.argv[1] ?? '',
    settings: environment.home,
    client: environment.oauthClientPath,
    credentials: environment.credentials,
  };
  report.result(facts, [
    `writeupp-mail ${facts.version}`,
    `Node.js        ${facts.node}`,
    `System         ${facts.system}`,
    `Program        ${facts.program}`,
    `Settings       ${facts.settings}`,
    `Client file    ${facts.client}`,
    `Secrets        ${facts.credentials}`,
  ]);
}
