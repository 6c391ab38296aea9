/**
 * Many sites, side by side: each is judged by its record, migrated, and told; a failure stops one site and never the
 * run. What is the same for all of them (a limited rate, the quota) is waited for once.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { MailError, unexpectedError } from '../errors.js';
import { SendQuota } from '../google/quota.js';
import { SharedWait } from '../google/shared-wait.js';
import type { Site } from '../sites/site.js';
import type { MigrationOptions } from '../steps/situation.js';

/** What became of a site. */
export type Outcome = 'migrated' | 'already' | 'needs-person' | 'failed';

/** One site's end. */
export interface SiteEnd {
  readonly site: string;
  readonly outcome: Outcome;
  /** Why it is not done; null if it is. */
  readonly error: MailError | null;
  /** As it is stored now; null where it could not be read, or a failure left it in a state that is not known. */
  readonly record: Site | null;
}

/** What became of a site that did not fail. */
export interface Migrated {
  readonly outcome: 'migrated' | 'already';
  readonly record: Site;
}

/** What migrating many needs of the world. */
export interface ManyPorts {
  /** @throws MailError `storage`, `no-such-site` */
  read(name: string): Promise<Site>;
  /** By the record alone: nothing is asked, so that running again costs next to nothing. */
  isDone(site: Site): boolean;
  /** Why a person is needed; null if nobody is. */
  whyPerson(site: Site): Promise<MailError | null>;
  /** The Google account that will send, for the quota. */
  accountOf(site: Site): string;
  /**
   * @param mayWait false: fails at once with `site-busy` where another run holds the site
   * @returns the site as it is stored then; `already` if another run has done it meanwhile
   * @throws MailError
   */
  migrate(site: Site, mayWait: boolean): Promise<Migrated>;
  told(end: SiteEnd): void;
  /** Everybody waits until then. */
  onWait(until: Date): void;
  now(): Date;
  /** Aborted: no further site is begun, and those in hand are finished. */
  readonly signal: AbortSignal;
  readonly parallel: number;
}

/** A site, and how it is come to. */
interface Turn {
  readonly name: string;
  /** It has its place in the quota. */
  readonly isReserved: boolean;
  /** Another run had it: this time it is waited for. */
  readonly wasBusy: boolean;
}

/** A site that lets others go first: it waits for its turn in the quota, or for another run. */
interface Deferred extends Turn {
  readonly at: number;
}

/** After so long another run has most likely done its site, in milliseconds. */
const BUSY_MS = 1_000;

/** Done by its record: no SMTP settings, and a connection whose test message nobody denies. `status --all --check` proves it live. */
function isProven({ smtp, gmail }: Site): boolean {
  return smtp === null && gmail?.test != null && gmail.test.arrival !== 'denied';
}

/** Nothing is to be done, as `isProven`, unless somebody is to sign in again, or it was proven at another Google. */
export function isDoneFor(
  site: Site,
  { reauthenticate }: Pick<MigrationOptions, 'reauthenticate'>,
  issuer: string,
): boolean {
  return !reauthenticate && site.gmail?.issuer === issuer && isProven(site);
}

/** The end of a site that was not begun when the run was stopped. */
export function notReached(site: string): SiteEnd {
  const error = new MailError(
    'interrupted',
    'It was not begun before the run was stopped.',
    'Run the same command again to go on.',
  );
  return { site, outcome: 'failed', error, record: null };
}

/** What ends a sign-in that only a person can fix: Google's refusal of one that was there. */
const FOR_A_PERSON = 4;

/** Migrates sites, each once. @returns the names that were not begun */
export async function migrateMany(names: readonly string[], ports: ManyPorts): Promise<string[]> {
  const run = new Run(names, ports);
  await Promise.all(Array.from({ length: ports.parallel }, () => run.work()));
  return run.left();
}

class Run {
  readonly #quota = new SendQuota();
  readonly #wait: SharedWait;
  #names: readonly string[];
  #next = 0;
  /** By their times, the earliest first. */
  readonly #deferred: Deferred[] = [];
  readonly #unbegun: string[] = [];
  /** Why the others are not tried: a limit that is too far away to be waited for, or a store that is away or closed. */
  #stoppedBy: MailError | null = null;

  constructor(
    names: readonly string[],
    private readonly ports: ManyPorts,
  ) {
    this.#names = names;
    this.#wait = new SharedWait(ports);
  }

  left(): string[] {
    const deferred = this.#deferred.map(({ name }) => name);
    return [...this.#unbegun, ...deferred, ...this.#names.slice(this.#next)];
  }

  async work(): Promise<void> {
    for (;;) {
      const turn = await this.#take();
      if (turn === null) return;
      const end = await this.#settle(turn);
      if (end !== null) this.ports.told(end);
    }
  }

  /** The next site whose turn it is; waits where all that are left have to. */
  async #take(): Promise<Turn | null> {
    const { signal, now } = this.ports;
    for (;;) {
      if (signal.aborted) return null;
      const [first] = this.#deferred;
      const ms = first === undefined ? Number.POSITIVE_INFINITY : first.at - now().getTime();
      if (first !== undefined && ms <= 0) {
        this.#deferred.shift();
        return first;
      }
      const name = this.#names[this.#next];
      if (name !== undefined) {
        this.#next += 1;
        return { name, isReserved: false, wasBusy: false };
      }
      if (first === undefined) return null;
      if (!first.wasBusy) this.ports.onWait(new Date(first.at));
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A shared store that stays away is so for all: it has been waited for, and the others need not wait as long. */
  async #read(name: string): Promise<Site> {
    try {
      return await this.ports.read(name);
    } catch (error) {
      if (error instanceof MailError && error.code === 'network') this.#stoppedBy ??= error;
      throw error;
    }
  }

  /** Null where the site lets others go first, or was not begun. */
  async #settle({ name, isReserved, wasBusy }: Turn): Promise<SiteEnd | null> {
    let site = name;
    try {
      if (this.#stoppedBy !== null) throw this.#stoppedBy;
      const record = await this.#read(name);
      site = record.name;
      const end = { site, error: null, record };
      if (this.ports.isDone(record)) return { ...end, outcome: 'already' };
      const why = await this.ports.whyPerson(record);
      if (why !== null) return { ...end, outcome: 'needs-person', error: why };
      if (!isReserved && this.#mustWaitItsTurn(name, record)) return null;
      return { ...end, ...(await this.#migrate(record, wasBusy)) };
    } catch (error) {
      const known = error instanceof MailError ? error : unexpectedError(error);
      if (known.code === 'interrupted') {
        this.#unbegun.push(name);
        return null;
      }
      if (known.code === 'site-busy' && !wasBusy) {
        const at = this.ports.now().getTime() + BUSY_MS;
        this.#defer({ name, at, isReserved: true, wasBusy: true });
        this.#goElsewhere();
        return null;
      }
      // A person signs in to the store once for all, and not for each site.
      const isOfStore = known.code === 'store-sign-in-needed';
      if (isOfStore) this.#stoppedBy ??= known;
      const outcome = known.exitCode === FOR_A_PERSON && !isOfStore ? 'needs-person' : 'failed';
      return { site, outcome, error: known, record: null };
    }
  }

  /** A site whose account has sent as much as a minute allows lets the others go first. */
  #mustWaitItsTurn(name: string, site: Site): boolean {
    const now = this.ports.now().getTime();
    const at = this.#quota.reserve(this.ports.accountOf(site), now);
    if (at <= now) return false;
    this.#defer({ name, at, isReserved: true, wasBusy: false });
    return true;
  }

  #defer(turn: Deferred): void {
    const index = this.#deferred.findIndex((other) => other.at > turn.at);
    this.#deferred.splice(index < 0 ? this.#deferred.length : index, 0, turn);
  }

  /** Another run works here: side by side, the two would meet at every site. */
  #goElsewhere(): void {
    const left = this.#names.slice(this.#next);
    const at = Math.floor(Math.random() * left.length);
    this.#names = [...left.slice(at), ...left.slice(0, at)];
    this.#next = 0;
  }

  /** A limited rate is waited for, and the same site goes on from what is stored. */
  async #migrate(site: Site, mayWait: boolean): Promise<Migrated> {
    for (;;) {
      try {
        await this.#wait.pass();
        return await this.ports.migrate(site, mayWait);
      } catch (error) {
        if (!(error instanceof MailError) || error.code !== 'rate-limited') throw error;
        if (this.#wait.mayWait(error)) continue;
        // Asking before that time makes it longer, for all.
        this.#stoppedBy ??= error;
        throw error;
      }
    }
  }
}
