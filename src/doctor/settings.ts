/** Checks of what this computer keeps: the settings folder, the records, the credential store, the client file. */

import { access, constants, stat, statfs } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import type { CredentialReader } from '../credentials/credential-reader.js';
import { MailError } from '../errors.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
import { kindOf } from '../sites/connection-kind.js';
import type { Site } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import { checkSettingsFolder } from '../storage/private-folder.js';
import { errnoOf, storageError } from '../storage/storage-error.js';
import { type Check, type Finding, failed, pass, warn } from './run-check.js';

const QUICK_MS = 5_000;
/** Reading ten thousand records takes a few seconds. */
const RECORDS_MS = 60_000;
/** A write needs far less, but below this something else will soon fail as well. */
const SPACE_LOW_BYTES = 20 * 2 ** 20;

/** @param folders the settings folder, in a rehearsal preceded by the one that contains it */
export function settingsFolderCheck(
  folders: readonly string[],
  platform = process.platform,
): Check {
  return {
    name: 'settings-folder',
    waitsFor: 'the disk of the settings folder',
    limitMs: QUICK_MS,
    run: () => lookAtFolders(folders, platform),
  };
}

async function lookAtFolders(
  folders: readonly string[],
  platform: NodeJS.Platform,
): Promise<Finding> {
  const home = folders.at(-1) ?? '';
  let open: string | null = null;
  for (const folder of folders) {
    const mode = await modeOf(folder);
    if (mode === null) return whereItWillBe(home, folder, platform);
    await checkSettingsFolder(folder, true);
    if (platform !== 'win32' && (mode & 0o077) !== 0) open ??= folder;
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch((error) => {
      throw storageError(error, folder, 'written');
    });
  }
  const space = await statfs(home);
  if (space.bavail * space.bsize < SPACE_LOW_BYTES) {
    const left = Math.floor((space.bavail * space.bsize) / 2 ** 20);
    const words = {
      message: `The disk of the settings folder ${home} is nearly full: ${left} MB are left.`,
      hint: 'Free some space on this disk.',
    };
    return left < 1 ? failed(words) : warn(words.message, words.hint);
  }
  if (open !== null) {
    return warn(
      `Other users of this computer can look into the settings folder ${open}.`,
      'The next command takes that away by itself.',
    );
  }
  // Windows has access lists instead of an owner and a mode, and those were not checked.
  return pass(
    platform === 'win32'
      ? `The settings folder ${home} can be written. Who else may use it was not checked.`
      : `The settings folder ${home} is yours alone, and can be written.`,
  );
}

async function modeOf(folder: string): Promise<number | null> {
  try {
    return (await stat(folder)).mode;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw storageError(error, folder, 'read');
  }
}

/** Whether the first command can create it: the nearest existing folder above it must be writable. */
async function whereItWillBe(
  home: string,
  missing: string,
  platform: NodeJS.Platform,
): Promise<Finding> {
  const { dirname } = platform === 'win32' ? win32 : posix;
  let parent = dirname(missing);
  while ((await modeOf(parent)) === null) {
    // The drive does not exist.
    if (dirname(parent) === parent) throw storageError({ code: 'ENOENT' }, missing, 'written');
    parent = dirname(parent);
  }
  await access(parent, constants.W_OK | constants.X_OK).catch((error) => {
    throw storageError(error, missing, 'written');
  });
  return pass(`There is no settings folder yet: the first site makes it, at ${home}.`);
}

/** What was read of the sites; later checks build on it. */
export interface ReadSites {
  readonly names: readonly string[];
  readonly sites: readonly Site[];
  /** Whether every record could be read: otherwise nothing follows from what these sites lack. */
  readonly isWhole: boolean;
}

/** @param found receives what was read */
export function recordsCheck(
  open: () => Promise<SiteStore>,
  found: (read: ReadSites) => void,
): Check {
  return {
    name: 'records',
    waitsFor: 'the records of the sites',
    limitMs: RECORDS_MS,
    async run(signal) {
      const store = await open();
      const names: string[] = [];
      const sites: Site[] = [];
      const damaged: MailError[] = [];
      for await (const site of store.list()) {
        if (signal.aborted) return null;
        if (site instanceof MailError) damaged.push(site);
        else sites.push(site);
        names.push(site instanceof MailError ? (site.details.site ?? '') : siteKey(site.name));
      }
      found({ names, sites, isWhole: damaged.length === 0 });
      if (names.length === 0) return pass(`No site is on record yet in ${store.description}.`);
      const where = `${sites.length === 1 ? '1 site is' : `${sites.length} sites are`} on record in ${store.description}`;
      if (damaged.length === 0) return pass(`${where}, and every record can be read.`);
      return failed({
        message: [
          `${damaged.length} of ${names.length} records can’t be read.`,
          ...damaged.slice(0, NAMED_MAX).map(({ message }) => message),
          ...(damaged.length > NAMED_MAX ? [`And ${damaged.length - NAMED_MAX} more.`] : []),
        ].join(' '),
        hint: [...new Set(damaged.map(({ hint }) => hint))].join('\n'),
      });
    },
  };
}

const NAMED_MAX = 10;

/** In milliseconds: a slower keychain makes each command wait. */
const SLOW_STORE_MS = 2_000;

export interface SecretsPorts {
  /** Opens it for a proof; null if nothing is stored yet and opening would create it. */
  open(): Promise<CredentialReader | null>;
  /** The finding if `open` returns null. */
  unused(): Finding;
  /** In milliseconds: the store has its own time limits, and a person may have to answer. */
  readonly limitMs: number;
}

/** Writes, reads back and deletes a dummy entry, as commands do before they send anybody to Google. */
export function secretsCheck({ open, unused, limitMs }: SecretsPorts): Check {
  return {
    name: 'secrets',
    waitsFor: 'the store of passwords and permissions',
    limitMs,
    async run() {
      const store = await open();
      if (store === null) return unused();
      const started = performance.now();
      await store.prove();
      const took = Math.round(performance.now() - started);
      const words = `A test entry was stored in ${store.description}, read back and deleted, in ${took} ms.`;
      return took < SLOW_STORE_MS
        ? pass(words)
        : warn(
            words,
            'That is slow, and each command waits for it. A keychain with many entries is; a vault is not: WRITEUPP_MAIL_CREDENTIALS=vault',
          );
    },
  };
}

export function clientFileCheck(
  path: string,
  read: () => Promise<OAuthClient>,
  found: () => ReadSites,
): Check {
  return {
    name: 'client-file',
    waitsFor: 'the Google client file',
    limitMs: QUICK_MS,
    async run() {
      const { sites, isWhole } = found();
      const connections = sites.flatMap(({ gmail }) => (gmail === null ? [] : [gmail]));
      const clients = connections.flatMap((gmail) => kindOf(gmail).clientId(gmail) ?? []);
      const client = await read().catch((error: unknown) => {
        const isNeeded = connections.length === 0 || clients.length > 0;
        const isMissing = error instanceof MailError && error.code === 'no-oauth-client';
        if (isNeeded || !isMissing) throw error;
        return null;
      });
      if (client === null) {
        return isWhole ? pass('No Google client file is needed: nobody has to sign in.') : null;
      }
      const others = clients.filter((id) => id !== client.id).length;
      if (others === 0) return pass(`The Google client file ${path} is whole.`);
      return warn(
        `${others === 1 ? '1 site was' : `${others} sites were`} connected with another Google client file than ${path}, and can’t send with this one.`,
        'Put the file back that they were connected with, or sign in again for each of them.',
      );
    },
  };
}
