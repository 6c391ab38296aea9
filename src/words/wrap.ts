/** Lines folded to the width of a terminal, between words, with what follows under what came before. */

import type wrapAnsi from 'wrap-ansi';
import { isCommand } from './command-line.js';

/** Longer lines are hard to read, however wide the window is. */
const WIDTH_MAX = 100;

/** Less room than this beside what a line begins with, and it is not worth keeping free. */
const ROOM_MIN = 16;

/** What a line begins with and its continuation does not: spaces, then a sign, a number, a bullet or a row's label. */
const LEAD = /^\s*(?:[•✓✗–!] |\d+\. |\S[\S ]{0,20}? {2,})?/u;

/** A style of safeText: it takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the very character that begins a style.
const STYLE = /\u001b\[\d+m/g;

/** What ends the styles of style.ts. */
const ENDS: readonly string[] = ['\u001b[22m', '\u001b[39m'];
const STYLE_END = 5;

/** What folds; null until it was loaded. */
let fold: typeof wrapAnsi | null = null;

/** Loads what folds lines, where one of the streams is a terminal: it takes longer to load than most commands run. */
export async function prepareToWrap(
  ...streams: readonly { readonly isTTY?: boolean }[]
): Promise<void> {
  if (fold !== null || !streams.some(({ isTTY }) => isTTY === true)) return;
  ({ default: fold } = await import('wrap-ansi'));
}

/** Folds each line for a terminal; elsewhere, lines stay whole so that they can be searched. `prepareToWrap` must have been called. */
export function wrapLines(
  lines: readonly string[],
  stream: { readonly isTTY?: boolean; readonly columns?: number },
): string[] {
  if (stream.isTTY !== true || stream.columns === undefined) return [...lines];
  const width = Math.min(stream.columns, WIDTH_MAX);
  return lines.flatMap((line) => wrapLine(line, width));
}

/** What stands before a question and before a choice: a sign and a space. */
const SIGN_WIDTH = 2;

/**
 * A text that stands beside a sign: broken between words, where what shows it would break it anywhere.
 *
 * @param columns of the terminal; undefined where they are not known
 * @param after how much of the last line is taken by what follows
 */
export function foldedBeside(text: string, columns: number | undefined, after = 0): string {
  if (columns === undefined) return text;
  const room = columns - SIGN_WIDTH - after;
  return wrapLines([text], { isTTY: true, columns: room }).join(`\n${' '.repeat(SIGN_WIDTH)}`);
}

function wrapLine(line: string, width: number): string[] {
  const plain = line.replace(STYLE, '');
  if (fold === null || plain.length <= width || isCommand(plain)) return [line];
  const whole = LEAD.exec(plain)?.[0].length ?? 0;
  const lead = width - whole < ROOM_MIN ? (/^\s*/.exec(plain)?.[0].length ?? 0) : whole;
  const at = indexAfter(line, lead);
  const folded = fold(line.slice(at), width - lead, { trim: true }).split('\n');
  return folded.map((part, index) => (index === 0 ? line.slice(0, at) : ' '.repeat(lead)) + part);
}

/** Where the first so many letters of a line end, styles not counted; a style that opens there belongs to what follows. */
function indexAfter(line: string, letters: number): number {
  let left = letters;
  let at = 0;
  while (left > 0) {
    STYLE.lastIndex = at;
    const style = STYLE.exec(line);
    if (style?.index === at) at += style[0].length;
    else {
      at += 1;
      left -= 1;
    }
  }
  // A style that ends with the lead ends there.
  const next = line.slice(at, at + STYLE_END);
  return at + (ENDS.includes(next) ? STYLE_END : 0);
}
