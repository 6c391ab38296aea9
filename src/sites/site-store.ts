/** Where the records of sites live: the port that the files on this computer implement, and the seam for others. */

import type { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import type { History, HistoryEvent } from './history.js';
import type { Site } from './site.js';

/** The records of all sites. Reading needs no claim; writing needs the site's. */
export interface SiteStore {
  /** Where the records are, in words: "the settings folder /home/…/writeupp-mail". */
  readonly description: string;
  /**
   * What a switch leaves to do outside this store, one step a line, in its order; none where the store is
   * WriteUpp's own.
   */
  readonly leftToDo: readonly string[];
  /** What was done to sites, by whom, on what proof. */
  readonly history: History;
  /** The names of the sites on record, sorted. @throws MailError `storage` */
  names(): Promise<string[]>;
  /**
   * One site, or null if there is none of that name.
   * @throws MailError `storage` if the record is damaged or of a newer version; the file is left alone.
   */
  read(name: string): Promise<Site | null>;
  /**
   * Claims a site for writing, on record or not; waits up to 15 seconds for another run to finish.
   * @throws MailError `site-busy` that names the holder, `interrupted`, `storage`
   */
  claim(name: string, options: LockOptions): Promise<SiteClaim>;
  /**
   * One run at a time for a Google account: what a sign-out revokes, another site may just be connecting.
   *
   * @param account the issuer's key of the account, as one text
   * @throws as `claim`
   */
  claimAccount(account: string, options: LockOptions): Promise<Pick<SiteClaim, 'release'>>;
}

/** A site claimed for writing. Whoever has the claim is the only writer of that site. */
export interface SiteClaim {
  /** One of its own for each claim: what was judged under one claim counts under no other. */
  readonly id: string;
  /** @throws MailError `site-busy` if the claim was lost meanwhile */
  assertHeld(): Promise<void>;
  /** The record as it is now; null if there is none. @throws as `SiteStore.read` */
  read(): Promise<Site | null>;
  /**
   * Puts the record, whole, in the place of the one that was there, and its lines into the history: as one change
   * where the store can. Where it can't, the lines come after, and what stops them takes nothing back.
   *
   * @returns why the lines could not be written; null if they were
   * @throws MailError `storage`, `site-busy`
   */
  write(site: Site, lines?: readonly HistoryEvent[]): Promise<MailError | null>;
  /** Forgets the record, as `write` puts one. @throws MailError `storage`, `site-busy` */
  remove(lines?: readonly HistoryEvent[]): Promise<MailError | null>;
  /** Lets the next writer in. Safe to call more than once. */
  release(): Promise<void>;
}

/** The key of a Google account for `claimAccount`. */
export function accountKey({ issuer, subject }: { issuer: string; subject: string }): string {
  return JSON.stringify([issuer, subject]);
}
