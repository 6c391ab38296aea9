/**
 * Moves a site to another store, with its secrets and its history. The target is complete and has been read back before
 * anything is removed from the source. If it is killed anywhere, the same move carries on from there: the record in the
 * target is then the same, and a secret that is already gone from the source is found in the target.
 */

import { randomUUID } from 'node:crypto';
import type { CredentialStoreKind, Slot } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import { siteCommand } from '../text/command-line.js';
import { signInOf } from './connection-kind.js';
import { HeldSite } from './held-site.js';
import { keyOwner } from './key-owner.js';
import { noSuchSite, requireSite } from './require-site.js';
import { accountedSlots, type SecretReader } from './secrets.js';
import { keepKey, storedKey } from './service-keys.js';
import type { Site } from './site.js';
import { type HistoryEvent, linesOf, type OnUnwritten } from './site-history.js';
import { siteKey } from './site-name.js';
import type { SiteClaim, SiteStore } from './site-store.js';
import { genuineSite, sealedTest } from './test-seal.js';

/** Where sites are moved from and to. */
export interface MovePorts {
  readonly from: {
    readonly store: SiteStore;
    credentials(kind: CredentialStoreKind): Promise<CredentialStore>;
  };
  readonly to: { readonly store: SiteStore; credentials(): Promise<CredentialStore> };
  readonly lock: LockOptions;
  readonly onUnwritten?: OnUnwritten | undefined;
}

/** Lines of the history copied at a time. */
const BATCH = 100;

/**
 * Moves one site.
 *
 * @throws MailError `no-such-site`; `invalid-settings` if the target has another site of that name; errors of the
 *   stores: then either the source or the target is whole
 */
export async function moveSite(name: string, ports: MovePorts): Promise<Site> {
  const { from, to, lock } = ports;
  await requireSite(from.store, name);
  const source = await from.store.claim(name, lock);
  try {
    const site = await source.read();
    if (site === null) throw await noSuchSite(from.store, name);
    const target = await to.store.claim(name, lock);
    try {
      const moved = await copyTo(target, site, ports);
      await copyHistory(site.name, ports);
      const forgetting = { store: from.store, claim: source, lock, onUnwritten: ports.onUnwritten };
      const openCredentials = () => from.credentials(site.credentials ?? 'keychain');
      await new HeldSite({ ...forgetting, openCredentials }, site).remove();
      return moved;
    } finally {
      await target.release();
    }
  } finally {
    await source.release();
  }
}

/** Makes the target complete, and proves that it is. */
async function copyTo(target: SiteClaim, site: Site, ports: MovePorts): Promise<Site> {
  const { from, to } = ports;
  const there = await target.read();
  if (site.credentials === null) {
    requireSame(there, site, to.store);
    const holdsSecret =
      site.smtp?.password != null || signInOf(site.gmail) !== null || keyOwner(site.gmail) !== null;
    if (holdsSecret) throw keptElsewhere(site);
    return copyRecord(target, site);
  }
  const [old, fresh] = await Promise.all([from.credentials(site.credentials), to.credentials()]);
  const sealed = await resealed(site, old, fresh, ports);
  requireSame(there, sealed, to.store);
  await requireApart(old, fresh);
  await fresh.prove();
  // The record first: it says which store may hold secrets, so that none is left there without one.
  const moved = await copyRecord(target, { ...sealed, credentials: fresh.kind });
  const key = siteKey(site.name);
  for (const slot of accountedSlots(site)) {
    const content = await old.get(key, slot);
    if (content === null) continue;
    await target.confirm();
    await fresh.set(key, slot, content, target.fence);
    if ((await fresh.get(key, slot)) !== content) throw notReadBack(fresh);
  }
  const owner = keyOwner(site.gmail);
  const shared = owner === null ? null : await storedKey(owner, old);
  if (owner !== null && shared !== null) await keepKey(owner, shared, fresh, target);
  return moved;
}

/**
 * The site with what may count in the target: without a test message that somebody else wrote into the source, and
 * sealed if others can write to the target. Once a move was stopped late, the secret for the seal is gone from the
 * source.
 */
async function resealed(
  site: Site,
  old: CredentialStore,
  fresh: CredentialStore,
  { from, to }: MovePorts,
): Promise<Site> {
  const either: SecretReader = {
    kind: old.kind,
    description: old.description,
    get: async (key, slot) => (await old.get(key, slot)) ?? (await fresh.get(key, slot)),
  };
  const credentials = async () => either;
  const { othersCanWrite } = from.store;
  const genuine = await genuineSite(site, { othersCanWrite, credentials });
  const { gmail } = genuine;
  if (gmail?.test == null) return genuine;
  const sealing = { othersCanWrite: to.store.othersCanWrite, credentials };
  const test = await sealedTest(genuine, gmail, gmail.test, sealing);
  return { ...genuine, gmail: { ...gmail, test } };
}

async function copyRecord(claim: SiteClaim, site: Site): Promise<Site> {
  await claim.apply({ kind: 'arrive', site });
  const there = await claim.read();
  if (JSON.stringify(there) !== JSON.stringify(site)) {
    throw new MailError(
      'storage',
      `The record of "${site.name}" was moved, and reading it back gave something else.`,
      'Nothing was removed. Run the command again.',
    );
  }
  return site;
}

/** Keeps the ids of the lines, so that those which arrived before the move was stopped are not added twice. */
async function copyHistory(name: string, { from, to, lock }: MovePorts): Promise<void> {
  let batch: HistoryEvent[] = [];
  for await (const event of from.store.history.read(name)) {
    batch.push(event);
    if (batch.length < BATCH) continue;
    await to.store.history.append(batch);
    batch = [];
  }
  const happening = { step: 'move-site', outcome: 'done', from: from.store.description } as const;
  await to.store.history.append([...batch, ...linesOf(lock, name, [happening])]);
}

/**
 * The same except for where its secrets are, and for the seal of its test message: what a stopped move left behind.
 *
 * @throws MailError `invalid-settings` if another site is there
 */
function requireSame(there: Site | null, site: Site, store: SiteStore): void {
  const text = (one: Site) =>
    JSON.stringify({ ...one, credentials: null }, (field, value) =>
      field === 'seal' ? undefined : value,
    );
  if (there !== null && text(there) !== text(site)) throw takenThere(site.name, store);
}

/** Pairs of stores that were found to be separate. */
const apart = new WeakMap<CredentialStore, WeakSet<CredentialStore>>();

/**
 * A copy of a settings folder or of a database has the same name in the keychain as its original: what is forgotten for
 * one would be gone for the other.
 */
async function requireApart(old: CredentialStore, fresh: CredentialStore): Promise<void> {
  if (old.kind !== fresh.kind || apart.get(old)?.has(fresh)) return;
  const mark = randomUUID();
  // No site’s key begins with @.
  const dummy = [`@move test ${mark}`, 'smtp-password' satisfies Slot] as const;
  await fresh.set(...dummy, mark);
  const seen = await old.get(...dummy);
  await fresh.delete(...dummy);
  if (seen === mark) {
    throw new MailError(
      'invalid-settings',
      `Both places keep their secrets in the same entries of ${fresh.description}: one is a copy of the other.`,
      'Nothing was moved. Move to a settings folder or a new database.',
    );
  }
  apart.set(old, (apart.get(old) ?? new WeakSet()).add(fresh));
}

function takenThere(name: string, { description }: SiteStore): MailError {
  return new MailError(
    'invalid-settings',
    `Another site named "${name}" is on record in ${description}.`,
    'Nothing was moved. If it is the same practice, moved half-way and used since, remove the one that is out of date with: writeupp-mail site remove',
  );
}

/** Without them, the site would be moved to a place from which nobody can send for it. */
function keptElsewhere({ name }: Site): MailError {
  return new MailError(
    'invalid-settings',
    `The password, the permission or the key of "${name}" is on another computer, and can’t be moved from this one.`,
    `Nothing was moved. Run the command there. If that computer is gone, store them here first: ${siteCommand('sign-in', name)}, or site set --smtp-password-stdin`,
  );
}

function notReadBack({ description }: CredentialStore): MailError {
  return new MailError(
    'storage',
    `A secret was stored in ${description}, and reading it back gave something else.`,
    'Nothing was removed. Run the command again.',
  );
}
