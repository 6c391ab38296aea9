/** The process around main: its signals, its streams, and an end that no open handle delays. */

import { readInvocation } from './invocation.js';
import { main } from './main.js';

/** How long handles that libraries left open may delay the end, in milliseconds. */
const LINGER_MS = 500;

/** Signals that ask the program to end, and the exit code that shells give them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs the program in a process and gives its exit code. */
export async function start(process: NodeJS.Process): Promise<number> {
  if ((process.env.NODE_DEBUG ?? '') !== '') return withoutNodeDebug(process);
  const stopping = new AbortController();
  let signalCode: number | null = null;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      // The second time, the person means it: nothing is waited for.
      if (signalCode !== null) process.exit(code);
      signalCode = code;
      stopping.abort();
    });
  }
  // A reader that has gone away (`status | head -1`) is no failure of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => process.exit(0));
  }
  let isCrashed = false;
  // Node.js would print the whole error, and errors of the libraries for Google carry requests with their tokens.
  const crashed = new Promise<never>((_resolve, reject) => {
    process.on('uncaughtException', (error) => {
      isCrashed = true;
      reject(error);
    });
  });
  const { args, exitCodeOf } = readInvocation(process.argv);
  const code = await main(args, {
    exitCodeOf,
    streams: {
      // Opened only where it is read: most commands never do, and it takes time.
      get stdin() {
        return process.stdin;
      },
      stdout: process.stdout,
      stderr: process.stderr,
    },
    variables: process.env,
    signal: stopping.signal,
    crashed,
  });
  // What the command still does is of no known state: it ends as it would by kill -9.
  if (isCrashed) process.exit(code);
  setTimeout(() => process.exit(), LINGER_MS).unref();
  return code === SIGNALS.SIGINT && signalCode !== null ? signalCode : code;
}

/**
 * Node.js reads NODE_DEBUG before any code of ours and then prints requests, with their tokens, to standard
 * error. It can't be turned off again, so the program starts itself without it.
 */
async function withoutNodeDebug(process: NodeJS.Process): Promise<number> {
  const { spawn } = await import('node:child_process');
  process.stderr.write('NODE_DEBUG is ignored: it would print passwords and tokens.\n');
  // The very start of a child is printed too, with its environment, and a passphrase can stand there.
  process.stderr.write = () => true;
  const { NODE_DEBUG: _, ...variables } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: variables,
  });
  // The child hears the terminal's Ctrl-C itself; its end is ours.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
