/** What needs attention on a site, judged from its record alone. */

import { commandLine, siteCommand } from '../words/command-line.js';
import { sameAccount } from './address.js';
import { type GmailConnection, pathway, type Site } from './site.js';
import {
  GOOGLE_ENDED_SMTP,
  isGoogleSmtp,
  isMicrosoftSmtp,
  MICROSOFT_ENDS_SMTP,
} from './smtp-words.js';

/** One thing that needs attention: what it is and what to do about it. */
export interface Attention {
  readonly code:
    | 'smtp-takes-precedence'
    | 'google-ended-smtp'
    | 'microsoft-ends-smtp'
    | 'smtp-password-missing'
    | 'other-issuer'
    | 'not-tested'
    | 'test-not-arrived'
    | 'sender-unproven'
    | 'testing-mode'
    | 'connection-refused'
    | 'unused'
    // What the DNS of the sender's domain says (`status --check`).
    | 'spf-without-google'
    | 'dkim-without-google'
    | 'dmarc-would-fail'
    | 'dns-unknown';
  readonly message: string;
  readonly hint: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Google ends a permission that was not used for six months (developers.google.com/identity/protocols/oauth2). */
const UNUSED_LIFE_MS = 180 * DAY_MS;
/** Warned of a month before. */
const UNUSED_WARNING_MS = 150 * DAY_MS;
/** Google ends the permissions of a project in "Testing" after 7 days (support.google.com/cloud/answer/15549945). */
const TESTING_LIFE_MS = 7 * DAY_MS;
/** Two days before a permission ends, there is still time to sign in again. */
const END_WARNING_MS = 2 * DAY_MS;

/**
 * Everything that needs attention, the most pressing first.
 *
 * @param issuer the issuer of this run: a connection of another one does not count
 */
export function attention(site: Site, issuer: string, now: Date): Attention[] {
  return [...smtpAttention(site), ...gmailAttention(site, issuer, now)];
}

function smtpAttention({ name, smtp, gmail }: Site): Attention[] {
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
  if (isGoogleSmtp(smtp)) {
    found.push({ code: 'google-ended-smtp', message: GOOGLE_ENDED_SMTP.join(' '), hint: migrate });
  }
  if (isMicrosoftSmtp(smtp)) {
    found.push({
      code: 'microsoft-ends-smtp',
      message: MICROSOFT_ENDS_SMTP.join(' '),
      hint: `To send through a Google account instead, which changes the address that patients see: ${siteCommand('migrate', name)}`,
    });
  }
  if (smtp.user !== null && smtp.password === null) {
    found.push({
      code: 'smtp-password-missing',
      message:
        'No SMTP password is stored, so “send” can’t send by SMTP. The switch to Gmail does not need it.',
      hint: `To store it: ${commandLine('site set', name, '--smtp-password-stdin')}`,
    });
  }
  return found;
}

function gmailAttention(site: Site, issuer: string, now: Date): Attention[] {
  const { name, gmail } = site;
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
  } else if (endsSoon(gmail, now)) {
    found.push({
      code: 'testing-mode',
      message: `Google is likely to end the permission of ${gmail.email} within two days, as it does for an app that is still marked "Testing".`,
      hint: `Ask whoever gave you the Google client file to publish the app (Google Cloud console, Google Auth Platform > Audience). Until then, sign in again each week: ${signIn} --reauthenticate`,
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
  if (gmail.method === 'oauth' && now.getTime() - Date.parse(gmail.usedAt) > UNUSED_WARNING_MS) {
    found.push({
      code: 'unused',
      message:
        'The Gmail connection was not used for five months. Google ends it after six months without use.',
      hint: test,
    });
  }
  return found;
}

/** A person saw a test message that was sent as this address, and that it shows it. */
function isSenderProven(sendAs: string, { test }: GmailConnection): boolean {
  return test?.senderSeen === true && sameAccount(test.from, sendAs);
}

/** Whether Google refused the very connection that is on record. */
function isRefused({ refusals = [], connectedAt }: GmailConnection): boolean {
  return refusals.some(({ at }) => Date.parse(at) >= Date.parse(connectedAt));
}

function endsSoon(gmail: GmailConnection, now: Date): boolean {
  const end = setEnd(gmail);
  return end !== null && end - now.getTime() < END_WARNING_MS;
}

/** When the permission ends whatever is done: Google named its end, or ended an earlier one after 7 days. */
function setEnd({ connectedAt, endsAt, refusals = [] }: GmailConnection): number | null {
  if (endsAt !== undefined) return Date.parse(endsAt);
  const wasEndedBefore = refusals.some(({ reason }) => reason === 'testing-mode-expiry');
  return wasEndedBefore ? Date.parse(connectedAt) + TESTING_LIFE_MS : null;
}

/** When a connection is likely to end if nothing is done; null for one that needs no person's permission. */
export function expectedEnd(gmail: GmailConnection): Date | null {
  if (gmail.method !== 'oauth') return null;
  const unused = Date.parse(gmail.usedAt) + UNUSED_LIFE_MS;
  return new Date(Math.min(unused, setEnd(gmail) ?? unused));
}
