/** Runs the built program as a process, and reads its output. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The executable, as `npm ci` leaves it. */
export const PROGRAM = fileURLToPath(new URL('../../bin/writeupp-mail.js', import.meta.url));

/** A line of `--json` output. */
export type Event = Readonly<Record<string, unknown>> & { readonly event: string };

/** The result of a run. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of standard output, parsed; empty if they are not all JSON. */
  readonly events: readonly Event[];
  /** The last event, if it is a result. */
  readonly result: Event | undefined;
  /** The last event, if it is an error. */
  readonly error: Event | undefined;
}

/** A run in progress. */
export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<RunResult>;
  /** The output so far. */
  output(): { readonly stdout: string; readonly stderr: string };
}

/** A Node.js or a copy of the program other than those of this repository. */
export interface WhatRuns {
  readonly node?: string | undefined;
  /** Null: `node` is itself the program, as a single file. */
  readonly program?: string | null | undefined;
}

export interface RunOptions extends WhatRuns {
  readonly env: NodeJS.ProcessEnv;
  /** Passed on standard input, which is then closed; without it, standard input is at its end from the start. */
  readonly input?: string | Buffer;
  /** Another program that starts it. */
  readonly by?: readonly string[];
  /** Leaves standard input open. */
  readonly keepInputOpen?: boolean;
}

/** Starts the program. */
export function startProgram(args: readonly string[], options: RunOptions): RunningProgram {
  const { by = [], node = process.execPath, program = PROGRAM } = options;
  const script = program === null ? [] : [program];
  const [file = '', ...rest] = [...by, node, ...script, ...args];
  const child = spawn(file, rest, { env: options.env });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // The program may exit without having read all of its input.
  child.stdin.on('error', () => undefined);
  if (options.keepInputOpen !== true) child.stdin.end(options.input ?? '');
  const output = () => ({
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  });
  const ended = new Promise<RunResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const said = output();
      const events = parseEvents(said.stdout);
      const last = events.at(-1);
      resolve({
        code,
        signal,
        ...said,
        events,
        result: last?.event === 'result' ? last : undefined,
        error: last?.event === 'error' ? last : undefined,
      });
    });
  });
  return { child, ended, output };
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], options: RunOptions): Promise<RunResult> {
  return startProgram(args, options).ended;
}

function parseEvents(stdout: string): Event[] {
  try {
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Event);
  } catch {
    return [];
  }
}
