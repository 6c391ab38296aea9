/** Finds a site by its name, or says which sites there are. */

import { MailError } from '../errors.js';
import { commandLine } from '../text/command-line.js';
import type { Site } from './site.js';
import type { SiteStore } from './site-store.js';

/** One site by its name. @throws MailError `no-such-site`, listing the known sites; `storage` */
export async function requireSite(store: SiteStore, name: string): Promise<Site> {
  const site = await store.read(name);
  if (site === null) throw await noSuchSite(store, name);
  return site;
}

/** The names of all sites as people wrote them, to be shown; for a record that can’t be read, its key. */
export async function namesAsWritten(store: SiteStore): Promise<string[]> {
  const names: string[] = [];
  for await (const site of store.list()) {
    const name = site instanceof MailError ? site.details.site : site.name;
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** Stores known to have several sites: a command that deals with many of them would otherwise count them for each. */
const withSeveral = new WeakSet<SiteStore>();

/** Whether there is only one site, so that no command has to name it. */
export async function hasOnlyOneSite(store: SiteStore): Promise<boolean> {
  if (store.hasSeveral === true || withSeveral.has(store)) return false;
  const count = (await store.names()).length;
  if (count > 1) withSeveral.add(store);
  return count === 1;
}

/** Where the records are, worded to follow "on record": a shared store's are on other computers too. */
export function whereOnRecord({ isShared, description }: SiteStore): string {
  return isShared ? `in ${description}` : 'on this computer';
}

/** The error if there is no site, or none that may be seen. */
export function noSites(store: SiteStore): MailError {
  return store.can.addSites
    ? new MailError(
        'no-sites',
        `No site is on record ${whereOnRecord(store)}.`,
        `Add one with: ${commandLine('site add', 'NAME', '--login', 'ADDRESS')}`,
      )
    : new MailError(
        'no-sites',
        `There is no site in ${store.description} that this token can see.`,
        'Ask the person who gave you the token which sites it is for.',
      );
}

/**
 * The error for a site that is not on record, listing those that are.
 *
 * @param known their names, if they have been read
 */
export async function noSuchSite(
  store: SiteStore,
  name: string,
  known?: readonly string[],
): Promise<MailError> {
  const names = known ?? (await namesAsWritten(store));
  return new MailError(
    'no-such-site',
    `No site "${name}" is on record in ${store.description}.`,
    store.can.addSites
      ? names.length === 0
        ? 'Add it with: writeupp-mail site add'
        : `Sites on record: ${names.join(', ')}\nTo add another: writeupp-mail site add`
      : `Sites that this token can see: ${names.join(', ') || 'none'}`,
    { sites: names },
  );
}
