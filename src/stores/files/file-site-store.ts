/** The records of sites as files in the settings folder of this computer, one a site. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '../../sites/site.js';
import { siteKey } from '../../sites/site-name.js';
import { alreadyOnRecord } from '../../sites/site-session.js';
import type { SiteStore } from '../../sites/site-store.js';
import {
  readPrivateFile,
  removeFileDurably,
  storageError,
  writeFileDurably,
} from '../../storage/durable-file.js';
import { takeLock } from '../../storage/lock.js';
import { parseSite, serialiseSite } from './record.js';

const ENDING = '.json';

/** Opens the store in a settings folder. Nothing is created before the first write. */
export function openFileSiteStore(home: string): SiteStore {
  const folder = join(home, 'sites');
  const pathOf = (name: string) => join(folder, siteKey(name) + ENDING);

  async function read(name: string): Promise<Site | null> {
    const path = pathOf(name);
    const text = await readPrivateFile(path);
    return text === null ? null : parseSite(text, path);
  }

  async function names(): Promise<string[]> {
    try {
      const entries = await readdir(folder);
      return entries.flatMap(keyOf).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw storageError(error, folder, 'read');
    }
  }

  return {
    description: `the settings folder ${home}`,
    read,
    names,
    async create(site, lock) {
      if ((await read(site.name)) !== null) throw alreadyOnRecord(site.name);
      lock.assertHeld();
      await writeFileDurably(pathOf(site.name), serialiseSite(site));
    },
    async replace(site, lock) {
      lock.assertHeld();
      await writeFileDurably(pathOf(site.name), serialiseSite(site));
    },
    async remove(name, lock) {
      lock.assertHeld();
      return removeFileDurably(pathOf(name));
    },
    lock: (name, options) =>
      takeLock(join(home, 'locks', `${siteKey(name)}.lock`), `The site "${name}"`, options),
  };
}

/** The name that a file's name stands for; none for a file that is no record. */
function keyOf(file: string): string[] {
  return file.endsWith(ENDING) && !file.startsWith('.') ? [file.slice(0, -ENDING.length)] : [];
}
