/**
 * Many sites, side by side: each is judged by its record, migrated, and told; a failure stops one site and never the
 * run. What is the same for all of them (a limited rate, the quota) is waited for once.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { MailError, unexpectedError } from '../errors.js';
import { SendQuota } from '../pace/quota.js';
import { SharedWait } from '../pace/shared-wait.js';
import type { Site } from '../sites/site.js';

/** What became of a site. */
export type Outcome = 'migrated' | 'already' | 'needs-person' | 'failed';

/** One site's end. */
export interface SiteEnd {
  readonly site: string;
  readonly outcome: Outcome;
  /** Why it is not done; null if it is. */
  readonly error: MailError | null;
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
  /** @throws MailError */
  migrate(site: Site): Promise<void>;
  told(end: SiteEnd): void;
  /** Everybody waits until then. */
  onWait(until: Date): void;
  now(): Date;
  /** Aborted: no further site is begun, and those in hand are finished. */
  readonly signal: AbortSignal;
  readonly parallel: number;
}

/** A site that waits for its turn in the quota. */
interface Deferred {
  readonly name: string;
  readonly at: number;
}

/** What ends a sign-in that only a person can mend: Google's refusal of one that was there. */
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
  #next = 0;
  /** By their times, the earliest first. */
  readonly #deferred: Deferred[] = [];
  readonly #unbegun: string[] = [];
  /** A limit that is too far away to be waited for: why the others are not tried. */
  #stoppedBy: MailError | null = null;

  constructor(
    private readonly names: readonly string[],
    private readonly ports: ManyPorts,
  ) {
    this.#wait = new SharedWait(ports);
  }

  left(): string[] {
    const deferred = this.#deferred.map(({ name }) => name);
    return [...this.#unbegun, ...deferred, ...this.names.slice(this.#next)];
  }

  async work(): Promise<void> {
    for (;;) {
      const turn = await this.#take();
      if (turn === null) return;
      const end = await this.#settle(turn.name, turn.isReserved);
      if (end !== null) this.ports.told(end);
    }
  }

  /** The next site whose turn it is; waits where all that are left have to. */
  async #take(): Promise<{ readonly name: string; readonly isReserved: boolean } | null> {
    const { signal, now } = this.ports;
    for (;;) {
      if (signal.aborted) return null;
      const [first] = this.#deferred;
      const ms = first === undefined ? Number.POSITIVE_INFINITY : first.at - now().getTime();
      if (first !== undefined && ms <= 0) {
        this.#deferred.shift();
        return { name: first.name, isReserved: true };
      }
      const name = this.names[this.#next];
      if (name !== undefined) {
        this.#next += 1;
        return { name, isReserved: false };
      }
      if (first === undefined) return null;
      this.ports.onWait(new Date(first.at));
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Null where the site waits for its turn, or was not begun. */
  async #settle(name: string, isReserved: boolean): Promise<SiteEnd | null> {
    try {
      if (this.#stoppedBy !== null) throw this.#stoppedBy;
      const site = await this.ports.read(name);
      if (this.ports.isDone(site)) return { site: name, outcome: 'already', error: null };
      const why = await this.ports.whyPerson(site);
      if (why !== null) return { site: name, outcome: 'needs-person', error: why };
      if (!isReserved && this.#mustWaitItsTurn(name, site)) return null;
      await this.#migrate(site);
      return { site: name, outcome: 'migrated', error: null };
    } catch (error) {
      const known = error instanceof MailError ? error : unexpectedError(error);
      if (known.code === 'interrupted') {
        this.#unbegun.push(name);
        return null;
      }
      const outcome = known.exitCode === FOR_A_PERSON ? 'needs-person' : 'failed';
      return { site: name, outcome, error: known };
    }
  }

  /** A site whose account has sent as much as a minute allows lets the others go first. */
  #mustWaitItsTurn(name: string, site: Site): boolean {
    const now = this.ports.now().getTime();
    const at = this.#quota.reserve(this.ports.accountOf(site), now);
    if (at <= now) return false;
    const index = this.#deferred.findIndex((other) => other.at > at);
    this.#deferred.splice(index < 0 ? this.#deferred.length : index, 0, { name, at });
    return true;
  }

  /** A limited rate is waited for, and the same site goes on from what is stored. */
  async #migrate(site: Site): Promise<void> {
    for (;;) {
      try {
        await this.#wait.pass();
        return await this.ports.migrate(site);
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
