/** Commands for a person to type: without the site's name, where it is the only one on record. */

import type { Context } from '../context/context.js';
import { siteCommand } from '../words/command-line.js';

/** The command for one site, as short as it can be typed here. */
export async function commandHere(
  context: Context,
  command: string,
  site: string,
  ...args: readonly string[]
): Promise<string> {
  const names = await (await context.sites()).names();
  return siteCommand(command, names.length === 1 ? undefined : site, ...args);
}
