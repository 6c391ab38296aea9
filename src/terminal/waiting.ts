/** The line that says what is being waited for: a spinner on a terminal, a plain line elsewhere. */

import type { Ora } from 'ora';
import type { OutputStreams } from './json-reporter.js';
import type { Look } from './look.js';

/** How long a wait must last before it is worth a spinner, in milliseconds; also spares loading it. */
const DELAY_MS = 150;

export interface WaitingLine {
  /**
   * Shows what is being waited for, in place of what was shown before; returns the function that ends it.
   *
   * @param what a function is called repeatedly
   * @param until the end of the wait: the time left is shown
   */
  start(what: string | (() => string), until?: Date): () => void;
  clear(): void;
}

export function waitingLine(
  streams: Partial<OutputStreams> & {
    readonly stderr: NodeJS.WriteStream;
    readonly stdin?: NodeJS.ReadStream;
  },
  look: Look,
): WaitingLine {
  const { stdout, stderr, stdin } = streams;
  let spinner: Ora | null = null;
  let timer: NodeJS.Timeout | undefined;
  let ticking: NodeJS.Timeout | undefined;
  let giveKeysBack: () => void = () => undefined;
  let turn = 0;

  function clear(): void {
    turn += 1;
    clearTimeout(timer);
    clearInterval(ticking);
    giveKeysBack();
    giveKeysBack = () => undefined;
    spinner?.stop();
    spinner = null;
  }

  function start(what: string | (() => string), until?: Date): () => void {
    clear();
    const mine = turn;
    const said = typeof what === 'string' ? () => what : what;
    const text = () => (until === undefined ? said() : `${said()} (${timeLeft(until)} left)`);
    if (!stderr.isTTY || !look.cursor) {
      stderr.write(`${text()} …\n`);
      return () => undefined;
    }
    timer = setTimeout(async () => {
      const [{ default: ora }, { hushKeys }] = await Promise.all([
        import('ora'),
        import('./hushed-keys.js'),
      ]);
      if (mine !== turn) return;
      // If another program displays the output, the keys are meant for that one.
      if (stdin !== undefined && stdout?.isTTY === true) giveKeysBack = hushKeys(stdin);
      // What ora does with standard input by default would swallow Ctrl-C.
      const color = look.colour ? 'cyan' : false;
      const shown = ora({ text: text(), stream: stderr, discardStdin: false, color }).start();
      spinner = shown;
      if (until === undefined && typeof what === 'string') return;
      ticking = setInterval(() => {
        shown.text = text();
      }, 1_000);
      ticking.unref();
    }, DELAY_MS);
    return () => {
      if (mine === turn) clear();
    };
  }

  return { start, clear };
}

/** In the largest units that say something: "5 min", "4 min 59 s", "42 s". */
export function timeLeft(until: Date, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((until.getTime() - now) / 1000));
  const parts = [
    [Math.floor(seconds / 60), 'min'],
    [seconds % 60, 's'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return said.length === 0 ? '0 s' : said.join(' ');
}
