/** The process around main: signals, streams, and an exit code that never falsely reports success. */

import { setMaxListeners } from 'node:events';
import { readInvocation } from './invocation.js';
import { main } from './main.js';
import { flushed, outlive } from './streams.js';

/** How long a failed command's unfinished work may delay the end, in milliseconds. */
const LINGER_MS = 500;

/**
 * Signals of one kind that arrive within this time, in milliseconds, are one signal delivered twice: a terminal signals
 * everything that runs in it, and a program that started this one may forward the signal as well.
 */
const ECHO_MS = 250;

/** Signals that ask the program to end, and the exit codes that shells use for them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs the program in a process and returns its exit code. */
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
  // Nothing is left that could finish the work, and no outcome has been reported.
  const idle = new Promise<void>((resolve) => {
    process.on('beforeExit', () => resolve());
  });
  process.on('exit', () => {
    if (!isEnded && (process.exitCode ?? 0) === 0) process.exitCode = 1;
  });
  let isCrashed = false;
  // Node.js would print the whole error, and errors from Google's libraries contain requests with their tokens.
  const crashed = new Promise<never>((_resolve, reject) => {
    process.on('uncaughtException', (error) => {
      isCrashed = true;
      reject(error);
    });
  });
  const { args, exitCodeOf, isForMailServer } = readInvocation(process.argv, process.env);
  if (isForMailServer) await writeAsLocaleSays(process);
  const code = await main(args, {
    exitCodeOf,
    stoppedWith: stopping.code,
    streams: {
      // Opened only when it is read: most commands never read it, and opening takes time.
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
  // This is the outcome, no matter what happens to the streams from here on: a process whose last output can't be
  // written must not exit with another code.
  process.exitCode = code;
  isEnded = true;
  await Promise.all([flushed(stdout), flushed(stderr)]);
  // After success nothing is left to do. After a crash, the state of what is still running is unknown: it ends as it
  // would after kill -9.
  if (code === 0 || isCrashed) process.exit(code);
  setTimeout(() => process.exit(), LINGER_MS).unref();
  return code;
}

async function writeAsLocaleSays({ stdout, stderr, env, platform }: NodeJS.Process): Promise<void> {
  const { asciiOnly, isAsciiLocale } = await import('./ascii.js');
  if (platform === 'win32' || !isAsciiLocale(env)) return;
  asciiOnly(stdout);
  asciiOnly(stderr);
}

/** The AbortSignal for the command, and the exit code for the process signal that aborted it. */
function stopBySignals(process: NodeJS.Process): {
  readonly signal: AbortSignal;
  readonly stopped: Promise<void>;
  code(): number | null;
} {
  const controller = new AbortController();
  // Everything that runs in parallel listens to it: this is not a leak, and needs no warning.
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
        // The second time, the person means it: exit without waiting.
        process.exit(code);
      }
    });
  }
  return { signal: controller.signal, stopped, code: () => first?.code ?? null };
}
