/** The process around main: its signals, its streams, and an end that is never a false success. */

import { setMaxListeners } from 'node:events';
import { readInvocation } from './invocation.js';
import { main } from './main.js';
import { flushed, outlive } from './streams.js';

/** How long what a failed command still has in hand may delay the end, in milliseconds. */
const LINGER_MS = 500;

/**
 * Signals of one kind that come closer together than this, in milliseconds, are one that was told twice: a terminal
 * tells everything that runs in it, and a program that started this one may hand it on as well.
 */
const ECHO_MS = 250;

/** Signals that ask the program to end, and the exit code that shells give them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs the program in a process and gives its exit code. */
export async function start(process: NodeJS.Process): Promise<number> {
  const { stdout, stderr } = process;
  outlive(stdout);
  outlive(stderr);
  if ((process.env.NODE_DEBUG ?? '') !== '') {
    const { withoutNodeDebug } = await import('./without-node-debug.js');
    return withoutNodeDebug(process, Object.keys(SIGNALS) as NodeJS.Signals[]);
  }
  const stopping = stopBySignals(process);
  let isEnded = false;
  // Nothing is left that could finish the work, and nobody has told how it ended.
  const idle = new Promise<void>((resolve) => {
    process.on('beforeExit', () => resolve());
  });
  process.on('exit', () => {
    if (!isEnded && (process.exitCode ?? 0) === 0) process.exitCode = 1;
  });
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
      stdout,
      stderr,
    },
    variables: process.env,
    signal: stopping.signal,
    stopped: stopping.stopped,
    idle,
    crashed,
  });
  await Promise.all([flushed(stdout), flushed(stderr)]);
  isEnded = true;
  // After success nothing is left to do. After a crash, what the command still does is of no known state: it ends as it
  // would by kill -9.
  if (code === 0 || isCrashed) process.exit(code);
  setTimeout(() => process.exit(), LINGER_MS).unref();
  return code === SIGNALS.SIGINT ? (stopping.code() ?? code) : code;
}

/** The signal that the command listens to, and the exit code of the process's signal that aborted it. */
function stopBySignals(process: NodeJS.Process): {
  readonly signal: AbortSignal;
  readonly stopped: Promise<void>;
  code(): number | null;
} {
  const controller = new AbortController();
  // As many things as run side by side listen to it: no leak, and no warning of one.
  setMaxListeners(0, controller.signal);
  let stop: () => void;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let first: { readonly code: number; readonly at: number } | null = null;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (first === null) {
        first = { code, at: performance.now() };
        controller.abort();
        stop();
      } else if (code !== first.code || performance.now() - first.at > ECHO_MS) {
        // The second time, the person means it: nothing is waited for.
        process.exit(code);
      }
    });
  }
  return { signal: controller.signal, stopped, code: () => first?.code ?? null };
}
