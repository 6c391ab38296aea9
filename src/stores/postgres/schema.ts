/** The tables of a shared store, created and changed in numbered steps. */

import { MailError } from '../../errors.js';
import type { Database, RunStatement } from './database.js';

/** The advisory lock for changes of the schema; the number is this program's own. */
const LOCK_KEY = 7_305_811;

/**
 * The steps, in order; a released step is never changed. `{schema}` is the schema of the tables: a rehearsal has its
 * own. Reading must work without the steps after the first: a dry run makes no changes.
 */
const STEPS: readonly string[] = [
  `
  create table {schema}.store (id uuid not null default gen_random_uuid());
  insert into {schema}.store default values;
  -- Raised by each claim: who was overtaken names a generation that is past, and changes nothing.
  create table {schema}.fence (
    key text primary key,
    generation bigint not null,
    holder jsonb not null,
    claimed_at timestamptz not null
  );
  create table {schema}.site (key text primary key, name text not null, record jsonb not null);
  create table {schema}.secret (
    site_key text not null,
    slot text not null,
    sealed bytea not null,
    primary key (site_key, slot)
  );
  -- Who can open the secrets. Its generation is raised by each change: who seals for a list that is past, seals again.
  create table {schema}.team (generation bigint not null);
  insert into {schema}.team values (0);
  create table {schema}.recipient (
    name text primary key,
    recipient text not null unique,
    added_at timestamptz not null default now(),
    added_by text not null
  );
  create table {schema}.history (
    number bigint generated always as identity primary key,
    id uuid not null unique,
    site text not null,
    event jsonb not null
  );
  create index history_of_site on {schema}.history (site, number);
  `,
  `
  -- Another one for each claim: after a failover to an older copy, two claims can have one generation.
  alter table {schema}.fence add column claim uuid not null default gen_random_uuid();
  `,
  `
  -- The generation of the team that each is sealed for; null where a program that knows of none stored it meanwhile.
  alter table {schema}.secret add column generation bigint;
  update {schema}.secret set generation = (select generation from {schema}.team);
  `,
];

/** The oldest server that this program was tested with, as a `server_version_num`. */
const OLDEST_SERVER = 150_000;

/**
 * Brings the tables up to date.
 *
 * @param readOnly for a run that must change nothing: an older program's tables are left as they are
 * @returns the store's own id
 * @throws MailError `no-sites` if there are no tables and none may be created, `storage` if a newer program has changed
 *   them; as `databaseError` does
 */
export async function prepareSchema(
  database: Database,
  schema: string,
  readOnly: boolean,
): Promise<string> {
  const known = await readId(database, schema, readOnly);
  if (known !== null) return known;
  if (readOnly) throw notReady(database);
  await database.transaction(async (run) => {
    // One run at a time on all computers, until the end of the transaction.
    await run('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    if (!(await hasTables(run, schema))) {
      await requireServer(run, database);
      // If an administrator has created it, no right to create one is needed.
      if (!(await hasSchema(run, schema))) await run(`create schema ${schema}`);
      await run(`create table ${schema}.version (version integer not null)`);
      await run(`insert into ${schema}.version values (0)`);
    }
    const version = await readVersion(run, schema);
    requireNotNewer(version, database);
    for (const step of STEPS.slice(version)) await run(step.replaceAll('{schema}', schema));
    await run(`update ${schema}.version set version = $1`, [STEPS.length]);
  });
  const id = await readId(database, schema, readOnly);
  if (id === null) throw new TypeError('the schema was made and is not there');
  return id;
}

/** The store's id; null if its tables must be created or changed first. */
async function readId(
  database: Database,
  schema: string,
  readOnly: boolean,
): Promise<string | null> {
  if (!(await hasTables(database.query, schema))) return null;
  const version = await readVersion(database.query, schema);
  requireNotNewer(version, database);
  if (version < STEPS.length && !readOnly) return null;
  const ids = await database.query(`select id from ${schema}.store`);
  return String(ids.rows[0]?.id);
}

/** Reads the catalogue itself: inside a transaction, `to_regclass` can give an answer from before it waited. */
async function hasTables(run: RunStatement, schema: string): Promise<boolean> {
  const { rowCount } = await run(
    "select 1 from pg_tables where schemaname = $1 and tablename = 'version'",
    [schema],
  );
  return rowCount === 1;
}

async function hasSchema(run: RunStatement, schema: string): Promise<boolean> {
  const { rowCount } = await run('select 1 from pg_namespace where nspname = $1', [schema]);
  return rowCount === 1;
}

async function readVersion(run: RunStatement, schema: string): Promise<number> {
  const { rows } = await run(`select version from ${schema}.version`);
  return Number(rows[0]?.version ?? 0);
}

async function requireServer(run: RunStatement, { description }: Database): Promise<void> {
  const { rows } = await run("select current_setting('server_version_num')::int as version");
  if (Number(rows[0]?.version) >= OLDEST_SERVER) return;
  throw new MailError(
    'invalid-settings',
    `PostgreSQL 15 or newer is needed, and ${description} is older.`,
    'Ask your database administrator to update it. Nothing was changed.',
  );
}

function requireNotNewer(version: number, { description }: Database): void {
  if (version <= STEPS.length) return;
  throw new MailError(
    'storage',
    `The tables in ${description} were made by a newer version of writeupp-mail.`,
    'Update writeupp-mail on this computer. Nothing was changed.',
  );
}

function notReady({ description }: Database): MailError {
  return new MailError(
    'no-sites',
    `There is nothing on record in ${description}: its tables are still to be made.`,
    'Any command that may change something makes them, for example: writeupp-mail site list',
  );
}
