/** main: runs the program on an argument list and gives its exit code. Errors are caught once, here. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, CommanderError } from 'commander';
import { run } from '../command-kit/command-runner.js';
import type { Context, Streams } from '../context/context.js';
import { partVariables } from '../context/variables.js';
import { EndedWith, interrupted, MailError, unexpectedError } from '../errors.js';
import { lookOf } from '../terminal/look.js';
import { prepareTerminal } from '../terminal/prepare.js';
import { VERSION } from '../version.js';
import { nearMiss } from '../words/near-miss.js';
import { placesOf } from './places-of.js';
import { buildProgram, COMMAND_NAMES } from './program.js';
import { noSuchCommand, understand } from './understand.js';

/** How long a command may take to end in good order after Ctrl-C, in milliseconds. */
const ENDING_MS = 3_000;

/** What the process gives. */
export interface MainPorts {
  readonly streams: Streams;
  /** Changed: secrets and harmful variables are taken out, so that no child sees them. */
  readonly variables: NodeJS.ProcessEnv;
  /** The exit code of an error, where it is not the error's own. */
  readonly exitCodeOf?: ((error: MailError) => number) | undefined;
  /** Aborted by Ctrl-C or a signal that asks the program to end. */
  readonly signal: AbortSignal;
  /** Resolves when nothing is under way any more that could finish the work. */
  readonly idle: Promise<void>;
  /** Rejects with an error that nothing caught. */
  readonly crashed: Promise<never>;
}

/**
 * Runs one command.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code
 */
export async function main(argv: readonly string[], ports: MainPorts): Promise<number> {
  let context: Context | null = null;
  const started = runCommand(argv, ports, (opened) => {
    context = opened;
  });
  // A command that does not hear the signal, or waits for what can't come, must not keep a person waiting.
  const code = await Promise.race([
    started,
    endingOf(ports.signal, () => context?.endingMs() ?? ENDING_MS),
    ports.idle.then(() => {
      throw ports.signal.aborted || context?.isAsking() === true ? interrupted() : unfinished();
    }),
    ports.crashed,
  ]).then(
    () => tellSuccess(context),
    (error: unknown) => tell(error, argv, ports, context),
  );
  // How it ended is told: what can't be closed in good order ends with the process.
  const giveUp = new AbortController();
  const closing = (context as Context | null)?.close().catch(() => undefined);
  await Promise.race([closing, sleep(ENDING_MS, undefined, { signal: giveUp.signal })]);
  giveUp.abort();
  return code;
}

async function runCommand(
  argv: readonly string[],
  ports: MainPorts,
  opened: (context: Context) => void,
): Promise<void> {
  const { streams, signal } = ports;
  const variables = partVariables(ports.variables);
  const process = { streams, signal, variables, opened };
  const words = understand(argv, COMMAND_NAMES);
  const program = await buildProgram(process, VERSION, words);
  if (asksForFacts(words)) {
    const { tellProgramFacts } = await import('./program-facts.js');
    program.action(run(process, tellProgramFacts));
    words.splice(0, words.length, ...words.filter((word) => !VERSION_OPTIONS.includes(word)));
  }
  refuseUnknownSubcommand(program, words);
  await program.parseAsync(words, { from: 'user' });
}

const VERSION_OPTIONS = ['-V', '--version'];

/** `--version --verbose`. */
function asksForFacts(words: readonly string[]): boolean {
  return words.includes('--verbose') && words.some((word) => VERSION_OPTIONS.includes(word));
}

/** `site bogus --help` would show the help of `site`, as if there were nothing wrong. */
function refuseUnknownSubcommand(program: Command, words: readonly string[]): void {
  const group = program.commands.find((command) => words[0] === command.name());
  const word = words[1];
  if (group === undefined || group.commands.length === 0) return;
  if (word === undefined || word.startsWith('-')) return;
  const names = group.commands.map((command) => command.name());
  if (names.includes(word)) return;
  const near = nearMiss(word, names);
  const suggestion = near === null ? null : `${group.name()} ${near}`;
  throw noSuchCommand(word, suggestion, `${group.name()} `);
}

/** Rejects a while after the signal; never settles without it. */
async function endingOf(signal: AbortSignal, endingMs: () => number): Promise<never> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await sleep(endingMs(), undefined, { ref: false });
  throw interrupted();
}

/** Nothing is under way, and yet the command has not ended: a fault of this program, and no success. */
function unfinished(): MailError {
  return new MailError(
    'internal',
    'writeupp-mail stopped before its work was finished.',
    'To see how email goes out now: writeupp-mail status\nIf it happens again, please report it.',
  );
}

function tellSuccess(context: Context | null): number {
  context?.end(null);
  return 0;
}

async function tell(
  error: unknown,
  argv: readonly string[],
  { streams, variables, exitCodeOf }: MainPorts,
  context: Context | null,
): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof EndedWith) {
    context?.end(null);
    return error.exitCode;
  }
  const ours = toMailError(error, argv);
  const known = exitCodeOf === undefined ? ours : ours.withExitCode(exitCodeOf(ours));
  const end = context?.end ?? (await endWithoutContext(argv, streams, variables));
  end(known, argv.includes('--verbose') ? placesOf(error) : []);
  return known.exitCode;
}

async function endWithoutContext(
  argv: readonly string[],
  streams: Streams,
  variables: NodeJS.ProcessEnv,
): Promise<Context['end']> {
  const look = lookOf(variables, argv.includes('--no-color'));
  const { makeReport } = await import('../context/context.js');
  await prepareTerminal(streams.stdout, streams.stderr);
  return makeReport(streams, argv.includes('--json'), look, argv.includes('--verbose')).end;
}

function toMailError(error: unknown, argv: readonly string[]): MailError {
  if (error instanceof MailError) return error;
  if (error instanceof CommanderError) return usageError(error, argv);
  return unexpectedError(error);
}

/** Commander's words, as a sentence, with where to look. */
function usageError(error: CommanderError, argv: readonly string[]): MailError {
  const [first = ''] = error.message.replace(/^error: /, '').split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`;
  const message = error.code === 'commander.help' ? 'A command is missing.' : sentence;
  const suggestion = /\(Did you mean .*\)/.exec(error.message)?.[0];
  const isCommandKnown = error.code !== 'commander.unknownCommand';
  const command = isCommandKnown ? argv.find((word) => !word.startsWith('-')) : undefined;
  const help = `See: writeupp-mail ${command === undefined ? '' : `${command} `}--help`;
  return new MailError(
    'usage',
    message,
    suggestion === undefined ? help : `${suggestion}\n${help}`,
  );
}
