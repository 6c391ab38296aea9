/**
 * Runs the built program in a real terminal (a pseudo-terminal of util-linux's `script`): types keys, reads the screen.
 */

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { PROGRAM } from './program.js';

/** Keys that are not letters, as a terminal sends them. */
export const KEY = { enter: '\r', ctrlC: '\x03', ctrlD: '\x04', down: '\x1b[B' } as const;

/** How long a text may take to appear, in milliseconds: an upper limit for a busy machine, not a measurement. */
const PATIENCE_MS = 20_000;

/** How long a run may take: one that hangs must not keep the tests from ending. */
const LIFE_MS = 120_000;

export interface TerminalOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Standard output goes to this file; prompts and talk stay on the terminal. */
  readonly stdoutTo?: string;
  /** A script to run instead of the built program; null for none. */
  readonly program?: string | null;
  /** To use instead of this Node.js. */
  readonly node?: string;
  /** Columns; 100 by default. */
  readonly columns?: number;
}

export interface TerminalResult {
  readonly code: number | null;
  /** Everything that was ever shown, without colours and cursor movements. */
  readonly screen: string;
  /** The same as it was sent, including colours and cursor movements. */
  readonly raw: string;
}

/** A run in a terminal. */
export interface Terminal {
  /**
   * Waits until this text appears, after where the last wait ended. Line breaks and runs of spaces count as one space,
   * since lines are folded to the terminal's width.
   *
   * @throws Error with the whole screen if it doesn't appear, or if the program ends first
   */
  see(text: string): Promise<void>;
  type(keys: string): void;
  /** Types a line once its question appears. */
  answer(question: string, line: string): Promise<void>;
  /** Everything shown so far, without colours and cursor movements. */
  screen(): string;
  /** Hangs up, as closing a terminal window does. */
  hangUp(): void;
  readonly ended: Promise<TerminalResult>;
}

/** Starts the program in a terminal. */
export function startInTerminal(
  args: readonly string[],
  { env, stdoutTo, node = process.execPath, program = PROGRAM, columns = 100 }: TerminalOptions,
): Terminal {
  const script = program === null ? [] : [program];
  const words = [node, ...script, ...args].map(shellWord).join(' ');
  const redirect = stdoutTo === undefined ? '' : ` > ${shellWord(stdoutTo)}`;
  const command = `stty cols ${columns} rows 50; exec ${words}${redirect}`;
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  let hasEnded = false;
  let from = 0;
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Keys for a program that has exited go nowhere.
  child.stdin.on('error', () => undefined);
  const raw = () => Buffer.concat(chunks).toString();
  const screen = () => stripVTControlCharacters(raw());
  const ended = new Promise<TerminalResult>((resolve, reject) => {
    child.once('error', reject);
    const timer = setTimeout(() => child.kill(), LIFE_MS);
    child.once('close', (code) => {
      clearTimeout(timer);
      hasEnded = true;
      resolve({ code, screen: screen(), raw: raw() });
    });
  });

  async function see(text: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const shown = inOneLine(screen());
      const at = shown.indexOf(inOneLine(text), from);
      if (at >= 0) {
        from = at + inOneLine(text).length;
        return;
      }
      if (hasEnded || Date.now() > deadline) {
        child.kill();
        throw new Error(`"${text}" did not show. The screen:\n${screen()}`);
      }
      await sleep(25);
    }
  }

  return {
    see,
    type: (keys) => void child.stdin.write(keys),
    async answer(question, line) {
      await see(question);
      child.stdin.write(`${line}${KEY.enter}`);
    },
    screen,
    hangUp: () => void child.kill('SIGKILL'),
    ended,
  };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** Quoted for a POSIX shell. */
function shellWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
