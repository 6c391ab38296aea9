/** A WriteUpp practice and the ways its email can leave: the terms of the domain, and the pathway rule. */

import { isAddress } from './address.js';
import type { Site, SmtpSettings } from './site-schema.js';

export type {
  DelegatedConnection,
  GmailConnection,
  OAuthConnection,
  Site,
  SmtpSettings,
  TestMessage,
  TurnSlot,
} from './site-schema.js';

/** How the connection to an SMTP server is encrypted. */
export type SmtpSecurity = SmtpSettings['security'];

/** SMTP settings as they may be shown and kept elsewhere: never the password. */
export type ShownSmtp = Omit<SmtpSettings, 'password'>;

/** The way a site's email leaves. */
export type Pathway = 'smtp' | 'gmail' | 'writeupp';

/** SMTP settings take precedence while they exist, as in WriteUpp; then Gmail; then the WriteUpp mail server. */
export function pathway(site: Pick<Site, 'smtp' | 'gmail'>): Pathway {
  if (site.smtp !== null) return 'smtp';
  return site.gmail !== null ? 'gmail' : 'writeupp';
}

/**
 * The address that patients see today: the SMTP from address, or the SMTP user name if it is an address.
 * Null if the settings don't say.
 */
export function smtpSender(smtp: SmtpSettings): string | null {
  return smtp.from ?? userAddress(smtp);
}

/** The part of SMTP settings that may be shown. */
export function shownSmtp({ host, port, security, user, from }: SmtpSettings): ShownSmtp {
  return { host, port, security, user, from };
}

/** The SMTP user name if it is a whole address; null otherwise. */
export function userAddress({ user }: Pick<SmtpSettings, 'user'>): string | null {
  return user !== null && isAddress(user) ? user : null;
}

/** The address that patients see through Gmail: the site's send-as address, or the connected account itself. */
export function gmailSender(site: Pick<Site, 'sendAs'>, account: string): string {
  return site.sendAs ?? account;
}

/** Whether a site is switched here: no SMTP settings, and Gmail instead. */
export function isSwitched({ smtp, gmail, smtpRevertedAt }: Site): boolean {
  if (smtp !== null || gmail === null) return false;
  return smtpRevertedAt !== null || (gmail.test !== null && gmail.test.arrival !== 'denied');
}
