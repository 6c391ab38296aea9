/** A site as others see it: for JSON output and the status view. Never a secret. */

import type { Result } from '../terminal/events.js';
import { type Attention, attention } from './attention.js';
import { kindOf } from './connection-kind.js';
import {
  type GmailConnection,
  isSwitched,
  type Pathway,
  pathway,
  type ShownSmtp,
  type Site,
  shownSmtp,
} from './site.js';
import type { SiteStore } from './site-store.js';

/** The Gmail connection, as `status --json` gives it. */
type GmailView = NonNullable<Result<'result-site'>['gmail']>;

/** The "Integrations & Add-Ons" view of a site. */
export interface SiteView {
  readonly site: string;
  readonly organisation: string;
  readonly login: string;
  readonly pathway: Pathway;
  readonly gmail: GmailView | null;
  readonly smtp: ShownSmtp | null;
  readonly attention: readonly Attention[];
}

/** @param issuer the issuer of this run */
export function viewSite(site: Site, issuer: string, now: Date, isOnly = false): SiteView {
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
            ...serviceAccountOf(gmail),
          },
    smtp: smtp && shownSmtp(smtp),
    attention: attention(site, issuer, now, isOnly),
  };
}

/** Whether the site is switched both here and in WriteUpp itself: only then does WriteUpp's email go through Gmail. */
export function isDone(site: Site, store: Pick<SiteStore, 'leftToDo'>): boolean {
  if (site.smtp !== null || site.gmail === null) return false;
  if (site.doneInWriteUpp !== null) return true;
  return isSwitched(site) && store.leftToDo(site).length === 0;
}

function serviceAccountOf(gmail: GmailConnection): Pick<GmailView, 'serviceAccount'> {
  const serviceAccount = kindOf(gmail).serviceAccount(gmail);
  return serviceAccount === null ? {} : { serviceAccount: serviceAccount.email };
}
