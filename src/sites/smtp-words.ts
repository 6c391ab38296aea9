/** SMTP settings in words: which server, whose server, and what the end of its passwords means for them. */

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

const SECURITY_WORDS = { tls: 'TLS', starttls: 'STARTTLS', none: 'not encrypted' } as const;

/** "smtp.gmail.com, port 587 (STARTTLS), user info@practice.example" */
export function describeSmtp(smtp: SmtpSettings): string {
  const user = smtp.user === null ? 'no login' : `user ${smtp.user}`;
  return `${smtp.host}, port ${smtp.port} (${SECURITY_WORDS[smtp.security]}), ${user}`;
}

/** Microsoft's own domains for the public: accounts that no organisation manages. */
const PERSONAL_MICROSOFT = /@(?:outlook|hotmail|live|msn)(?:\.[a-z]{2,3}){1,2}$/i;

/** The end of password sign-in at the provider of a site's SMTP settings. */
export interface PasswordsEnd {
  /** Whose passwords: Google's, those of Microsoft's personal accounts, or Microsoft 365's. */
  readonly of: 'google' | 'microsoft-personal' | 'microsoft-365';
  /** What happened or is announced, and what it means for email now. */
  readonly lines: readonly string[];
}

/** Null for a server that asks for no login as well: nothing can end there. */
export function passwordsEnd({
  host,
  user,
}: Pick<SmtpSettings, 'host' | 'user'>): PasswordsEnd | null {
  if (user === null) return null;
  if (isGoogleSmtp({ host })) return { of: 'google', lines: GOOGLE_ENDED };
  if (!MICROSOFT_HOSTS.has(host.toLowerCase().replace(/\.$/, ''))) return null;
  // Judged by the user, not the host: Microsoft 365 accounts send through either.
  return isPersonalMicrosoft(user)
    ? { of: 'microsoft-personal', lines: MICROSOFT_ENDED_PERSONAL }
    : { of: 'microsoft-365', lines: MICROSOFT_ENDS };
}

/** Whether an account is one of Microsoft's that have no administrator. */
export function isPersonalMicrosoft(user: string): boolean {
  return PERSONAL_MICROSOFT.test(user.trim());
}

const GOOGLE_ENDED: readonly string[] = [
  'Google has ended password sign-in for SMTP (announced for 15 February 2021, enforced since in stages): email fails already, or can fail at any time.',
];

/** support.microsoft.com, "Modern Authentication methods now needed to continue syncing Outlook Email". */
const MICROSOFT_ENDED_PERSONAL: readonly string[] = [
  'Microsoft ended password sign-in for SMTP for personal accounts (Outlook.com, Hotmail, Live, MSN) on 16 September 2024, app passwords included: email of this site fails, or can fail at any time.',
];

/** techcommunity.microsoft.com/blog/exchange/4489835, of 27 January 2026. */
const MICROSOFT_ENDS: readonly string[] = [
  'Microsoft turns password sign-in for SMTP off at the end of December 2026, unless an administrator turns it on again. Its final end is to be announced in the second half of 2027.',
  'From then on, email from this site can fail.',
];
