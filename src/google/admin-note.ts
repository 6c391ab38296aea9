/** A message, ready to forward, that asks a Google Workspace administrator to allow the app. */

import type { MailError } from '../errors.js';
import { paragraph } from '../words/paragraph.js';
import { ADMIN_NOTE_HINT } from './catalogue/words.js';

/** Whether an administrator can mend a refusal by allowing the app: its explanation then points to the note. */
export function isForAdministrator({ hint }: MailError): boolean {
  return hint.includes(ADMIN_NOTE_HINT);
}

/** What the note names. */
export interface AdminNoteDetails {
  /** The client id in the Google client file. */
  readonly clientId: string;
  /** The practice's name. */
  readonly organisation?: string | undefined;
  /** The WriteUpp site's name, used where there is no organisation. */
  readonly site?: string | undefined;
  /** The Google account that is to send. */
  readonly account?: string | undefined;
}

/** The permissions that the sign-in asks for, and why. */
const PERMISSIONS: readonly (readonly [permission: string, why: string])[] = [
  ['openid', 'shows that the sign-in is genuine.'],
  ['email', 'tells which account signed in, so that email never leaves from the wrong one.'],
  [
    'https://www.googleapis.com/auth/gmail.send',
    'sends email. It can’t read, search, change or delete any email, contact or file.',
  ],
];

/** The steps in the Admin console (support.google.com/a/answer/7281227). */
const STEPS: readonly string[] = [
  'Sign in at https://admin.google.com as an administrator.',
  'Open Security > Access and data control > API controls.',
  'Choose "Manage third-party app access".',
  'Choose "Add app" (or "Configure new app"), then "OAuth app name or client ID".',
  'Paste the client ID above, search, and select the app.',
  'Choose who it is for: the organisational unit of the account that sends.',
  'Set the access to "Trusted", and save.',
];

/** The note: plain text, no line longer than 78 characters unless a single word is. */
export function adminNote(details: AdminNoteDetails): string {
  const practice = details.organisation ?? details.site;
  const account = details.account === undefined ? '' : ` (${details.account})`;
  const sections = [
    'Subject: Please allow our email app in Google Workspace',
    'Hello,',
    paragraph(
      `We send the email of ${practice ?? 'our practice'} from WriteUpp, our practice management system, through our Google account${account}. Google Workspace does not let the app that does this (writeupp-mail) ask for the permission until an administrator allows it. Please could you do that?`,
    ),
    ['The app’s client ID:', `  ${details.clientId}`].join('\n'),
    ['The permissions it asks for, and why:', ...PERMISSIONS.map(permissionLines)].join('\n'),
    ['Where to allow it, in the Admin console:', ...STEPS.map(stepLines)].join('\n'),
    paragraph(
      'It usually works within minutes; Google says that it can take up to 24 hours. We then sign in again, and nothing else is needed.',
    ),
    paragraph(
      'Until then we can’t connect the account, so appointment reminders, invoices and messages to our patients can’t be sent through our Google account.',
    ),
    'Thank you.',
  ];
  return `${sections.join('\n\n')}\n`;
}

function permissionLines([permission, why]: readonly [string, string]): string {
  return `  ${permission}\n${paragraph(why, '      ')}`;
}

function stepLines(step: string, index: number): string {
  return paragraph(step, '     ').replace(/^ {5}/, `  ${index + 1}. `);
}
