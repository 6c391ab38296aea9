/** Words that several rows share. */

import { siteCommand } from '../../words/command-line.js';
import type { FailureFacts, Who } from './entry.js';

/** The line that says who can put it right. */
export const WHO_LINES: Readonly<Record<Who, string>> = {
  you: 'Who can fix this: you.',
  'workspace-admin':
    'Who can fix this: your Google Workspace administrator (whoever adds and removes people at your practice).',
  'oauth-client-owner':
    'Who can fix this: whoever gave you the Google client file (WriteUpp support, or your IT person).',
  'service-account-owner':
    'Who can fix this: whoever made the service account, in the Google Cloud console.',
  'writeupp-support': 'Who can fix this: WriteUpp support.',
  'nobody-wait': 'Nobody has to fix this: wait, then try again.',
};

/** The permission to send stays saved: nothing but the client file has to change. */
export const PERMISSION_KEPT =
  'The saved permission to send is kept: it may work again once this is fixed.';

/** How to get the note for the administrator. */
export const ADMIN_NOTE_HINT =
  'For a message that you can forward to them, run: writeupp-mail sign-in --admin-note';

/** What to do before a message whose fate is unknown is sent again. */
export const CHECK_SENT_FOLDER =
  'Before you send it again, look in the Sent folder of the Google account, at mail.google.com.';

/** The command that signs in again, with the site's name where it is known and safe to paste into a shell. */
export function signInAgain(facts: FailureFacts): string {
  return `To sign in again, run: ${siteCommand('sign-in', facts.site)}`;
}

/** The command that mends a connection that was there before. */
export function connectAgain(facts: FailureFacts): string {
  const account = facts.account ?? 'the Google account';
  return `To connect ${account} again, run: ${siteCommand('sign-in', facts.site)}`;
}
