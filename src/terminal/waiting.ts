/** The line that says what is being waited for: a spinner on a terminal, a plain line elsewhere. */

import type { Ora } from 'ora';
import type { Look } from './look.js';

/** How long a wait must last before it is worth a spinner, in milliseconds; also spares loading it. */
const DELAY_MS = 150;

export interface WaitingLine {
  /** Shows what is being waited for, in place of what was shown before; gives the function that ends it. */
  start(what: string): () => void;
  clear(): void;
}

export function waitingLine(stderr: NodeJS.WriteStream, look: Look): WaitingLine {
  let spinner: Ora | null = null;
  let timer: NodeJS.Timeout | undefined;
  let turn = 0;

  function clear(): void {
    turn += 1;
    clearTimeout(timer);
    spinner?.stop();
    spinner = null;
  }

  function start(what: string): () => void {
    clear();
    const mine = turn;
    if (!stderr.isTTY || !look.cursor) {
      stderr.write(`${what} …\n`);
      return () => undefined;
    }
    timer = setTimeout(async () => {
      const { default: ora } = await import('ora');
      if (mine !== turn) return;
      // Reading standard input in raw mode, as ora does by default, would swallow Ctrl-C and typed answers.
      const color = look.colour ? 'cyan' : false;
      spinner = ora({ text: what, stream: stderr, discardStdin: false, color }).start();
    }, DELAY_MS);
    return () => {
      if (mine === turn) clear();
    };
  }

  return { start, clear };
}
