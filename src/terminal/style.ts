/** Colours of the terminal, and the signs that carry the same meaning without them. */

import type { Chalk } from 'chalk';
import type { Look } from './look.js';

/** Colour and weight for one stream. Without colour every function returns its text unchanged. */
export interface Style {
  readonly good: Paint;
  readonly warning: Paint;
  readonly bad: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

type Paint = (text: string) => string;

/** Signs in front of lines: each is distinguishable by its shape as well. */
export const SIGN = { good: '✓', skipped: '–', warning: '!', bad: '✗' } as const;

/** Text for a stream: on a console without the signs, those that every font there has. */
export function withSigns(
  text: string,
  stream: { readonly isTTY?: boolean | undefined },
  look: Look,
): string {
  if (look.signs || stream.isTTY !== true) return text;
  return text.replaceAll(SIGN.good, '√').replaceAll(SIGN.bad, '×');
}

/** Null until loaded. */
let Painter: typeof Chalk | null = null;

/** Loads chalk, if one of the streams is a terminal: elsewhere nothing is coloured, and loading takes time. */
export async function prepareStyle(
  ...streams: readonly { readonly isTTY?: boolean | undefined }[]
): Promise<void> {
  if (Painter !== null || !streams.some(({ isTTY }) => isTTY === true)) return;
  ({ Chalk: Painter } = await import('chalk'));
}

const plain: Paint = (text) => text;

/** Colour on a terminal only, unless the person or the terminal wants none. Call `prepareStyle` first. */
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
