/** main: runs the program on an argument list and gives its exit code. Errors are caught once, here. */

import { setTimeout as sleep } from 'node:timers/promises';
import { inContext } from '../command-kit/in-context.js';
import type { Context, Streams } from '../context/context.js';
import { mendHome } from '../context/home-folder.js';
import { partVariables } from '../context/variables.js';
import { EndedWith, interrupted, MailError, unexpectedError } from '../errors.js';
import { lookOf } from '../terminal/look.js';
import { prepareTerminal } from '../terminal/prepare.js';
import { COMMAND_NAMES, PROGRAM } from './commands.js';
import { placesOf } from './places-of.js';
import { understand } from './understand.js';

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
  /** Resolves when it is: to listen to the signal itself takes each start more than a millisecond. */
  readonly stopped: Promise<void>;
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
    endingOf(ports.stopped, () => context?.endingMs() ?? ENDING_MS),
    ports.idle.then(() => {
      throw ports.signal.aborted || context?.isAsking() === true ? interrupted() : unfinished();
    }),
    ports.crashed,
  ]).then(
    () => tellSuccess(context),
    (error: unknown) => tell(error, argv, ports, context),
  );
  await closed(context);
  return code;
}

/** How it ended is told: what can't be closed in good order ends with the process. */
async function closed(context: Context | null): Promise<void> {
  if (context === null) return;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ENDING_MS);
  });
  await Promise.race([context.close().catch(() => undefined), tooLong]);
  clearTimeout(timer);
}

async function runCommand(
  argv: readonly string[],
  ports: MainPorts,
  opened: (context: Context) => void,
): Promise<void> {
  const { streams, signal } = ports;
  const variables = partVariables(ports.variables);
  await mendHome(variables.forChildren);
  const process = { streams, signal, variables, opened };
  const words = understand(argv, COMMAND_NAMES);
  if (words.length === 0) {
    // Nothing is to be parsed: what parses is half of what a start loads.
    const { tellWhere } = await import('../commands/where.js');
    return inContext(process, {}, PROGRAM, (context) => tellWhere(context, {}));
  }
  const { runProgram } = await import('./program.js');
  await runProgram(process, words);
}

/** Rejects a while after the signal; never settles without it. */
async function endingOf(stopped: Promise<void>, endingMs: () => number): Promise<never> {
  await stopped;
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
  if (error instanceof EndedWith) {
    context?.end(null);
    return error.exitCode;
  }
  const ours = error instanceof MailError ? error : unexpectedError(error);
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
