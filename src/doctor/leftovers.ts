/**
 * What killed runs left behind: half-written files, locks that nobody holds, and secrets that no record accounts for.
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CredentialReader, SLOTS } from '../credentials/credential-reader.js';
import { keyOwner, ownerKey } from '../sites/key-owner.js';
import { accountedSlots } from '../sites/secrets.js';
import { storedKey } from '../sites/service-keys.js';
import type { Site } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import { leftIn, sweepFolder } from '../storage/durable-file.js';
import { leftLocks, sweepLeftLocks } from '../storage/lock.js';
import { isElsewhere, SHARED_FOLDER } from '../storage/lock-holder.js';
import { errnoOf, storageError } from '../storage/storage-error.js';
import { type Check, type Finding, pass, warn } from './run-check.js';
import type { ReadSites } from './settings.js';

/** A keychain answers in a millisecond or two, and a site has a few secrets. */
const LIMIT_MS = 120_000;

export interface LeftoversPorts {
  readonly home: string;
  found(): Pick<ReadSites, 'sites' | 'isWhole'>;
  /** Null if it does not work, or is empty. */
  credentials(): Promise<Pick<CredentialReader, 'kind' | 'get'> | null>;
  /** Clears the secrets of a site that its record does not account for. */
  tidy(site: string): Promise<void>;
}

interface Leftovers {
  /** Folders with half-written files, and how many each has. */
  readonly files: readonly { readonly folder: string; readonly count: number }[];
  readonly locks: Awaited<ReturnType<typeof leftLocks>>;
  /** Names of the sites with a secret that nothing accounts for. */
  readonly sites: readonly string[];
  /** Whether the secrets of every site could be searched. */
  readonly isWhole: boolean;
}

export function leftoversCheck(ports: LeftoversPorts): Check {
  return {
    name: 'leftovers',
    waitsFor: 'the settings folder and the store of passwords',
    limitMs: LIMIT_MS,
    async run(signal) {
      const locks = join(ports.home, 'locks');
      const found: Leftovers = {
        files: await halfWritten(ports.home),
        locks: await ifThere(locks, () => leftLocks(locks), []),
        ...(await withExtraSecrets(ports, signal)),
      };
      return finding(found, ports);
    },
  };
}

function finding(found: Leftovers, ports: LeftoversPorts): Finding {
  const { files, locks, sites } = found;
  const elsewhere = locks.find(({ holder }) => holder !== null && isElsewhere(holder));
  const parts = [
    count(
      files.reduce((sum, one) => sum + one.count, 0),
      'half-written file',
    ),
    count(locks.length, 'lock that nobody holds', 'locks that nobody holds'),
    sites.length === 0
      ? null
      : `passwords or permissions that are not used any more (${sites.join(', ')})`,
  ].filter((part) => part !== null);
  if (parts.length === 0) {
    return pass(
      found.isWhole
        ? 'No killed run left anything.'
        : 'No killed run left anything in the settings folder. Not all passwords and permissions could be looked through.',
    );
  }
  const finding = warn(
    `Runs that were killed left ${parts.join(', ')}. Nothing is lost by it.`,
    [
      'To clear it: writeupp-mail doctor --yes',
      ...(elsewhere?.holder == null
        ? []
        : [`A lock is of another computer, ${elsewhere.holder.host}. ${SHARED_FOLDER}`]),
    ].join('\n'),
  );
  return {
    ...finding,
    computers: elsewhere?.holder == null ? [] : [elsewhere.holder.host],
    async fix() {
      await clear(found, ports);
      return `What killed runs left was cleared: ${parts.join(', ')}.`;
    },
  };
}

async function clear({ files, locks, sites }: Leftovers, ports: LeftoversPorts): Promise<void> {
  for (const { folder } of files) await sweepFolder(folder);
  if (locks.length > 0) await sweepLeftLocks(join(ports.home, 'locks'));
  for (const site of sites) await ports.tidy(site);
}

async function halfWritten(home: string): Promise<{ folder: string; count: number }[]> {
  const inHome = await ifThere(home, () => readdir(home), []);
  // Each shared store has its own vault.
  const own = inHome.filter(
    (name) => ['sites', 'team', 'backends'].includes(name) || /^vault(?:-|$)/.test(name),
  );
  // Each shared store has its own folder for what only this computer knows of its sites.
  const local = join(home, 'local');
  const ofStores = await ifThere(local, () => readdir(local), []);
  const folders = [
    home,
    ...own.map((name) => join(home, name)),
    ...ofStores.map((id) => join(local, id)),
  ];
  const found = await Promise.all(
    folders.map(async (folder) => ({
      folder,
      count: (await ifThere(folder, () => leftIn(folder), [])).length,
    })),
  );
  return found.filter((one) => one.count > 0);
}

async function withExtraSecrets(
  ports: LeftoversPorts,
  signal: AbortSignal,
): Promise<Pick<Leftovers, 'sites' | 'isWhole'>> {
  const { sites: all, isWhole } = ports.found();
  const sites = all.filter((site) => site.credentials !== null);
  if (sites.length === 0) return { sites: [], isWhole };
  const credentials = await ports.credentials();
  if (credentials === null) return { sites: [], isWhole: false };
  const inReach = sites.filter((site) => site.credentials === credentials.kind);
  const used = new Set(all.map(({ gmail }) => ownerKey(keyOwner(gmail))));
  const found: string[] = [];
  for (const site of inReach) {
    if (signal.aborted) break;
    const hasExtra =
      (await hasExtraSecret(site, credentials)) ||
      // A site whose record can't be read may still use the key.
      (isWhole && (await hasExtraKey(site, used, credentials)));
    if (hasExtra) found.push(site.name);
  }
  return { sites: found, isWhole: isWhole && inReach.length === sites.length };
}

async function hasExtraSecret(
  site: Site,
  credentials: Pick<CredentialReader, 'get'>,
): Promise<boolean> {
  const accounted = accountedSlots(site);
  const key = siteKey(site.name);
  for (const slot of SLOTS) {
    if (!accounted.has(slot) && (await credentials.get(key, slot)) !== null) return true;
  }
  return false;
}

/** Whether a service account's key that the record names is used by no site any more. @param used by owner */
async function hasExtraKey(
  { keysToForget = [] }: Site,
  used: ReadonlySet<string>,
  credentials: Pick<CredentialReader, 'get'>,
): Promise<boolean> {
  for (const owner of keysToForget) {
    if (!used.has(ownerKey(owner)) && (await storedKey(owner, credentials)) !== null) return true;
  }
  return false;
}

async function ifThere<T>(folder: string, look: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return otherwise;
    throw storageError(error, folder, 'read');
  }
}

function count(number: number, one: string, several = `${one}s`): string | null {
  if (number === 0) return null;
  return `${number} ${number === 1 ? one : several}`;
}
