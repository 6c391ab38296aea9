/** What needs attention on a site, judged from its record alone. */

import type { AttentionCode } from '../terminal/events.js';
import { siteCommand } from '../text/command-line.js';
import { sameAccount } from './address.js';
import { kindOf } from './connection-kind.js';
import { isRefused, setEnd } from './ends.js';
import { type GmailConnection, pathway, type Site } from './site.js';
import { type PasswordsEnd, passwordsEnd } from './smtp-words.js';

/** One thing that needs attention: what it is and what to do about it. */
export interface Attention {
  readonly code: AttentionCode;
  readonly message: string;
  readonly hint: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Google ends an unused permission after six months: this warns a month before. */
const UNUSED_WARNING_MS = 150 * DAY_MS;
/** Two days before a permission ends, there is still time to sign in again. */
const END_WARNING_MS = 2 * DAY_MS;

/**
 * Everything that needs attention, the most urgent first.
 *
 * @param issuer the issuer of this run: a connection from another one does not count
 * @param isOnly whether it is the only site, which no command has to name
 */
export function attention(site: Site, issuer: string, now: Date, isOnly = false): Attention[] {
  const name = isOnly ? undefined : site.name;
  return [...smtpAttention(site, name), ...gmailAttention(site, name, issuer, now)];
}

function smtpAttention({ smtp, gmail }: Site, name: string | undefined): Attention[] {
  if (smtp === null) return [];
  const found: Attention[] = [];
  const migrate = `Finish the switch: ${siteCommand('migrate', name)}`;
  if (gmail !== null) {
    found.push({
      code: 'smtp-takes-precedence',
      message:
        'The SMTP settings take precedence over the Gmail connection. Email still goes by SMTP and can fail.',
      hint: migrate,
    });
  }
  const end = passwordsEnd(smtp);
  if (end !== null) {
    found.push({
      code: end.of === 'google' ? 'google-ended-smtp' : 'microsoft-ends-smtp',
      message: end.lines.join(' '),
      hint: end.of === 'google' ? migrate : awayFromMicrosoft(name, smtp.user, end.of),
    });
  }
  return found;
}

function awayFromMicrosoft(
  name: string | undefined,
  user: string | null,
  of: PasswordsEnd['of'],
): string {
  return [
    `To send through a Google account: ${siteCommand('migrate', name)}`,
    `To send by the WriteUpp mail server: ${siteCommand('revert-smtp', name)}`,
    'Either changes the address that patients see.',
    ...(of === 'microsoft-personal'
      ? []
      : [
          'To keep it for a while, forward this to your Microsoft 365 administrator:',
          `"Please leave Authenticated SMTP on for ${user}: Exchange admin center, Settings, Mail flow; and for the mailbox itself, Manage email apps, Authenticated SMTP."`,
        ]),
  ].join('\n');
}

function gmailAttention(
  site: Site,
  name: string | undefined,
  issuer: string,
  now: Date,
): Attention[] {
  const { gmail } = site;
  if (gmail === null) return [];
  const found: Attention[] = [];
  const test = `Send the test message: ${siteCommand('test-connection', name)}`;
  const signIn = siteCommand('sign-in', name);
  if (gmail.issuer !== issuer) {
    found.push({
      code: 'other-issuer',
      message: `The Gmail connection was made at ${gmail.issuer}. It does not count at ${issuer}.`,
      hint: `Sign in again: ${signIn}`,
    });
  }
  if (isRefused(gmail)) {
    found.push({
      code: 'connection-refused',
      message: `Google no longer accepts the connection of ${gmail.email}.`,
      hint: `Sign in again: ${signIn}`,
    });
  }
  const end = isRefused(gmail) ? null : nearEnd(gmail, now);
  if (end?.code === 'permission-ends') {
    found.push({
      code: 'permission-ends',
      message: `Google ends the permission of ${gmail.email} within two days: it was given for a limited time.`,
      hint: `Sign in again before that: ${signIn} --reauthenticate`,
    });
  } else if (end !== null) {
    found.push({
      code: 'testing-mode',
      message: `Google is likely to end the permission of ${gmail.email} within two days, as it does for an app that is still marked "Testing".`,
      hint: `Ask the person who gave you the Google client file to publish the app (Google Cloud console, Google Auth Platform > Audience). Until then, sign in again each week: ${signIn} --reauthenticate`,
    });
  }
  if (gmail.test === null && pathway(site) === 'gmail') {
    found.push({
      code: 'not-tested',
      message: 'No test message has been sent over this Gmail connection.',
      hint: test,
    });
  }
  if (gmail.test?.arrival === 'denied') {
    found.push({
      code: 'test-not-arrived',
      message: `Someone said that the test message to ${gmail.test.to} did not arrive.`,
      hint: `Check the address and the junk folder. ${test}`,
    });
  }
  if (site.sendAs !== null && !isSenderProven(site.sendAs, gmail)) {
    found.push({
      code: 'sender-unproven',
      message: `Nobody has seen yet that email comes from ${site.sendAs}. Google replaces an address that it does not know by ${gmail.email}, and says nothing.`,
      hint: `Look at a test message: ${siteCommand('migrate', name)}`,
    });
  }
  if (kindOf(gmail).isSignIn && now.getTime() - Date.parse(gmail.usedAt) > UNUSED_WARNING_MS) {
    found.push({
      code: 'unused',
      message:
        'The Gmail connection was not used for five months. Google ends it after six months without use.',
      hint: test,
    });
  }
  return found;
}

/** Whether a person saw a test message that was sent as this address, and that showed it. */
function isSenderProven(sendAs: string, { test }: GmailConnection): boolean {
  return test?.senderSeen === true && sameAccount(test.from, sendAs);
}

/** The end that is set for the permission, if it is near. */
function nearEnd(gmail: GmailConnection, now: Date): ReturnType<typeof setEnd> {
  const end = setEnd(gmail);
  return end !== null && Date.parse(end.at) - now.getTime() < END_WARNING_MS ? end : null;
}
