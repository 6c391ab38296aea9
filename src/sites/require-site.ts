/** One site by its name, or the sites that there are. */

import { MailError } from '../errors.js';
import type { Site } from './site.js';
import type { SiteStore } from './site-store.js';

/** One site by its name. @throws MailError `no-such-site` that lists the sites on record; `storage` */
export async function requireSite(store: SiteStore, name: string): Promise<Site> {
  const site = await store.read(name);
  if (site === null) throw await noSuchSite(store, name);
  return site;
}

/** The error of a site that is not on record, with those that are. */
export async function noSuchSite(store: SiteStore, name: string): Promise<MailError> {
  const names = await store.names();
  return new MailError(
    'no-such-site',
    `No site "${name}" is on record in ${store.description}.`,
    names.length === 0
      ? 'Add it with: writeupp-mail site add'
      : `Sites on record: ${names.join(', ')}\nTo add another: writeupp-mail site add`,
    { sites: names },
  );
}
