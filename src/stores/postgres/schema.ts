/** The tables of a shared store, made and changed by numbered steps. */

import type { PoolClient } from 'pg';
import { MailError } from '../../errors.js';
import { type Database, databaseError } from './database.js';

/** One at a time over all computers; the number is this program's own. */
const LOCK_KEY = 7_305_811;

/**
 * The steps, in their order; what has been released is never changed. `{schema}` is the schema that the tables are
 * in: a rehearsal has one of its own.
 */
const STEPS: readonly string[] = [
  `
  create table {schema}.store (id uuid not null default gen_random_uuid());
  insert into {schema}.store default values;
  -- Raised by each claim: who was overtaken names a generation that is past, and changes nothing.
  create table {schema}.fence (
    key text primary key,
    generation bigint not null,
    holder jsonb not null
  );
  create table {schema}.site (key text primary key, name text not null, record jsonb not null);
  create table {schema}.secret (
    site_key text not null,
    slot text not null,
    sealed bytea not null,
    primary key (site_key, slot)
  );
  create table {schema}.recipient (
    name text primary key,
    recipient text not null unique,
    added_at timestamptz not null default now(),
    added_by text not null
  );
  create table {schema}.history (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    site text not null,
    event jsonb not null
  );
  create index history_of_site on {schema}.history (site, id);
  `,
];

/**
 * Brings the tables up to date.
 *
 * @returns the store's own id
 * @throws MailError `storage` where a newer program has changed them; as `databaseError`
 */
export async function prepareSchema(database: Database, schema: string): Promise<string> {
  const known = await readId(database, schema);
  if (known !== null) return known;
  const client = await database.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`create table if not exists ${schema}.version (version integer not null)`);
    const version = await readVersion(client, schema);
    requireNotNewer(version, database);
    for (const step of STEPS.slice(version)) {
      await client.query(step.replaceAll('{schema}', schema));
    }
    await client.query(`delete from ${schema}.version`);
    await client.query(`insert into ${schema}.version values ($1)`, [STEPS.length]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw databaseError(error, database.description);
  } finally {
    client.release();
  }
  const id = await readId(database, schema);
  if (id === null) throw new TypeError('the schema was made and is not there');
  return id;
}

/** The store's id, if its tables are of this version; null if they have to be made or changed first. */
async function readId(database: Database, schema: string): Promise<string | null> {
  const { rows } = await database.query('select to_regclass($1) is not null as there', [
    `${schema}.version`,
  ]);
  if (rows[0]?.there !== true) return null;
  const versions = await database.query(`select version from ${schema}.version`);
  const version = Number(versions.rows[0]?.version ?? 0);
  requireNotNewer(version, database);
  if (version < STEPS.length) return null;
  const ids = await database.query(`select id from ${schema}.store`);
  return String(ids.rows[0]?.id);
}

async function readVersion(client: PoolClient, schema: string): Promise<number> {
  const { rows } = await client.query(`select version from ${schema}.version`);
  return Number(rows[0]?.version ?? 0);
}

function requireNotNewer(version: number, { description }: Database): void {
  if (version <= STEPS.length) return;
  throw new MailError(
    'storage',
    `The tables in ${description} were made by a newer version of writeupp-mail.`,
    'Update writeupp-mail on this computer. Nothing was changed.',
  );
}
