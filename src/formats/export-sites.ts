/** Sites in the form that an import accepts: everything that a person enters, and no secrets. */

import { type ShownSmtp, type Site, shownSmtp } from '../sites/site.js';
import { type GeneralSettings, generalSettings } from '../sites/site-fields.js';

export interface ExportedSite extends GeneralSettings {
  readonly name: string;
  readonly smtp: ShownSmtp | null;
}

export function exportSite(site: Site): ExportedSite {
  const { name, smtp, account, gmail } = site;
  return {
    name,
    ...generalSettings(site),
    account: account ?? gmail?.email ?? null,
    smtp: smtp && shownSmtp(smtp),
  };
}
