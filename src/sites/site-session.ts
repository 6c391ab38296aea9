/** A site held for writing: read under its lock, and replaced whole at each change. */

import { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import type { Site } from './site.js';
import type { SiteStore } from './site-store.js';

/** The one writer of a site. */
export interface SiteSession {
  /** The record as it was last read or written. */
  readonly site: Site;
  /** Replaces the record with these fields changed. @throws MailError `storage`, `site-busy` */
  update(change: Partial<Omit<Site, 'name'>>): Promise<Site>;
  /** Reads the record again from storage. @throws MailError `storage`, `no-such-site` */
  reread(): Promise<Site>;
  /** Forgets the record. @throws MailError `storage`, `site-busy` */
  remove(): Promise<void>;
}

/**
 * Runs `work` as the only writer of a site.
 *
 * @throws MailError `no-such-site`, `site-busy`, `storage`, and what `work` throws
 */
export async function withSite<T>(
  store: SiteStore,
  name: string,
  options: LockOptions,
  work: (session: SiteSession) => Promise<T>,
): Promise<T> {
  // Before the lock: a name that is not on record must leave no lock behind.
  await requireSite(store, name);
  const lock = await store.lock(name, options);
  try {
    let site = await requireSite(store, name);
    return await work({
      get site() {
        return site;
      },
      async update(change) {
        const next = { ...site, ...change };
        await store.replace(next, lock);
        site = next;
        return site;
      },
      async reread() {
        site = await requireSite(store, name);
        return site;
      },
      async remove() {
        await store.remove(name, lock);
      },
    });
  } finally {
    await lock.release();
  }
}

/** One site by its name. @throws MailError `no-such-site` that lists the sites on record; `storage` */
export async function requireSite(store: SiteStore, name: string): Promise<Site> {
  const site = await store.read(name);
  if (site !== null) return site;
  const names = await store.names();
  throw new MailError(
    'no-such-site',
    `No site "${name}" is on record in ${store.description}.`,
    names.length === 0
      ? 'Add it with: writeupp-mail site add'
      : `Sites on record: ${names.join(', ')}\nTo add another: writeupp-mail site add`,
    { sites: names },
  );
}

/** The error of adding a site twice. */
export function alreadyOnRecord(name: string): MailError {
  return new MailError(
    'invalid-settings',
    `Site name: "${name}" is on record already.`,
    `Choose another name, or change the site with: writeupp-mail site set "${name}"`,
  );
}
