/** What a switch leaves to do in WriteUpp itself, told until a person says that it is done. */

import type { Context } from '../context/context.js';
import type { Site } from '../sites/site.js';
import { SIGN } from '../terminal/style.js';
import { commandHere } from './command-here.js';

/** Whether a switch here is still to be made in WriteUpp itself. */
export async function isLeftToDo(context: Context, site: Site): Promise<boolean> {
  const { smtp, gmail, smtpRevertedAt, doneInWriteUpp } = site;
  const isSwitched = smtp === null && gmail !== null && smtpRevertedAt !== null;
  return isSwitched && doneInWriteUpp === null && (await context.sites()).leftToDo.length > 0;
}

/**
 * The lines, in the order of the steps; none where nothing is left. Whoever reverts SMTP in WriteUpp before signing
 * in with Google there is on WriteUpp's own server, for good.
 */
export async function leftToDoLines(context: Context, site: Site): Promise<readonly string[]> {
  if (!(await isLeftToDo(context, site))) return [];
  const { leftToDo } = await context.sites();
  return [
    `${context.style.warning(SIGN.warning)} Left to do in WriteUpp, in this order:`,
    ...leftToDo.map((step, index) => `  ${index + 1}. ${step}`),
    `  Then tell this program: ${await commandHere(context, 'status', site.name, '--done-in-writeupp')}`,
  ];
}
