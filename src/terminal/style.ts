/** Colours of the terminal, and the signs that carry the same meaning without them. */

import type { Chalk } from 'chalk';
import type { Look } from './look.js';

/** Colour and weight for one stream. Without colour every function gives its text back. */
export interface Style {
  readonly good: Paint;
  readonly warning: Paint;
  readonly bad: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

type Paint = (text: string) => string;

/** Signs in front of lines: each is told apart by its shape as well. */
export const SIGN = { good: '✓', skipped: '–', warning: '!', bad: '✗' } as const;

/** What paints; null until it was loaded. */
let Painter: typeof Chalk | null = null;

/** Loads what paints, where one of the streams is a terminal: elsewhere nothing is painted, and loading takes time. */
export async function prepareStyle(
  ...streams: readonly { readonly isTTY?: boolean | undefined }[]
): Promise<void> {
  if (Painter !== null || !streams.some(({ isTTY }) => isTTY === true)) return;
  ({ Chalk: Painter } = await import('chalk'));
}

/** Gives text back as it is. */
const plain: Paint = (text) => text;

/** The style of a stream: colour on a terminal only, and not where the person or the terminal wants none. `prepareStyle` must have been called. */
export function styleFor(stream: { readonly isTTY?: boolean | undefined }, look: Look): Style {
  if (Painter === null || stream.isTTY !== true || !look.colour) {
    return { good: plain, warning: plain, bad: plain, strong: plain, faint: plain };
  }
  const chalk = new Painter({ level: 1 });
  return {
    good: chalk.green,
    warning: chalk.yellow,
    bad: chalk.red,
    strong: chalk.bold,
    faint: chalk.dim,
  };
}
