/** Runs the program with a list of arguments and returns its exit code. Errors are caught once, here. */

import { isAbsolute } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EndedWith, EXIT_CODES, interrupted, MailError, unexpectedError } from '../errors.js';
import { inWorld, type Process } from '../kit/in-context.js';
import { partVariables } from '../kit/variables.js';
import type { OpenWorld, Streams } from '../kit/world.js';
import { lookOf } from '../terminal/look.js';
import { prepareStyle } from '../terminal/style.js';
import { prepareToWrap } from '../text/wrap.js';
import { COMMAND_NAMES, PROGRAM } from './commands.js';
import { understand } from './understand.js';

/** How long a command may take to end cleanly after Ctrl-C, in milliseconds. */
const ENDING_MS = 3_000;

/** What the process provides. */
export interface MainPorts {
  readonly streams: Streams;
  /** Modified: secrets and harmful variables are removed, so that no child sees them. */
  readonly variables: NodeJS.ProcessEnv;
  /** The exit code for an error, if it is not the error's own. */
  readonly exitCodeOf?: ((error: MailError) => number) | undefined;
  /** The exit code that shells use for the signal that stopped the program, if one did. */
  readonly stoppedWith?: () => number | null;
  /** Aborted by Ctrl-C or a signal that asks the program to end. */
  readonly signal: AbortSignal;
  /** Resolves when `signal` is aborted: listening to it would cost each start more than a millisecond. */
  readonly stopped: Promise<void>;
  /** Resolves when nothing is left that could finish the work. */
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
  let open: OpenWorld | null = null;
  const started = runCommand(argv, ports, (opened) => {
    open = opened;
  });
  // A command that ignores the signal, or waits for something impossible, must not keep a person waiting.
  const code = await Promise.race([
    started,
    endingOf(ports.stopped, () => open?.endingMs() ?? ENDING_MS),
    ports.idle.then(() => {
      throw ports.signal.aborted || open?.isAsking() === true ? interrupted() : unfinished();
    }),
    ports.crashed,
  ]).then(
    () => tellSuccess(open),
    (error: unknown) => tell(error, argv, ports, open),
  );
  await closed(open);
  return code;
}

/** The outcome has been reported: what can't be closed cleanly ends with the process. */
async function closed(open: OpenWorld | null): Promise<void> {
  if (open === null) return;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ENDING_MS);
  });
  await Promise.race([open.close().catch(() => undefined), tooLong]);
  clearTimeout(timer);
}

async function runCommand(
  argv: readonly string[],
  ports: MainPorts,
  opened: (open: OpenWorld) => void,
): Promise<void> {
  const { streams, signal } = ports;
  const variables = partVariables(ports.variables);
  await correctHome(variables.forChildren);
  const process: Process = {
    streams,
    variables,
    async open(options, command) {
      const [{ readEnvironment }, { openWorld }] = await Promise.all([
        import('../kit/environment.js'),
        import('../kit/world.js'),
      ]);
      const environment = readEnvironment(variables);
      await prepareTerminal(streams.stdout, streams.stderr);
      const open = openWorld(environment, streams, options, command, signal);
      opened(open);
      return open;
    },
  };
  const words = understand(argv, COMMAND_NAMES);
  if (words.length === 0) {
    // There is nothing to parse, and the parser is half of what a start loads.
    const { tellWhere } = await import('../look/where.js');
    return inWorld(process, {}, PROGRAM, (world) => tellWhere(world, {}));
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

/** Nothing is running, yet the command has not ended: a fault of this program, not a success. */
function unfinished(): MailError {
  return new MailError(
    'internal',
    'writeupp-mail stopped before its work was finished.',
    'To see how email goes out now: writeupp-mail status\nIf it happens again, please report it.',
  );
}

function tellSuccess(open: OpenWorld | null): number {
  open?.end(null);
  return 0;
}

async function tell(
  error: unknown,
  argv: readonly string[],
  { streams, variables, exitCodeOf, stoppedWith }: MainPorts,
  open: OpenWorld | null,
): Promise<number> {
  const ofSignal = (code: number) =>
    code === EXIT_CODES.interrupted ? (stoppedWith?.() ?? code) : code;
  if (error instanceof EndedWith) {
    open?.end(null);
    return ofSignal(error.exitCode);
  }
  const ours = error instanceof MailError ? error : unexpectedError(error);
  const known = ours.withExitCode(ofSignal(exitCodeOf?.(ours) ?? ours.exitCode));
  const end = open?.end ?? (await endWithoutWorld(argv, streams, variables));
  end(known, argv.includes('--verbose') ? placesOf(error) : []);
  return known.exitCode;
}

async function endWithoutWorld(
  argv: readonly string[],
  streams: Streams,
  variables: NodeJS.ProcessEnv,
): Promise<OpenWorld['end']> {
  const look = lookOf(variables, argv.includes('--no-color'));
  const { makeReport } = await import('../kit/world.js');
  await prepareTerminal(streams.stdout, streams.stderr);
  return makeReport(streams, argv.includes('--json'), look, argv.includes('--verbose')).end;
}

/**
 * Where an error happened, for `--verbose`: only places in the code, since an outside error's message may contain
 * secrets. They are those of the root cause: the errors above it only explain it.
 */
export function placesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  if (error.cause instanceof Error) return placesOf(error.cause);
  return (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
}

/**
 * Corrects the home folder before a library reads it: env-paths does so when it is loaded.
 *
 * An empty or relative HOME or XDG_CONFIG_HOME would put the settings into the folder the program is started in. It is
 * replaced by the account's home, or the default in it (XDG Base Directory Specification: "All paths set in these
 * environment variables must be absolute").
 *
 * @param variables modified in that case; HOME is then empty if the system has no home folder for the account
 */
async function correctHome(variables: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform === 'win32') return;
  if (!isAbsolute(variables.HOME ?? '')) variables.HOME = await accountHome();
  if (!isAbsolute(variables.XDG_CONFIG_HOME ?? '/')) delete variables.XDG_CONFIG_HOME;
}

async function accountHome(): Promise<string> {
  const { userInfo } = await import('node:os');
  try {
    const { homedir } = userInfo();
    return isAbsolute(homedir) ? homedir : '';
  } catch {
    // The account is not in the system's list, as in a container that runs under a bare user id.
    return '';
  }
}

/**
 * Loads what only a terminal needs before the first line. Without a terminal, nothing is loaded: a script that calls
 * this program many times would pay for it each time.
 */
async function prepareTerminal(...streams: readonly { readonly isTTY?: boolean }[]): Promise<void> {
  await Promise.all([prepareToWrap(...streams), prepareStyle(...streams)]);
}
