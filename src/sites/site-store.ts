/** Where the records of sites live: the port that files on this computer and a shared database implement. */

import type { Fence } from '../credentials/credential-store.js';
import type { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import type { Result } from '../terminal/events.js';
import type { Applied, Change } from './change.js';
import type { OAuthConnection, Site } from './site.js';
import type { History } from './site-history.js';

/** A Google account that somebody signed in to, by Google's own key: its address can change. */
export type GoogleAccount = Pick<OAuthConnection, 'issuer' | 'subject'>;

/** A step that is left to do in WriteUpp itself. */
export type LeftToDo = Result<'result-site'>['leftToDo'][number];

/** The records of all sites. Reading needs no claim; writing needs the site's. */
export interface SiteStore {
  /** The store's own id, if it has one apart from its settings folder's. */
  readonly id?: string;
  /** Where the records are, as shown to people: "the settings folder /home/…/writeupp-mail". */
  readonly description: string;
  /** Whether other computers have these records too: each keeps its secrets in its own store, or in the team’s. */
  readonly isShared: boolean;
  /**
   * Whether others can write the records without following this program's rules, as a database role can: then a test
   * message counts only with its seal.
   */
  readonly othersCanWrite: boolean;
  /** What can be done here: a store that is WriteUpp's own leaves some things to WriteUpp. */
  readonly can: {
    readonly addSites: boolean;
    readonly setSmtp: boolean;
    readonly readPassword: boolean;
    /** A person can say that the switch was made in WriteUpp itself as well. */
    readonly markDone: boolean;
  };
  /** Commands always name their site: counting the sites would take as long as listing them. */
  readonly hasSeveral?: true;
  /** Present if WriteUpp sends email itself, with the permission handed over to it. */
  readonly handsOver?: {
    /**
     * Why WriteUpp could not send over a new connection; null if it can.
     *
     * @param client the Google client that somebody would sign in to; null for a service account
     * @returns MailError `store-refused`
     */
    refusal(client: string | null): MailError | null;
  };
  /** What was done to sites, by whom, on what proof. */
  readonly history: History;
  /**
   * Every site with all its settings, sorted by key; in place of a record that can't be read, the error, with the key
   * in `details.site`. @throws MailError `storage`, `network`
   */
  list(): AsyncIterable<Site | MailError>;
  /** The keys of all sites, sorted. @throws as `list` does */
  names(): Promise<string[]>;
  /**
   * One site, or null if there is none of that name.
   * @throws MailError `storage` if the record is damaged, another site's, or of another version; it is left alone.
   */
  read(name: string): Promise<Site | null>;
  /**
   * The names of the sites that send through a Google account, or how many there are if not all of them may be seen
   * here; `unknown` if one of the records can't be read: then nothing may be revoked. @throws as `list` does
   */
  sharing(
    account: GoogleAccount,
  ): Promise<readonly string[] | { readonly count: number } | 'unknown'>;
  /** What a site's switch leaves to do outside this store, in order; nothing before the switch, or once it is done. */
  leftToDo(site: Site): readonly LeftToDo[];
  /**
   * Claims a site for writing, whether or not it exists; waits up to 15 seconds for another run to finish.
   * @throws MailError `site-busy`, naming the holder; `interrupted`, `storage`
   */
  claim(name: string, options: LockOptions): Promise<SiteClaim>;
  /**
   * Lets one run at a time work on a Google account: what a sign-out revokes, another site may be connecting just then.
   * @throws as `claim` does
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
  /** A new one for each claim: what was judged under one claim does not count under another. */
  readonly id: string;
  /** Fences secrets that are in the same database as the records. */
  readonly fence?: Fence;
  /** The record as it is now; null if there is none. @throws as `SiteStore.read` does */
  read(): Promise<Site | null>;
  /**
   * Makes a change to the record as it is stored now, and adds its line to the history: as a single change if the store
   * can. Otherwise the line follows, and a failure to write it undoes nothing.
   *
   * @throws MailError `storage`, `site-busy`; `no-such-site` if the record is gone; `invalid-settings` if the change
   *   does not fit the record, `internal` if a proof does not: then nothing was changed
   */
  apply(change: Change): Promise<Applied>;
}

/** A Google account as a single string. */
export function accountKey({ issuer, subject }: GoogleAccount): string {
  return JSON.stringify([issuer, subject]);
}
