/**
 * Sites' records and secrets in memory, for tests: the twin of what is on disk and in a keychain. Each run gets its own
 * view, whose calls pass through a gate, where a run can be failed, stopped or killed.
 */

import { randomUUID } from 'node:crypto';
import type { Slot } from '../../src/credentials/credential-reader.js';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import { interrupted, MailError } from '../../src/errors.js';
import { applyChange } from '../../src/sites/change.js';
import { parseSite, serialiseSite } from '../../src/sites/record.js';
import type { Site } from '../../src/sites/site.js';
import type { HistoryEvent } from '../../src/sites/site-history.js';
import { siteKey } from '../../src/sites/site-name.js';
import { accountKey, type SiteClaim, type SiteStore } from '../../src/sites/site-store.js';
import type { LockOptions } from '../../src/storage/lock.js';
import { eventOf } from '../../src/stores/history-line.js';
import { OWN_SETTINGS, sharingAmong, siteOrFault } from '../../src/stores/own-settings.js';

/** Every call of a port passes through this: it does the work, or fails. */
export type Gate = <T>(call: string, work: () => T | Promise<T>) => Promise<T>;

/** Lets everything through. */
export const openGate: Gate = async (_call, work) => work();

/** Is notified of every change to a record, just before it happens. */
export type OnWrite = (before: Site | null, next: Site | null, run: unknown) => void;

/** The records of all runs. A claim can be lost, like one in a database whose connection ends. */
export class MemorySites {
  onWrite: OnWrite = () => undefined;
  /** Whether other computers have these records too. */
  isShared = false;
  /** How often a record was put or removed. */
  changes = 0;
  /** The events recorded by all runs. */
  readonly history: HistoryEvent[] = [];
  /** As text, as on disk: a record that can't be read back is noticed. */
  readonly #records = new Map<string, string>();
  /** Who has claimed what: a site's key, or an account's. */
  readonly #claims = new Map<string, { readonly id: string; readonly run: unknown }>();

  /** The record, whatever runs are doing. */
  get(name: string): Site | null {
    const text = this.#records.get(siteKey(name));
    return text === undefined ? null : parseSite(text, name);
  }

  put(site: Site): void {
    this.changes += 1;
    this.#records.set(siteKey(site.name), serialiseSite(site));
  }

  /** Makes a record unreadable. */
  damage(name: string): void {
    this.#records.set(siteKey(name), '{');
  }

  /** A run loses its claims: it ended, or its connection did while it stood still. Returns whether it had any. */
  loseClaims(run: unknown): boolean {
    const keys = [...this.#claims].flatMap(([key, claim]) => (claim.run === run ? [key] : []));
    for (const key of keys) this.#claims.delete(key);
    return keys.length > 0;
  }

  /** The names of all sites. */
  names(): string[] {
    return [...this.#records.keys()].sort();
  }

  /** The records as one run sees them. @param waiting called repeatedly while another run has the claim */
  viewOf(run: unknown, gate: Gate, waiting: () => Promise<void>): SiteStore {
    const take = async (key: string, { signal, onWait, mayWait }: LockOptions) => {
      if (this.#claims.has(key) && mayWait === false) throw lost();
      if (this.#claims.has(key)) onWait(null);
      while (this.#claims.has(key)) {
        if (signal.aborted) throw interrupted();
        await waiting();
      }
      const id = randomUUID();
      this.#claims.set(key, { id, run });
      const release = async () => {
        if (this.#claims.get(key)?.id === id) this.#claims.delete(key);
      };
      return { id, release };
    };
    const read = (name: string) => gate(`read ${siteKey(name)}`, () => this.get(name));
    const names = () => gate('names', () => this.names());
    async function* list() {
      for (const name of await names()) {
        const site = await siteOrFault(() => read(name), name);
        if (site !== null) yield site;
      }
    }
    return {
      ...OWN_SETTINGS,
      description: 'memory',
      isShared: this.isShared,
      othersCanWrite: this.isShared,
      list,
      sharing: (account) => sharingAmong(list(), account),
      history: {
        append: async (events) => void this.history.push(...events),
        read: (site) => this.#told(site),
      },
      names,
      read,
      claim: async (name, options) => {
        const key = siteKey(name);
        const { id, release } = await gate(`claim ${key}`, () => take(key, options));
        return this.#claimOf(name, id, { run, gate, release, command: options.command });
      },
      claimAccount: async (account, options) => {
        const key = accountKey(account);
        const { id, release } = await gate('claim account', () => take(key, options));
        return {
          confirm: () => gate('confirm account', () => this.#requireHeld(key, id)),
          release: () => gate('release account', release),
        };
      },
    };
  }

  async *#told(site: string | null): AsyncIterable<HistoryEvent> {
    for (const line of this.history) {
      const event = eventOf(line);
      if (event !== null && (site === null || siteKey(event.site) === siteKey(site))) yield event;
    }
  }

  #requireHeld(key: string, id: string): void {
    if (this.#claims.get(key)?.id !== id) throw lost();
  }

  #claimOf(
    name: string,
    id: string,
    {
      run,
      gate,
      release,
      command,
    }: { run: unknown; gate: Gate; release: () => Promise<void>; command: string },
  ): SiteClaim {
    const key = siteKey(name);
    const change = (next: Site | null, lines: readonly HistoryEvent[]) => {
      this.#requireHeld(key, id);
      this.onWrite(this.get(key), next, run);
      if (next === null) {
        this.changes += 1;
        this.#records.delete(key);
      } else this.put(next);
      this.history.push(...lines);
      return null;
    };
    return {
      id,
      confirm: () => gate('confirm', () => this.#requireHeld(key, id)),
      read: () => gate('reread', () => this.get(key)),
      apply: (wanted) =>
        applyChange(wanted, {
          ...{ name, claimId: id, command },
          read: async () => this.get(key),
          put: (site, lines) => gate('write', () => change(site, lines)),
          remove: (lines) => gate('remove', () => change(null, lines)),
        }),
      release: () => gate('release', release),
    };
  }
}

/** The secrets of all sites; like a keychain, it does not know about claims. */
export class MemorySecrets {
  /** Called for every secret that is stored. */
  onSet: (slot: Slot, content: string) => void = () => undefined;
  /** Called with the run that stores or deletes a secret. */
  onChange: (run: unknown) => void = () => undefined;
  /** How often a secret was stored or deleted. */
  changes = 0;
  readonly #secrets = new Map<string, Map<Slot, string>>();

  /** What is stored for a site. */
  of(siteName: string): Map<Slot, string> {
    const key = siteKey(siteName);
    const slots = this.#secrets.get(key) ?? new Map<Slot, string>();
    this.#secrets.set(key, slots);
    return slots;
  }

  viewOf(run: unknown, gate: Gate): CredentialStore {
    const changed = () => {
      this.changes += 1;
      this.onChange(run);
    };
    return {
      kind: 'vault',
      description: 'a vault in memory',
      get: (key, slot) => gate(`get ${slot}`, () => this.of(key).get(slot) ?? null),
      set: (key, slot, secret) =>
        gate(`set ${slot}`, () => {
          changed();
          this.onSet(slot, secret);
          this.of(key).set(slot, secret);
        }),
      delete: (key, slot) =>
        gate(`delete ${slot}`, () => {
          changed();
          return this.of(key).delete(slot);
        }),
      isMissing: async (key, slot) => !this.of(key).has(slot),
      prove: () => gate('prove', () => undefined),
      close: async () => undefined,
    };
  }
}

function lost(): MailError {
  return new MailError('site-busy', 'This run lost its hold on the site.', 'Run it again.');
}
