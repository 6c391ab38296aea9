/** Holding a site: claimed, read, and released however the work ends. */

import type { CredentialStore } from '../credentials/credential-store.js';
import { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import { describeHolder, SHARED_FOLDER } from '../storage/lock-holder.js';
import { alreadyOnRecord } from './change.js';
import { HeldSite } from './held-site.js';
import { noSuchSite, requireSite } from './require-site.js';
import type { Site } from './site.js';
import type { SiteClaim, SiteStore } from './site-store.js';

/** What holding a site needs. */
export interface Stores {
  /** A function, because a shared store connects: what needs no record must not wait for a database. */
  sites(): Promise<SiteStore>;
  /** The store of secrets that was chosen: the keychain, the vault or the team's. */
  secrets(): Promise<CredentialStore>;
  /** The command, for the history and for runs that wait. */
  readonly command: string;
  readonly signal: AbortSignal;
  readonly report: { note(line: string): void };
}

/** How a run behaves if another one holds the site. */
interface Waiting {
  /** False: fails at once if another run holds the site. */
  readonly mayWait?: boolean;
  /** True if the only change is to what this computer alone knows of the site. */
  readonly isLocal?: boolean;
}

/** How this run waits for another one on the same site. */
export function lockOptions(
  { command, signal, report }: Pick<Stores, 'command' | 'signal' | 'report'>,
  { mayWait = true, isLocal = false }: Waiting = {},
): LockOptions {
  return {
    command,
    signal,
    mayWait,
    isLocal,
    onWait: (holder) =>
      report.note(
        `Waiting for ${describeHolder(holder)} to finish with this site, up to 15 seconds …`,
      ),
    onLeftElsewhere: ({ host }) =>
      report.note(`A run on another computer (${host}) left its lock here. ${SHARED_FOLDER}`),
  };
}

/**
 * Runs `work` as the only writer of a site.
 *
 * @param isStored whether the record has just been read
 * @throws MailError `no-such-site`, `site-busy`, `storage`, and what `work` throws
 */
export async function holdSite<T>(
  world: Stores,
  name: string,
  work: (held: HeldSite) => Promise<T>,
  { isStored = false, ...waiting }: Waiting & { readonly isStored?: boolean } = {},
): Promise<T> {
  const store = await world.sites();
  // Checked before the claim: an unknown name must leave no lock behind.
  if (!isStored) await requireSite(store, name);
  const claim = await store.claim(name, lockOptions(world, waiting));
  try {
    const site = await claim.read();
    if (site === null) throw await noSuchSite(store, name);
    return await work(heldSite(world, store, claim, site, waiting));
  } finally {
    await claim.release();
  }
}

/**
 * As `holdSite`, if no other run holds the site now; what can't be done is left undone. For work that only makes later
 * commands quicker, or what they say better: it never waits, never fails, and reports nothing.
 */
export async function holdIfFree(
  { sites, secrets, command }: Stores,
  name: string,
  work: (held: HeldSite) => Promise<void>,
): Promise<void> {
  const { signal } = new AbortController();
  const quietly = { sites, secrets, command, signal, report: { note: () => undefined } };
  try {
    await holdSite(quietly, name, work, { mayWait: false, isStored: true, isLocal: true });
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
  }
}

/**
 * Stores a new site, then its password: a record never promises a password that is not there. If the run is killed in
 * between, the same command carries on from there.
 *
 * @throws MailError `invalid-settings` if the name is taken; errors of the stores: then nothing is stored
 */
export async function addSite(site: Site, password: string | null, world: Stores): Promise<Site> {
  const store = await world.sites();
  const claim = await store.claim(site.name, lockOptions(world));
  try {
    const there = await claim.read();
    if (there !== null && !isUnfinished(there, site, password)) throw alreadyOnRecord(site.name);
    const secrets = password === null ? null : await world.secrets();
    await secrets?.prove();
    // The record says from the start where its secret will be.
    const fresh = { ...site, credentials: secrets?.kind ?? null };
    if (there === null) {
      const { unwritten } = await claim.apply({ kind: 'add', site: fresh });
      if (unwritten !== null) noteUnwritten(world, unwritten);
    }
    const held = heldSite(world, store, claim, there ?? fresh);
    try {
      if (password !== null) await held.change(site, password);
    } catch (error) {
      // What can't be kept whole is not kept at all; a failure to remove it must not hide the first failure.
      await held.remove().catch(() => undefined);
      throw error;
    }
    return held.site;
  } finally {
    await claim.release();
  }
}

function heldSite(
  world: Stores,
  store: SiteStore,
  claim: SiteClaim,
  site: Site,
  waiting: Waiting = {},
): HeldSite {
  return new HeldSite(
    {
      store,
      claim,
      lock: lockOptions(world, waiting),
      openCredentials: () => world.secrets(),
      onUnwritten: (error) => noteUnwritten(world, error),
    },
    site,
  );
}

/** Reports that a line of the history could not be written. */
export function noteUnwritten(
  { report }: Pick<Stores, 'report'>,
  { message, hint }: MailError,
): void {
  report.note(`What was done stands, and the history could not be written: ${message}\n${hint}`);
}

/** Whether a killed run of this very command left the record: all of it but the password. */
function isUnfinished(there: Site, site: Site, password: string | null): boolean {
  if (password === null) return false;
  return JSON.stringify({ ...there, credentials: null }) === JSON.stringify(site);
}
