/** Folds lines to the width of a terminal between words, with continuation lines aligned. */

import type wrapAnsi from 'wrap-ansi';
import { isCommand } from './command-line.js';

/** Longer lines are hard to read, however wide the window is. */
const WIDTH_MAX = 100;

/** With less room than this after a line's lead, continuation lines are not aligned. */
const ROOM_MIN = 16;

/** The lead of a line, absent from its continuation: spaces, then a sign, a number, a bullet or a row's label. */
const LEAD = /^\s*(?:[•✓✗–!] |\d+\. |\S[\S ]{0,20}? {2,})?/u;

/** A style of safeText, which has no width. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the very character that begins a style.
const STYLE = /\u001b\[\d+m/g;

/** The sequences that end the styles of style.ts. */
const ENDS: readonly string[] = ['\u001b[22m', '\u001b[39m'];
const STYLE_END = 5;

/** Null until it is loaded. */
let fold: typeof wrapAnsi | null = null;

/** Loads wrap-ansi if one of the streams is a terminal: loading it takes longer than most commands run. */
export async function prepareToWrap(
  ...streams: readonly { readonly isTTY?: boolean }[]
): Promise<void> {
  if (fold !== null || !streams.some(({ isTTY }) => isTTY === true)) return;
  ({ default: fold } = await import('wrap-ansi'));
}

/** Folds lines for a terminal; elsewhere they stay whole so that they can be searched. Call `prepareToWrap` first. */
export function wrapLines(
  lines: readonly string[],
  stream: { readonly isTTY?: boolean; readonly columns?: number },
): string[] {
  if (stream.isTTY !== true || stream.columns === undefined) return [...lines];
  const width = Math.min(stream.columns, WIDTH_MAX);
  return lines.flatMap((line) => wrapLine(line, width));
}

/** A question and a choice start with a sign and a space. */
const SIGN_WIDTH = 2;

/**
 * Folds a text after a sign between words, since the library that shows it would break it anywhere.
 *
 * @param columns of the terminal; undefined if unknown
 * @param after how many columns of the last line are taken by what follows
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

/** The index after that many letters of a line, not counting styles; a style that starts there belongs to the rest. */
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
  // The end of a style there belongs to the lead.
  const next = line.slice(at, at + STYLE_END);
  return at + (ENDS.includes(next) ? STYLE_END : 0);
}
