/** What this program's own stores have in common: WriteUpp's website keeps its settings elsewhere. */

import { MailError } from '../errors.js';
import { kindOf } from '../sites/connection-kind.js';
import { isSwitched, type Site } from '../sites/site.js';
import { accountKey, type GoogleAccount, type SiteStore } from '../sites/site-store.js';

/** The article's steps, in its order: reverting SMTP first would leave a site on WriteUpp's own server for good. */
export const STEPS = ['sign-in', 'test-connection', 'revert-smtp'] as const;

/** Everything can be done here, and the whole switch is left to do in WriteUpp itself. */
export const OWN_SETTINGS = {
  can: { addSites: true, setSmtp: true, readPassword: true, markDone: true },
  leftToDo(site) {
    if (site.doneInWriteUpp !== null || site.smtp !== null) return [];
    if (isSwitched(site)) return STEPS;
    return site.smtpRevertedAt === null ? [] : ['revert-smtp'];
  },
} as const satisfies Pick<SiteStore, 'can' | 'leftToDo'>;

/** Answers `SiteStore.sharing` from the records themselves. */
export async function sharingAmong(
  sites: AsyncIterable<Site | MailError>,
  account: GoogleAccount,
): Promise<readonly string[] | 'unknown'> {
  const sharing: string[] = [];
  for await (const site of sites) {
    if (site instanceof MailError) return 'unknown';
    const its = site.gmail === null ? null : kindOf(site.gmail).account(site.gmail);
    if (its !== null && accountKey(its) === accountKey(account)) sharing.push(site.name);
  }
  return sharing;
}

/** A record, or, in its place in the list, why it can't be read. @throws errors that are not about a record */
export async function siteOrFault<T>(
  read: () => T | Promise<T>,
  site: string,
): Promise<T | MailError> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    return error.with({ details: { site } });
  }
}
