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

const SECURITY_WORDS = { tls: 'TLS', starttls: 'STARTTLS', none: 'not encrypted' } as const;

/** "smtp.gmail.com, port 587 (STARTTLS), user info@practice.example" */
export function describeSmtp(smtp: SmtpSettings): string {
  const user = smtp.user === null ? 'no log in' : `user ${smtp.user}`;
  return `${smtp.host}, port ${smtp.port} (${SECURITY_WORDS[smtp.security]}), ${user}`;
}

/** What Google did, and what it means for a site whose SMTP settings are at Google. */
export const GOOGLE_ENDED_SMTP: readonly string[] = [
  'Google has ended password sign-in for SMTP (announced for 15 February 2021, enforced since in stages).',
  'Email from this site fails already, or can begin to fail at any time, until the switch is finished.',
];
