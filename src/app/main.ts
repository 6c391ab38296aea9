/** main: runs the program on an argument list and gives its exit code. Errors are caught once, here. */

import { setTimeout as sleep } from 'node:timers/promises';
import { CommanderError } from 'commander';
import type { Context, Streams } from '../context/context.js';
import { readEnvironment } from '../context/environment.js';
import { interrupted, MailError, unexpectedError } from '../errors.js';
import { lookOf } from '../terminal/look.js';
import { VERSION } from '../version.js';
import { prepareToWrap } from '../words/wrap.js';
import { buildProgram } from './program.js';

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
  const contexts: Context[] = [];
  const started = runCommand(argv, ports, (context) => contexts.push(context));
  // A command that does not hear the signal must not keep a person waiting.
  const ended = Promise.race([started, endingOf(ports.signal), ports.crashed]);
  try {
    await ended;
    return 0;
  } catch (error) {
    return await tell(error, argv, ports, contexts[0]);
  } finally {
    await contexts[0]?.close();
  }
}

async function runCommand(
  argv: readonly string[],
  ports: MainPorts,
  opened: (context: Context) => void,
): Promise<void> {
  const environment = readEnvironment(ports.variables);
  const { streams, signal } = ports;
  const process = { streams, signal, environment, opened };
  const program = await buildProgram(process, VERSION, argv);
  await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' });
}

/** Rejects a while after the signal; never settles without it. */
async function endingOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await sleep(ENDING_MS, undefined, { ref: false });
  throw interrupted();
}

async function tell(
  error: unknown,
  argv: readonly string[],
  { streams, variables, exitCodeOf }: MainPorts,
  context: Context | undefined,
): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const ours = toMailError(error, argv);
  const known = exitCodeOf === undefined ? ours : ours.withExitCode(exitCodeOf(ours));
  const isJson = argv.includes('--json');
  const look = lookOf(variables, argv.includes('--no-color'));
  const { makeReporter } = await import('../context/context.js');
  await prepareToWrap(streams.stdout, streams.stderr);
  const reporter = context?.reporter ?? makeReporter(streams, isJson, look);
  reporter.error(known);
  if (argv.includes('--verbose') && error instanceof Error) {
    // Where it happened, without the words: an outside error's words and fields may hold secrets.
    for (const line of (error.stack ?? '').split('\n')) {
      if (/^\s+at /.test(line)) reporter.note(line);
    }
  }
  return known.exitCode;
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
