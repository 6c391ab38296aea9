/** The records of sites as files in the settings folder of this computer, one per site. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MailError } from '../../errors.js';
import { misnamed, parseSite, serialiseSite } from '../../sites/record.js';
import type { Site } from '../../sites/site.js';
import type { HistoryEvent } from '../../sites/site-history.js';
import { siteKey } from '../../sites/site-name.js';
import { accountKey, type SiteStore } from '../../sites/site-store.js';
import {
  isThere,
  readPrivateFile,
  removeFileDurably,
  writeFileDurably,
} from '../../storage/durable-file.js';
import type { SettingsFolder } from '../../storage/settings-folder.js';
import { storageError } from '../../storage/storage-error.js';
import { linesInRecord } from '../history-line.js';
import { OWN_SETTINGS, sharingAmong, siteOrFault } from '../own-settings.js';
import { openFileHistory } from './file-history.js';

const ENDING = '.json';
const REMOVED = '.removed';

/** Opens the store in a settings folder. Nothing is created before the first write. */
export function openFileSiteStore({ home }: SettingsFolder): SiteStore {
  const folder = join(home, 'sites');
  const history = openFileHistory(home, carriedBy);
  const pathOf = (name: string) => join(folder, siteKey(name) + ENDING);
  /** The lines of a removal, until the history has them. */
  const removedPath = (name: string) => join(folder, `.${siteKey(name)}${REMOVED}`);
  const lockPath = (key: string) => join(home, 'locks', `${key}.lock`);

  async function read(name: string): Promise<Site | null> {
    return siteOf(name, await readPrivateFile(pathOf(name)));
  }

  function siteOf(name: string, text: string | null): Site | null {
    const path = pathOf(name);
    if (text === null) return null;
    const site = parseSite(text, path);
    if (siteKey(site.name) !== siteKey(name)) throw misnamed(path, site.name);
    return site;
  }

  /** The lines of the last change of a site, or of every site. A record that can't be read is reported elsewhere. */
  async function carriedBy(name: string | null): Promise<readonly HistoryEvent[]> {
    if (name !== null) return carriedByOne(name);
    const keys = new Set([...(await names()), ...entries().flatMap(removedKeyOf)]);
    const lines: HistoryEvent[] = [];
    for (const key of keys) lines.push(...(await carriedByOne(key).catch(() => [])));
    return lines;
  }

  async function carriedByOne(name: string): Promise<readonly HistoryEvent[]> {
    return linesWith(name, await readPrivateFile(pathOf(name)));
  }

  async function linesWith(name: string, record: string | null): Promise<readonly HistoryEvent[]> {
    const text = record ?? (await readPrivateFile(removedPath(name)));
    return text === null ? [] : linesInRecord(text);
  }

  /** A failure to write lines does not undo the change: they stay with the record. */
  async function fault(writing: () => Promise<void>): Promise<MailError | null> {
    try {
      await writing();
      return null;
    } catch (error) {
      if (error instanceof MailError) return error;
      throw error;
    }
  }

  /**
   * Makes a change and writes its lines, after those that a killed run did not write.
   *
   * @param record as read under the same claim
   * @param place makes the change, and stores the lines with it
   */
  async function makeChange(
    name: string,
    record: string | null,
    lines: readonly HistoryEvent[],
    place: (carried: readonly HistoryEvent[]) => Promise<unknown>,
  ): Promise<MailError | null> {
    const last = await linesWith(name, record);
    const isWritten = (await fault(() => history.complete(last))) === null;
    const carried = isWritten ? lines : [...last, ...lines];
    await place(carried);
    return carried.length === 0 ? null : fault(() => history.append(carried));
  }

  async function names(): Promise<string[]> {
    return entries().flatMap(keyOf).sort();
  }

  function entries(): string[] {
    try {
      return readdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw storageError(error, folder, 'read');
    }
  }

  async function* list(): AsyncGenerator<Site | MailError> {
    for (const name of await names()) {
      const site = await siteOrFault(() => read(name), name);
      // A site that was removed since its name was read is not listed.
      if (site !== null) yield site;
    }
  }

  return {
    ...OWN_SETTINGS,
    description: `the settings folder ${home}`,
    isShared: false,
    othersCanWrite: false,
    history,
    list,
    names,
    read,
    sharing: (account) => sharingAmong(list(), account),
    async claim(name, options) {
      // Loaded before the site is locked; a run that only reads loads neither.
      const [{ takeLock }, { applyChange }] = await Promise.all([
        import('../../storage/lock.js'),
        import('../../sites/change.js'),
      ]);
      const lock = await takeLock(lockPath(siteKey(name)), `The site "${name}"`, options);
      const claimId = crypto.randomUUID();
      /** As read by the change that is being made. */
      let record: string | null = null;
      return {
        id: claimId,
        confirm: async () => lock.assertHeld(),
        read: () => read(name),
        apply: (change) =>
          applyChange(change, {
            ...{ name, claimId, command: options.command },
            async read() {
              record = await readPrivateFile(pathOf(name));
              return siteOf(name, record);
            },
            put: (site, lines) =>
              makeChange(name, record, lines, async (carried) => {
                const text = serialiseSite(site, carried);
                lock.assertHeld();
                await writeFileDurably(pathOf(name), text);
                if (isThere(removedPath(name))) await removeFileDurably(removedPath(name));
              }),
            async remove(lines) {
              const unwritten = await makeChange(name, record, lines, async (carried) => {
                lock.assertHeld();
                await writeFileDurably(removedPath(name), JSON.stringify({ lines: carried }));
                await removeFileDurably(pathOf(name));
              });
              if (unwritten === null) await removeFileDurably(removedPath(name));
              return unwritten;
            },
          }),
        release: () => lock.release(),
      };
    },
    async claimAccount(account, options) {
      // The account's address must not appear in a file name; no site's name starts with @.
      const { createHash } = await import('node:crypto');
      const key = createHash('sha256').update(accountKey(account)).digest('hex').slice(0, 32);
      const { takeLock } = await import('../../storage/lock.js');
      const lock = await takeLock(lockPath(`@${key}`), 'The Google account', options);
      return { confirm: async () => lock.assertHeld(), release: () => lock.release() };
    },
  };
}

/** The key of the site in a file's name; none if the file is not a record. */
function keyOf(file: string): string[] {
  return file.endsWith(ENDING) && !file.startsWith('.') ? [file.slice(0, -ENDING.length)] : [];
}

/** The key of the removed site in a file's name; none for any other file. */
function removedKeyOf(file: string): string[] {
  return file.startsWith('.') && file.endsWith(REMOVED) ? [file.slice(1, -REMOVED.length)] : [];
}
