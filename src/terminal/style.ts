/** Colours of the terminal, and the signs that carry the same meaning without them. */

import { Chalk, type ChalkInstance } from 'chalk';
import type { Look } from './look.js';

/** Colour and weight for one stream. Without colour every function gives its text back. */
export interface Style {
  readonly good: ChalkInstance;
  readonly warning: ChalkInstance;
  readonly bad: ChalkInstance;
  readonly strong: ChalkInstance;
  readonly faint: ChalkInstance;
}

/** Signs in front of lines: each is told apart by its shape as well. */
export const SIGN = { good: '✓', skipped: '–', warning: '!', bad: '✗' } as const;

/** The style of a stream: colour on a terminal only, and not where the person or the terminal wants none. */
export function styleFor(stream: { readonly isTTY?: boolean | undefined }, look: Look): Style {
  const chalk = new Chalk({ level: stream.isTTY === true && look.colour ? 1 : 0 });
  return {
    good: chalk.green,
    warning: chalk.yellow,
    bad: chalk.red,
    strong: chalk.bold,
    faint: chalk.dim,
  };
}
