/** A person at a terminal who runs `migrate`, as far as the receipt. */

import { playPerson } from '../stand-in/person.js';
import type { GoogleStandIn } from '../stand-in/stand-in.js';
import { lastReference } from '../support/plain-switch.js';
import { KEY, startInTerminal, type Terminal, type TerminalOptions } from '../support/terminal.js';
import { ACCOUNT, type Workspace } from '../support/workspace.js';

export const RECEIPT = 'Type its reference';
export const ENTER = 'Press Enter to open it in your browser:';

/** Runs `migrate`; the person presses Enter and finishes Google's pages, as `account`. */
export async function migrateToReceipt(
  workspace: Workspace,
  {
    account = ACCOUNT,
    args = [],
    ...options
  }: Partial<TerminalOptions> & {
    readonly account?: string;
    readonly args?: readonly string[];
  } = {},
): Promise<Terminal> {
  const terminal = startInTerminal(['migrate', ...args], { env: workspace.env, ...options });
  await terminal.answer(ENTER, '');
  await playPerson(await workspace.nextUrl(), { account });
  await terminal.see(RECEIPT);
  return terminal;
}

/** Waits for the question, and only then looks up the reference that it is about. */
export async function giveReference(terminal: Terminal, google: GoogleStandIn): Promise<void> {
  await terminal.see(RECEIPT);
  terminal.type(`${lastReference(google)}${KEY.enter}`);
}
