/** SMTP settings in words: which server, whose server, and what Google's end of SMTP passwords means for them. */

import type { SmtpSettings } from './site.js';

/** Google's SMTP servers: for one mailbox, and the relay of Google Workspace (support.google.com/a/answer/166852). */
const GOOGLE_HOSTS: ReadonlySet<string> = new Set([
  'smtp.gmail.com',
  'smtp.googlemail.com',
  'smtp-relay.gmail.com',
]);

/** Whether an SMTP server is Google's. */
export function isGoogleSmtp(smtp: Pick<SmtpSettings, 'host'>): boolean {
  return GOOGLE_HOSTS.has(smtp.host.toLowerCase().replace(/\.$/, ''));
}

/** Microsoft's servers for sending (techcommunity.microsoft.com, "Exchange Online … SMTP AUTH Basic Authentication"). */
const MICROSOFT_HOSTS: ReadonlySet<string> = new Set([
  'smtp.office365.com',
  'smtp-legacy.office365.com',
  'smtp-mail.outlook.com',
]);

/** Whether an SMTP server is Microsoft's. */
export function isMicrosoftSmtp(smtp: Pick<SmtpSettings, 'host'>): boolean {
  return MICROSOFT_HOSTS.has(smtp.host.toLowerCase().replace(/\.$/, ''));
}

const SECURITY_WORDS = { tls: 'TLS', starttls: 'STARTTLS', none: 'not encrypted' } as const;

/** "smtp.gmail.com, port 587 (STARTTLS), user info@practice.example" */
export function describeSmtp(smtp: SmtpSettings): string {
  const user = smtp.user === null ? 'no log in' : `user ${smtp.user}`;
  return `${smtp.host}, port ${smtp.port} (${SECURITY_WORDS[smtp.security]}), ${user}`;
}

/** What Google did, and what it means for a site whose SMTP settings are at Google. */
export const GOOGLE_ENDED_SMTP: readonly string[] = [
  'Google has ended password sign-in for SMTP (announced for 15 February 2021, enforced since in stages): email fails already, or can fail at any time.',
];

/** What Microsoft announced on 27 January 2026 (techcommunity.microsoft.com/blog/exchange/4489835). */
export const MICROSOFT_ENDS_SMTP: readonly string[] = [
  'Microsoft turns password sign-in for SMTP off at the end of December 2026, unless an administrator turns it on again. Its final end is to be announced in the second half of 2027.',
  'From then on, email from this site can fail.',
];
