/**
 * What this computer alone knows of the sites in a shared store: which of its own stores may hold their secrets. In the
 * shared record this would be wrong for every other computer, and any of them could clear it.
 */

import { join } from 'node:path';
import * as v from 'valibot';
import { STORE_KINDS } from '../credentials/credential-reader.js';
import { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import { readPrivateFile, removeFileDurably, writeFileDurably } from '../storage/durable-file.js';
import { parseJson } from '../text/json.js';

const localSchema = v.strictObject({
  schemaVersion: v.literal(1),
  credentials: v.picklist(STORE_KINDS),
  keysToForget: v.optional(v.array(v.strictObject({ issuer: v.string(), email: v.string() }))),
});

/** The part of a site that is in such a file. */
type Local = Pick<Site, 'credentials' | 'keysToForget'>;

/** The part of a site that this computer keeps for itself. Only a run with the site's claim writes it. */
export interface LocalRecords {
  /** The site as this computer knows it. @throws MailError `storage`, naming the file */
  join(shared: Site): Promise<Site>;
  /** The site as all computers may know it. */
  share(site: Site): Site;
  /**
   * Keeps this computer's part, if it has changed.
   *
   * @param confirm makes sure that the site is still claimed, right before writing
   */
  keep(site: Site, confirm: () => Promise<void>): Promise<void>;
  /** Forgets this computer's part unless it is still needed. @param site null once it has been removed */
  forgetUnlessUsed(name: string, site: Site | null): Promise<void>;
}

/** @param folder this computer's files for one store; created with the first file */
export function openLocalRecords(folder: string): LocalRecords {
  const pathOf = (name: string) => join(folder, `${siteKey(name)}.json`);

  async function read(name: string): Promise<Local> {
    const path = pathOf(name);
    const text = await readPrivateFile(path);
    if (text === null) return { credentials: null };
    const parsed = v.safeParse(localSchema, parseJson(text));
    if (!parsed.success) throw damaged(path, name);
    return localOf(parsed.output);
  }

  return {
    join: async (shared) =>
      isOfTeam(shared) ? shared : { ...shared, ...(await read(shared.name)) },
    share(site) {
      if (isOfTeam(site)) return site;
      const { keysToForget: _ours, ...shared } = site;
      return { ...shared, credentials: null };
    },
    async keep(site, confirm) {
      const { name } = site;
      if (site.credentials === null || isOfTeam(site)) return;
      const local = localOf(site);
      if (JSON.stringify(await read(name)) === JSON.stringify(local)) return;
      await confirm();
      const text = JSON.stringify({ schemaVersion: 1, ...local }, null, 2);
      await writeFileDurably(pathOf(name), `${text}\n`);
    },
    async forgetUnlessUsed(name, site) {
      if (site !== null && site.credentials !== null && !isOfTeam(site)) return;
      try {
        await removeFileDurably(pathOf(name));
      } catch (error) {
        // The record has changed already, and "may hold secrets" is still true: the next command checks and clears it.
        if (!(error instanceof MailError)) throw error;
      }
    },
  };
}

function localOf({ credentials, keysToForget }: Local): Local {
  return { credentials, ...(keysToForget === undefined ? {} : { keysToForget }) };
}

/** A team's secrets are in the database, for every computer. */
function isOfTeam({ credentials }: Pick<Site, 'credentials'>): boolean {
  return credentials === 'team';
}

function damaged(path: string, name: string): MailError {
  return new MailError(
    'storage',
    `${path} is damaged, or of a newer version of writeupp-mail. It says where this computer keeps the secrets of "${name}".`,
    'It was left as it is. Update writeupp-mail, or move the file away: the secrets stay where they are, and the next command finds them.',
  );
}
