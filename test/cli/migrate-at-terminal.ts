/** A person at a terminal who runs `migrate`: as far as the receipt, and the reference that stands in the message. */

import { playPerson } from '../google/person.js';
import type { GoogleStandIn } from '../google/stand-in.js';
import { startInTerminal, type Terminal, type TerminalOptions } from '../support/terminal.js';
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

/** The reference in the last message, as it was delivered. */
export function lastReference(google: GoogleStandIn): string {
  const [reference = ''] = /[A-Z]{3}-\d{3}/.exec(google.messages.at(-1)?.parsed.text ?? '') ?? [];
  return reference;
}
