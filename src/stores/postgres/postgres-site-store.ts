/** The records of sites in a PostgreSQL database that several computers share. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { MailError } from '../../errors.js';
import { applyChange } from '../../sites/change.js';
import { misnamed, parseSite, serialiseSite } from '../../sites/record.js';
import type { Site } from '../../sites/site.js';
import type { HistoryEvent } from '../../sites/site-history.js';
import { siteKey } from '../../sites/site-name.js';
import { accountKey, type SiteStore } from '../../sites/site-store.js';
import { openLocalRecords } from '../local-record.js';
import { OWN_SETTINGS, sharingAmong, siteOrFault } from '../own-settings.js';
import { changeUnder, holding, lost, openClaims } from './claims.js';
import { type Database, openDatabase, type Waiting } from './database.js';
import { insertLines, lineRows, openPostgresHistory } from './postgres-history.js';
import { prepareSchema } from './schema.js';

/** A store of sites with its database, which also holds the secrets of a team. */
export interface PostgresSiteStore extends SiteStore {
  readonly database: Database;
  readonly schema: string;
  /** The store's own id, which ties entries in a keychain to it. */
  readonly id: string;
  close(): Promise<void>;
}

export interface PostgresOptions extends Waiting {
  /** The settings folder, for what this computer alone knows of the sites. */
  readonly home: string;
  /** A rehearsal has its own tables. */
  readonly isRehearsal: boolean;
  /** For a run that must change nothing: missing tables are then an error. */
  readonly readOnly: boolean;
}

/**
 * Opens the store, after its tables are created or brought up to date.
 *
 * @throws MailError `invalid-settings`, `network`, `storage`
 */
export async function openPostgresSiteStore(
  address: string,
  options: PostgresOptions,
): Promise<PostgresSiteStore> {
  const database = await openDatabase(address, options);
  const schema = options.isRehearsal ? 'writeupp_mail_rehearsal' : 'writeupp_mail';
  try {
    const id = await prepareSchema(database, schema, options.readOnly);
    return storeIn(database, schema, id, options.home);
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
}

/** Records read at a time: a query for each one would take seconds with thousands of sites. */
const BATCH = 1_000;

function storeIn(database: Database, schema: string, id: string, home: string): PostgresSiteStore {
  const claims = openClaims(database, schema);
  const local = openLocalRecords(join(home, 'local', id));
  const held = `held as (${holding(schema, '$1', '$2')})`;

  async function siteOf(text: unknown, key: string): Promise<Site> {
    const where = `of "${key}" in ${database.description}`;
    const site = parseSite(String(text), where);
    if (siteKey(site.name) !== key) throw misnamed(where, site.name);
    return local.join(site);
  }

  async function read(name: string): Promise<Site | null> {
    const key = siteKey(name);
    await claims.settle(key);
    const { rows } = await database.query(
      `select record::text from ${schema}.site where key = $1`,
      [key],
    );
    return rows[0] === undefined ? null : siteOf(rows[0].record, key);
  }

  async function* list(): AsyncGenerator<Site | MailError> {
    for (let last = ''; ; ) {
      const { rows } = await database.query(
        `select key, record::text from ${schema}.site
         where key collate "C" > $1 order by key collate "C" limit ${BATCH}`,
        [last],
      );
      for (const { key, record } of rows) {
        last = String(key);
        yield await siteOrFault(() => siteOf(record, last), last);
      }
      if (rows.length < BATCH) return;
    }
  }

  return {
    ...OWN_SETTINGS,
    database,
    schema,
    id,
    description: database.description,
    isShared: true,
    othersCanWrite: true,
    history: openPostgresHistory(database, schema),
    list,
    read,
    sharing: (account) => sharingAmong(list(), account),
    async names() {
      const { rows } = await database.query(
        `select key from ${schema}.site order by key collate "C"`,
      );
      return rows.map(({ key }) => String(key));
    },
    async claim(name, options) {
      const what = `The site "${name}"`;
      const claim = await claims.claim(siteKey(name), what, options);
      // The record and its lines in one statement: neither can exist without the other, and a site's lines are in the
      // order of its claims.
      const put = async (
        statement: string,
        values: readonly unknown[],
        lines: readonly HistoryEvent[],
      ) => {
        const { fence } = claim;
        const { rows } = await changeUnder(
          ...[database, schema, fence],
          `with ${held}, done as (${statement}),
           lines as (${insertLines(schema, '$3', 'held')})
           select exists (select from held) as held`,
          () => [fence.key, fence.token, lineRows(lines), ...values],
        );
        if (rows[0]?.held !== true) throw lost(what);
        return null;
      };
      return {
        id: claim.id,
        get fence() {
          return claim.fence;
        },
        confirm: claim.confirm,
        read: () => read(name),
        apply: (change) =>
          applyChange(change, {
            ...{ name, claimId: claim.id, command: options.command },
            read: () => read(name),
            // Kept on this computer before the first secret is stored, and until the last is gone.
            async put(site, lines) {
              const record = serialiseSite(local.share(site));
              await local.keep(site, claim.confirm);
              const unwritten = await put(
                `insert into ${schema}.site (key, name, record)
                 select $1, $4, $5::jsonb from held
                 on conflict (key) do update set name = excluded.name, record = excluded.record`,
                [site.name, record],
                lines,
              );
              await local.forgetUnlessUsed(name, site);
              return unwritten;
            },
            async remove(lines) {
              const unwritten = await put(
                `delete from ${schema}.site where key = $1 and exists (select from held)`,
                [],
                lines,
              );
              await local.forgetUnlessUsed(name, null);
              return unwritten;
            },
          }),
        release: claim.release,
      };
    },
    claimAccount(account, options) {
      const hash = createHash('sha256').update(accountKey(account)).digest('hex').slice(0, 32);
      return claims.claim(`@${hash}`, 'The Google account', options);
    },
    async close() {
      await claims.close();
      await database.close();
    },
  };
}
