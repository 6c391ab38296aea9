/** The records of sites as files in the settings folder of this computer, one a site. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MailError } from '../../errors.js';
import type { HistoryEvent } from '../../sites/history.js';
import { misnamed, parseSite, serialiseSite } from '../../sites/record.js';
import type { Site } from '../../sites/site.js';
import { siteKey } from '../../sites/site-name.js';
import type { SiteStore } from '../../sites/site-store.js';
import {
  readPrivateFile,
  removeFileDurably,
  writeFileDurably,
} from '../../storage/durable-file.js';
import { keychainService, type SettingsFolder } from '../../storage/settings-folder.js';
import { storageError } from '../../storage/storage-error.js';
import { LEFT_TO_DO } from '../left-to-do.js';
import { openFileHistory } from './file-history.js';

const ENDING = '.json';

/** Opens the store in a settings folder. Nothing is created before the first write. */
export function openFileSiteStore(settings: SettingsFolder): SiteStore {
  const { home } = settings;
  const folder = join(home, 'sites');
  const history = openFileHistory(home);
  const pathOf = (name: string) => join(folder, siteKey(name) + ENDING);
  const lockPath = (key: string) => join(home, 'locks', `${key}.lock`);
  let named: Promise<unknown> | null = null;

  /** Before the first record: a folder without a name is else taken for one of version 0.1.0. */
  function beNamed(): Promise<unknown> {
    named ??= keychainService(settings).catch((error: unknown) => {
      named = null;
      throw error;
    });
    return named;
  }

  async function read(name: string): Promise<Site | null> {
    const path = pathOf(name);
    const text = await readPrivateFile(path);
    if (text === null) return null;
    const site = parseSite(text, path);
    if (siteKey(site.name) !== siteKey(name)) throw misnamed(path, site.name);
    return site;
  }

  /** After the deed: one that was done is told, and never taken back because it can't be. */
  async function tell(lines: readonly HistoryEvent[]): Promise<MailError | null> {
    if (lines.length === 0) return null;
    try {
      await history.append(lines);
      return null;
    } catch (error) {
      if (error instanceof MailError) return error;
      throw error;
    }
  }

  async function names(): Promise<string[]> {
    try {
      const entries = readdirSync(folder);
      return entries.flatMap(keyOf).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw storageError(error, folder, 'read');
    }
  }

  return {
    description: `the settings folder ${home}`,
    leftToDo: LEFT_TO_DO,
    history,
    read,
    names,
    async claim(name, options) {
      await beNamed();
      const { takeLock } = await import('../../storage/lock.js');
      const lock = await takeLock(lockPath(siteKey(name)), `The site "${name}"`, options);
      const path = pathOf(name);
      return {
        id: crypto.randomUUID(),
        assertHeld: async () => lock.assertHeld(),
        read: () => read(name),
        async write(site, lines = []) {
          lock.assertHeld();
          await writeFileDurably(path, serialiseSite(site));
          return tell(lines);
        },
        async remove(lines = []) {
          lock.assertHeld();
          await removeFileDurably(path);
          return tell(lines);
        },
        release: () => lock.release(),
      };
    },
    async claimAccount(account, options) {
      // The account's address must not stand in a file name; no site's name begins with @.
      const { createHash } = await import('node:crypto');
      const key = createHash('sha256').update(account).digest('hex').slice(0, 32);
      const { takeLock } = await import('../../storage/lock.js');
      return takeLock(lockPath(`@${key}`), 'The Google account', options);
    },
  };
}

/** The key of a site that a file's name stands for; none for a file that is no record. */
function keyOf(file: string): string[] {
  return file.endsWith(ENDING) && !file.startsWith('.') ? [file.slice(0, -ENDING.length)] : [];
}
