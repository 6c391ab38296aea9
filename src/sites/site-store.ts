/** Where the records of sites live: the port that files on this computer and a shared database implement. */

import type { Fence } from '../credentials/credential-store.js';
import type { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import type { Result } from '../terminal/events.js';
import type { Applied, Change } from './change.js';
import type { OAuthConnection, Site } from './site.js';
import type { History } from './site-history.js';

/** A Google account that somebody signed in to, by Google's own key of it: its address can change. */
export type GoogleAccount = Pick<OAuthConnection, 'issuer' | 'subject'>;

/** A step that is left to do in WriteUpp itself. */
export type LeftToDo = Result<'result-site'>['leftToDo'][number];

/** The records of all sites. Reading needs no claim; writing needs the site's. */
export interface SiteStore {
  /** The store's own id, where it has one that is not its settings folder's. */
  readonly id?: string;
  /** Where the records are, in words: "the settings folder /home/…/writeupp-mail". */
  readonly description: string;
  /** Whether other computers have these records too: each keeps its secrets in a store of its own, or in the team’s. */
  readonly isShared: boolean;
  /**
   * Whether others can write the records past this program's rules, as a role of a database can: then a test message
   * counts only with its seal.
   */
  readonly othersCanWrite: boolean;
  /** What can be done here: a store that is WriteUpp's own leaves some of it to WriteUpp. */
  readonly can: {
    readonly addSites: boolean;
    readonly setSmtp: boolean;
    readonly readPassword: boolean;
    /** A person can say that the switch was made in WriteUpp itself as well. */
    readonly markDone: boolean;
  };
  /** Commands always name their site: to count the sites would take as long as to list them. */
  readonly hasSeveral?: true;
  /** Where WriteUpp sends by itself, with the permission that is handed over to it. */
  readonly handsOver?: {
    /**
     * Why WriteUpp could not send over a new connection; null where it can.
     *
     * @param client the Google client that somebody would sign in to; null for a service account
     * @returns MailError `store-refused`
     */
    refusal(client: string | null): MailError | null;
  };
  /** What was done to sites, by whom, on what proof. */
  readonly history: History;
  /**
   * Every site on record with all its settings, sorted by key; in place of a record that can't be read, why, with the
   * key in `details.site`. @throws MailError `storage`, `network`
   */
  list(): AsyncIterable<Site | MailError>;
  /** The keys of the sites on record, sorted. @throws as `list` */
  names(): Promise<string[]>;
  /**
   * One site, or null if there is none of that name.
   * @throws MailError `storage` if the record is damaged, another site's, or of another version; it is left alone.
   */
  read(name: string): Promise<Site | null>;
  /**
   * The names of the sites that send by a Google account, or their number where not all of them may be seen here;
   * `unknown` where one of the records can't be read: then nothing may be revoked. @throws as `list`
   */
  sharing(
    account: GoogleAccount,
  ): Promise<readonly string[] | { readonly count: number } | 'unknown'>;
  /** What a site's switch leaves to do outside this store, in its order; nothing before the switch, or once it is done. */
  leftToDo(site: Site): readonly LeftToDo[];
  /**
   * Claims a site for writing, on record or not; waits up to 15 seconds for another run to finish.
   * @throws MailError `site-busy` that names the holder, `interrupted`, `storage`
   */
  claim(name: string, options: LockOptions): Promise<SiteClaim>;
  /**
   * One run at a time for a Google account: what a sign-out revokes, another site may just be connecting.
   * @throws as `claim`
   */
  claimAccount(account: GoogleAccount, options: LockOptions): Promise<Claim>;
}

/** A claim: while it holds, no other run has it. */
export interface Claim {
  /** @throws MailError `site-busy` if the claim was lost meanwhile */
  confirm(): Promise<void>;
  /** Lets the next one in. Safe to call more than once. */
  release(): Promise<void>;
}

/** A site claimed for writing. The run with the claim is the only writer of that site. */
export interface SiteClaim extends Claim {
  /** One of its own for each claim: what was judged under one claim counts under no other. */
  readonly id: string;
  /** For secrets that are in the same database as the records. */
  readonly fence?: Fence;
  /** The record as it is now; null if there is none. @throws as `SiteStore.read` */
  read(): Promise<Site | null>;
  /**
   * Makes a change of the record as it is stored now, whole, and puts its line into the history: as one change where
   * the store can. Where it can't, the line comes after, and what stops it takes nothing back.
   *
   * @throws MailError `storage`, `site-busy`; `no-such-site` where there is no record any more; `invalid-settings` for a
   *   change that does not fit the record, `internal` for a proof that does not: nothing was changed then
   */
  apply(change: Change): Promise<Applied>;
}

/** The key of a Google account, as one text. */
export function accountKey({ issuer, subject }: GoogleAccount): string {
  return JSON.stringify([issuer, subject]);
}
