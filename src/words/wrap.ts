/** Lines folded to the width of a terminal, between words, with what follows under what came before. */

import type wrapAnsi from 'wrap-ansi';

/** Longer lines are hard to read, however wide the window is. */
const WIDTH_MAX = 100;

/** What a line begins with and its continuation does not: spaces, then a sign, a bullet or a row's label. */
const LEAD = /^\s*(?:[•✓✗–!] |\S[\S ]{0,20}? {2,})?/u;

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

function wrapLine(line: string, width: number): string[] {
  const lead = LEAD.exec(line)?.[0] ?? '';
  if (fold === null || width - lead.length < 20) return [line];
  const folded = fold(line.slice(lead.length), width - lead.length, { trim: true }).split('\n');
  return folded.map((part, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + part);
}
