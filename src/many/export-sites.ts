/** Sites in the shape that an import takes: everything that a person gives, and no secret. */

import type { Site } from '../sites/site.js';
import { type SmtpView, viewSmtp } from '../sites/site-view.js';

/** One exported site. */
export interface ExportedSite {
  readonly name: string;
  readonly organisation: string;
  readonly organisationEmail: string | null;
  readonly login: string;
  readonly sendAs: string | null;
  readonly account: string | null;
  readonly smtp: SmtpView | null;
}

export function exportSite(site: Site): ExportedSite {
  const { name, organisation, organisationEmail, login, sendAs, smtp, gmail } = site;
  return {
    name,
    organisation,
    organisationEmail,
    login,
    sendAs,
    account: site.account ?? gmail?.email ?? null,
    smtp: viewSmtp(smtp),
  };
}
