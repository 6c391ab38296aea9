/** The records of sites in a PostgreSQL that several computers share. */

import { createHash } from 'node:crypto';
import type { HistoryEvent } from '../../sites/history.js';
import { parseSite, serialiseSite } from '../../sites/record.js';
import type { Site } from '../../sites/site.js';
import { siteKey } from '../../sites/site-name.js';
import type { SiteStore } from '../../sites/site-store.js';
import { LEFT_TO_DO } from '../left-to-do.js';
import { lost, openClaims } from './claims.js';
import { type Database, openDatabase, type Waiting } from './database.js';
import { insertLines, lineRows, openPostgresHistory } from './postgres-history.js';
import { prepareSchema } from './schema.js';

/** A store of sites, and the database that it is in, for the secrets of a team. */
export interface PostgresSiteStore extends SiteStore {
  readonly database: Database;
  readonly schema: string;
  /** The store's own id: entries of a keychain belong to it. */
  readonly id: string;
  close(): Promise<void>;
}

/** How the store is opened. */
export interface PostgresOptions extends Waiting {
  /** A rehearsal has tables of its own. */
  readonly isRehearsal: boolean;
  /** For a run that must change nothing: tables that are not there yet are an error. */
  readonly readOnly: boolean;
}

/**
 * Opens the store; its tables are made or brought up to date.
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
    return storeIn(database, schema, await prepareSchema(database, schema, options.readOnly));
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
}

function storeIn(database: Database, schema: string, id: string): PostgresSiteStore {
  const claims = openClaims(database, schema);
  // Locked as it is read: a claim that raises the generation waits for a change under way, and the change sees it.
  const held = `held as (
    select 1 from ${schema}.fence where key = $1 and generation = $2 for share
  )`;

  async function read(name: string): Promise<Site | null> {
    const { rows } = await database.query(
      `select record::text from ${schema}.site where key = $1`,
      [siteKey(name)],
    );
    const text = rows[0]?.record;
    return typeof text === 'string'
      ? parseSite(text, `of "${name}" in ${database.description}`)
      : null;
  }

  return {
    database,
    schema,
    id,
    description: database.description,
    leftToDo: LEFT_TO_DO,
    history: openPostgresHistory(database, schema),
    read,
    async names() {
      const { rows } = await database.query(
        `select key from ${schema}.site order by key collate "C"`,
      );
      return rows.map(({ key }) => String(key));
    },
    async claim(name, options) {
      const key = siteKey(name);
      const what = `The site "${name}"`;
      const claim = await claims.claim(key, what, options);
      // The record and its lines in one statement: neither can be there without the other, and a site's lines have
      // the order of its claims.
      const change = async (
        statement: string,
        values: readonly unknown[],
        lines: readonly HistoryEvent[],
      ) => {
        const { rows } = await database.query(
          `with ${held}, done as (${statement}),
           told as (${insertLines(schema, '$3', 'held')})
           select exists (select from held) as held`,
          [key, claim.generation, lineRows(lines), ...values],
        );
        if (rows[0]?.held !== true) throw lost(what);
        return null;
      };
      return {
        id: claim.id,
        assertHeld: claim.assertHeld,
        read: () => read(name),
        write: (site, lines = []) =>
          change(
            `insert into ${schema}.site (key, name, record)
             select $1, $4, $5::jsonb from held
             on conflict (key) do update set name = excluded.name, record = excluded.record`,
            [site.name, serialiseSite(site)],
            lines,
          ),
        remove: (lines = []) =>
          change(
            `delete from ${schema}.site where key = $1 and exists (select from held)`,
            [],
            lines,
          ),
        release: claim.release,
      };
    },
    claimAccount(account, options) {
      const key = `@${createHash('sha256').update(account).digest('hex').slice(0, 32)}`;
      return claims.claim(key, 'The Google account', options);
    },
    async close() {
      await claims.close();
      await database.close();
    },
  };
}
