/** Texts that several rows share. */

import { siteCommand } from '../../text/command-line.js';
import type { FailureFacts } from './catalogue-entry.js';

/** The permission stays saved: only the client file needs to change. */
export const PERMISSION_KEPT =
  'The saved permission to send is kept: it may work again once this is fixed.';

export const ADMIN_NOTE_HINT =
  'For a message that you can forward to them, run: writeupp-mail sign-in --admin-note';

/** What to do before resending a message that may have been sent. */
export const CHECK_SENT_FOLDER =
  'Before you send it again, look in the Sent folder of the Google account, at mail.google.com.';

/** The command that signs in again, with the site's name if it is known and safe to paste into a shell. */
export function signInAgain(facts: FailureFacts): string {
  return `To sign in again, run: ${siteCommand('sign-in', facts.site)}`;
}

/** The command that repairs an existing connection. */
export function connectAgain(facts: FailureFacts): string {
  const account = facts.account ?? 'the Google account';
  return `To connect ${account} again, run: ${siteCommand('sign-in', facts.site)}`;
}
