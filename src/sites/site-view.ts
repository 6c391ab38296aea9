/** A site as others see it: for JSON output and the status view. Never a secret. */

import { type Attention, attention } from './attention.js';
import {
  type GmailConnection,
  type Pathway,
  pathway,
  type Site,
  type SmtpSecurity,
  type SmtpSettings,
} from './site.js';

/** The Gmail connection, as `status --json` gives it. */
export interface GmailView {
  readonly email: string;
  readonly connectedAt: string;
  /** When Gmail accepted the last test message; null if none was, or if it did not arrive. */
  readonly testedAt: string | null;
  /** How the permission was given. */
  readonly method: GmailConnection['method'];
  /** By delegation: the service account that sends in the account’s name. */
  readonly serviceAccount?: string;
}

/** The SMTP settings, as `status --json` gives them. */
export interface SmtpView {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  readonly user: string | null;
  readonly from: string | null;
}

/** The "Integrations & Add-Ons" view of a site. */
export interface SiteView {
  readonly site: string;
  readonly organisation: string;
  readonly login: string;
  readonly pathway: Pathway;
  readonly gmail: GmailView | null;
  readonly smtp: SmtpView | null;
  readonly attention: readonly Attention[];
}

/** The view of a record. `issuer` is that of this run. */
export function viewSite(site: Site, issuer: string, now: Date): SiteView {
  const { gmail, smtp } = site;
  return {
    site: site.name,
    organisation: site.organisation,
    login: site.login,
    pathway: pathway(site),
    gmail:
      gmail === null
        ? null
        : {
            email: gmail.email,
            connectedAt: gmail.connectedAt,
            testedAt: gmail.test?.arrival === 'denied' ? null : (gmail.test?.acceptedAt ?? null),
            method: gmail.method,
            ...(gmail.method === 'delegation'
              ? { serviceAccount: gmail.serviceAccount.email }
              : {}),
          },
    smtp: viewSmtp(smtp),
    attention: attention(site, issuer, now),
  };
}

/** Of the SMTP settings, what may be shown. */
export function viewSmtp(smtp: SmtpSettings | null): SmtpView | null {
  if (smtp === null) return null;
  const { host, port, security, user, from } = smtp;
  return { host, port, security, user, from };
}
