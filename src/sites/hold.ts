/** Holding a site: claimed, read, and let go however the work ends. */

import type { CredentialStore } from '../credentials/credential-store.js';
import { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import { HeldSite } from './held-site.js';
import { linesOf, type OnUntold, whatHappened } from './history.js';
import { noSuchSite, requireSite } from './require-site.js';
import type { Site } from './site.js';
import type { SiteStore } from './site-store.js';

/** What holding a site needs. */
export interface HoldPorts {
  readonly store: SiteStore;
  readonly lock: LockOptions;
  readonly openCredentials: () => Promise<CredentialStore>;
  readonly onUntold?: OnUntold | undefined;
}

/**
 * Runs `work` as the only writer of a site.
 *
 * @param isOnRecord it has just been read
 * @throws MailError `no-such-site`, `site-busy`, `storage`, and what `work` throws
 */
export async function holdSite<T>(
  name: string,
  ports: HoldPorts,
  work: (held: HeldSite) => Promise<T>,
  isOnRecord = false,
): Promise<T> {
  const { store, lock } = ports;
  // Before the claim: a name that is not on record must leave no lock behind.
  if (!isOnRecord) await requireSite(store, name);
  const claim = await store.claim(name, lock);
  try {
    const site = await claim.read();
    if (site === null) throw await noSuchSite(store, name);
    return await work(new HeldSite({ ...ports, claim }, site));
  } finally {
    await claim.release();
  }
}

/**
 * As `holdSite`, if no other run holds the site now; what can't be done is left undone. For what only makes later
 * commands quicker or their words better: it never waits, and never fails.
 */
export async function holdIfFree(
  name: string,
  { store, openCredentials, command }: Omit<HoldPorts, 'lock'> & { readonly command: string },
  work: (held: HeldSite) => Promise<void>,
): Promise<void> {
  const { signal } = new AbortController();
  const lock = { command, signal, onWait: () => undefined, mayWait: false };
  try {
    await holdSite(name, { store, lock, openCredentials }, work);
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
  }
}

/**
 * Puts a new site on record, then its password: a record never promises a password that is not there. Killed in
 * between, the same command goes on from there.
 *
 * @throws MailError `invalid-settings` if the name is taken; of the stores: nothing is on record then
 */
export async function addSite(
  site: Site,
  password: string | null,
  ports: HoldPorts,
): Promise<Site> {
  const { store, lock, openCredentials } = ports;
  const claim = await store.claim(site.name, lock);
  try {
    const there = await claim.read();
    if (there !== null && !isUnfinished(there, site, password)) throw alreadyOnRecord(site.name);
    if (password !== null) await (await openCredentials()).prove();
    if (there === null) {
      const untold = await claim.write(site, linesOf(lock, site.name, whatHappened(null, site)));
      if (untold !== null) ports.onUntold?.(untold);
    }
    const held = new HeldSite({ ...ports, claim }, there ?? site);
    try {
      if (password !== null) await held.change(site, password);
    } catch (error) {
      // What can't be kept whole is not kept at all; its own failure must not hide the first one.
      await held.remove().catch(() => undefined);
      throw error;
    }
    return held.site;
  } finally {
    await claim.release();
  }
}

/** The record that a killed run of this very command left: all of it but the password. */
function isUnfinished(there: Site, site: Site, password: string | null): boolean {
  if (password === null) return false;
  return JSON.stringify({ ...there, credentials: null }) === JSON.stringify(site);
}

function alreadyOnRecord(name: string): MailError {
  return new MailError(
    'invalid-settings',
    `Site name: "${name}" is on record already.`,
    `Choose another name, or change the site with: writeupp-mail site set "${name}"`,
  );
}
