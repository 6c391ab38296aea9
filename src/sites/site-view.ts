/** A site as others see it: for JSON output and the status view. Never a secret. */

import { type Attention, attention } from './attention.js';
import {
  type GmailConnection,
  type Pathway,
  pathway,
  type Site,
  type SmtpSecurity,
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
    smtp:
      smtp === null
        ? null
        : {
            host: smtp.host,
            port: smtp.port,
            security: smtp.security,
            user: smtp.user,
            from: smtp.from,
          },
    attention: attention(site, issuer, now),
  };
}
