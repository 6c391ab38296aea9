/** The records of sites in a PostgreSQL that several computers share. */

import { createHash } from 'node:crypto';
import { parseSite, serialiseSite } from '../../sites/record.js';
import type { Site } from '../../sites/site.js';
import { siteKey } from '../../sites/site-name.js';
import type { SiteStore } from '../../sites/site-store.js';
import { LEFT_TO_DO } from '../left-to-do.js';
import { claimKey } from './claim.js';
import { type Database, openDatabase } from './database.js';
import { prepareSchema } from './schema.js';

/** A store of sites, and the database that it is in, for the secrets of a team. */
export interface PostgresSiteStore extends SiteStore {
  readonly database: Database;
  readonly schema: string;
  /** The store's own id: entries of a keychain belong to it. */
  readonly id: string;
}

/**
 * Opens the store; its tables are made or brought up to date.
 *
 * @param isRehearsal a rehearsal has tables of its own
 * @throws MailError `invalid-settings`, `network`, `storage`
 */
export async function openPostgresSiteStore(
  address: string,
  isRehearsal: boolean,
): Promise<PostgresSiteStore> {
  const database = await openDatabase(address);
  const schema = isRehearsal ? 'writeupp_mail_rehearsal' : 'writeupp_mail';
  const id = await prepareSchema(database, schema);

  const parse = (record: unknown, name: string): Site => {
    const where = `The record of "${name}" in ${database.description}`;
    return parseSite(typeof record === 'string' ? record : JSON.stringify(record), where);
  };

  return {
    database,
    schema,
    id,
    description: database.description,
    leftToDo: LEFT_TO_DO,
    async names() {
      const { rows } = await database.query(
        `select key from ${schema}.site order by key collate "C"`,
      );
      return rows.map(({ key }) => String(key));
    },
    async read(name) {
      const { rows } = await database.query(`select record from ${schema}.site where key = $1`, [
        siteKey(name),
      ]);
      return rows.length === 0 ? null : parse(rows[0]?.record, name);
    },
    async claim(name, options) {
      const key = siteKey(name);
      const claim = await claimKey(database, schema, key, `The site "${name}"`, options);
      const held = `exists (select 1 from ${schema}.fence where key = $1 and generation = $2)`;
      return {
        id: claim.id,
        assertHeld: claim.assertHeld,
        async read() {
          const { rows } = await claim.query(`select record from ${schema}.site where key = $1`, [
            key,
          ]);
          return rows.length === 0 ? null : parse(rows[0]?.record, name);
        },
        async write(site) {
          const { rowCount } = await claim.query(
            `insert into ${schema}.site (key, name, record)
             select $1, $3, $4::jsonb where ${held}
             on conflict (key) do update set name = excluded.name, record = excluded.record`,
            [key, claim.generation, site.name, serialiseSite(site)],
          );
          if (rowCount !== 1) await claim.assertHeld();
        },
        async remove() {
          await claim.assertHeld();
          await claim.query(`delete from ${schema}.site where key = $1 and ${held}`, [
            key,
            claim.generation,
          ]);
        },
        release: claim.release,
      };
    },
    claimAccount(account, options) {
      const key = `@${createHash('sha256').update(account).digest('hex').slice(0, 32)}`;
      return claimKey(database, schema, key, 'The Google account', options);
    },
  };
}
