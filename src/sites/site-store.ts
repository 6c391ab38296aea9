/** Where the records of sites live: the port that the files on this computer implement, and the seam for others. */

import type { HeldLock, LockOptions } from '../storage/lock.js';
import type { Site } from './site.js';

/** The records of all sites. Reading needs no lock; writing needs the site's. */
export interface SiteStore {
  /** Where the records are, in words: "the settings folder /home/…/writeupp-mail". */
  readonly description: string;
  /** The names of the sites on record, sorted. @throws MailError `storage` */
  names(): Promise<string[]>;
  /**
   * One site, or null if there is none of that name.
   * @throws MailError `storage` if the record is damaged or of a newer version; the file is left alone.
   */
  read(name: string): Promise<Site | null>;
  /** @throws MailError `invalid-settings` if a site of that name is on record; `storage`. */
  create(site: Site, lock: HeldLock): Promise<void>;
  /** Replaces a site's record whole. @throws MailError `storage`, `site-busy` */
  replace(site: Site, lock: HeldLock): Promise<void>;
  /** Forgets a site's record; false if there was none. @throws MailError `storage`, `site-busy` */
  remove(name: string, lock: HeldLock): Promise<boolean>;
  /**
   * Holds a site for writing; waits up to 15 seconds for another run to finish.
   * @throws MailError `site-busy` that names the holder, `interrupted`, `storage`
   */
  lock(name: string, options: LockOptions): Promise<HeldLock>;
}
