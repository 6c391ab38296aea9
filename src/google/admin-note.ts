/** A message, ready to forward, that asks a Google Workspace administrator to allow the app. */

import type { MailError } from '../errors.js';
import { paragraph } from '../text/paragraph.js';
import { ADMIN_NOTE_HINT } from './catalogue/words.js';
import { SEND_SCOPE } from './scopes.js';

/** Whether an administrator can fix a refusal by allowing the app: if so, its explanation points to the note. */
export function isForAdministrator({ hint }: MailError): boolean {
  return hint.includes(ADMIN_NOTE_HINT);
}

export interface AdminNoteDetails {
  /** The client id in the Google client file. */
  readonly clientId: string;
  readonly organisation?: string | undefined;
  /** The WriteUpp site's name, used if there is no organisation. */
  readonly site?: string | undefined;
  /** The Google account that should send. */
  readonly account?: string | undefined;
}

const SENDS_ONLY =
  'sends email. It can’t read, search, change or delete any email, contact or file.';

/** The permissions that the sign-in asks for, and why. */
const PERMISSIONS: readonly (readonly [permission: string, why: string])[] = [
  ['openid', 'shows that the sign-in is genuine.'],
  ['email', 'tells which account signed in, so that email never leaves from the wrong one.'],
  [SEND_SCOPE, SENDS_ONLY],
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

/** Plain text; no line is longer than 78 characters unless a single word is. */
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

export interface DelegationNoteDetails {
  readonly email: string;
  /** The numeric id; null if unknown. */
  readonly clientId: string | null;
  readonly scope: string;
  readonly organisation?: string | undefined;
  readonly account?: string | undefined;
}

/** The steps of domain-wide delegation (developers.google.com/identity/protocols/oauth2/service-account). */
const DELEGATION_STEPS: readonly string[] = [
  'Sign in at https://admin.google.com as a super administrator.',
  'Open Security > Access and data control > API controls.',
  'Choose "Manage Domain Wide Delegation", then "Add new".',
  'Paste the client ID above (the number, not the email address).',
  'Paste the permission above under "OAuth scopes", and choose "Authorise".',
  'If your organisation uses multi-party approval, a second super administrator approves the change.',
];

/** The note about a service account: nobody will have to sign in. */
export function delegationNote(details: DelegationNoteDetails): string {
  const { email, clientId, scope, organisation, account } = details;
  const person = account === undefined ? 'people of our practice' : account;
  const sections = [
    'Subject: Please allow our service account in Google Workspace',
    'Hello,',
    paragraph(
      `We send the email of ${organisation ?? 'our practice'} from WriteUpp, our practice management system, through our Google account. A service account does that in the name of ${person}, so that nobody has to sign in. Google Workspace allows it once an administrator has put it on a list. Please could you do that?`,
    ),
    ['The service account:', `  ${email}`].join('\n'),
    [
      'Its client ID:',
      clientId === null
        ? '  The "Unique ID" in the Google Cloud console, IAM & Admin > Service accounts'
        : `  ${clientId}`,
    ].join('\n'),
    ['The permission:', permissionLines([scope, SENDS_ONLY])].join('\n'),
    ['Where to allow it, in the Admin console:', ...DELEGATION_STEPS.map(stepLines)].join('\n'),
    paragraph(
      'Google offers this in Workspace only, and for all people of the organisation at once: anyone who has the service account can send as each of them. It usually works within minutes; Google says that it can take up to 24 hours.',
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
