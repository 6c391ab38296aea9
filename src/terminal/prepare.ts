/** What only a terminal needs, loaded before the first line is written to one. */

import { prepareToWrap } from '../words/wrap.js';
import { prepareStyle } from './style.js';

/** Off a terminal, nothing is loaded: a script that calls this program many times would pay for it each time. */
export async function prepareTerminal(
  ...streams: readonly { readonly isTTY?: boolean }[]
): Promise<void> {
  await Promise.all([prepareToWrap(...streams), prepareStyle(...streams)]);
}
