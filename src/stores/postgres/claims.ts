/**
 * Claims in a shared database. Two things make one:
 *
 * - An advisory lock of this run's own connection, so that others wait, and a claim ends with the run that has it.
 * - A generation, raised by each claim. Whoever changes something names the generation of their claim, so a run that
 *   was overtaken changes nothing any more, however late its statement arrives.
 *
 * A connection can end under a run that lives: the server restarts, a network drops what was silent for long. The run
 * then takes its locks again. If nobody came in between, the generation is still its own, and it goes on. After a
 * restart, which ends all connections at once, whoever waits lets those who had a claim before it go first.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, QueryResult } from 'pg';
import { MailError } from '../../errors.js';
import type { LockOptions } from '../../storage/lock.js';
import { describeHolder, type LockHolder, parseHolder } from '../../storage/lock-holder.js';
import { oneAtATime } from '../../storage/one-at-a-time.js';
import { type Turn, waitForTurn } from '../../storage/wait-for-turn.js';
import { type Database, prepared } from './database.js';
import { behindPooler, isPassing } from './database-error.js';

const POLL_MS = 100;
/**
 * Whether a claim `f` is of before a restart of the server, and its run may be about to take it again. A run that lives
 * tries to connect several times a second.
 */
const IS_LEFT_TO_ITS_RUN = `(
  f.claimed_at < pg_postmaster_start_time()
  and clock_timestamp() < pg_postmaster_start_time() + interval '1 second'
)`;

/**
 * A computer that lost its power says no goodbye: its claims end after a minute of silence. One that waits for a
 * person is never ended for being idle.
 */
const SESSION = `
  set tcp_keepalives_idle = 30;
  set tcp_keepalives_interval = 10;
  set tcp_keepalives_count = 3;
  set idle_session_timeout = 0;
`;

/** A claim of a key. */
export interface KeyClaim {
  readonly id: string;
  readonly generation: string;
  /** @throws MailError `site-busy` if the claim was lost meanwhile; as `databaseError` */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

/** The connection of the claims, which several sites share: their statements wait for each other here. */
interface Session {
  query(text: string, values: readonly unknown[]): Promise<QueryResult>;
  end(): Promise<void>;
}

/** The claims of one run. */
export interface Claims {
  /**
   * Claims a key; waits up to 15 seconds for another run, on whichever computer.
   *
   * @param what what is claimed, as it begins a sentence
   * @throws MailError `site-busy` that names the holder, `interrupted`; as `databaseError`
   */
  claim(key: string, what: string, options: LockOptions): Promise<KeyClaim>;
  close(): Promise<void>;
}

/** The claims of this run in a database. Nothing is connected before the first. */
export function openClaims(database: Database, schema: string): Claims {
  /** A lock of a connection's own does not keep that connection out: within the run, this does. */
  const taken = new Set<string>();
  const locked = new Set<string>();
  let session: Promise<Session> | null = null;
  let isClosed = false;

  // The schema is part of the name: a rehearsal claims nothing of the real sites.
  const lockName = (key: string) => `${schema} ${key}`;

  function connection(): Promise<Session> {
    if (session === null) {
      const opening = open();
      session = opening;
      opening.catch(() => {
        if (session === opening) session = null;
      });
    }
    return session;
  }

  async function open(): Promise<Session> {
    const client = await database.session();
    try {
      await client.query(SESSION);
      await refusePooling(client, database);
      for (const key of locked) {
        await client.query('select pg_try_advisory_lock(hashtextextended($1, 0))', [lockName(key)]);
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.once('end', () => {
      session = null;
      if (!isClosed && locked.size > 0) database.retrying(connection).catch(() => undefined);
    });
    const inTurn = oneAtATime();
    return {
      query: (text, values) => inTurn(() => client.query(prepared(text, values))),
      end: () => client.end(),
    };
  }

  // `case` keeps the order: a lock that is taken and not used would be nobody's.
  const taking = `
    with left_to_its_run as (select from ${schema}.fence as f where key = $1 and ${IS_LEFT_TO_ITS_RUN}),
    taken as (
      insert into ${schema}.fence as f (key, generation, holder, claimed_at)
      select $1, 1, $2, clock_timestamp() where case
        when exists (select from left_to_its_run) then false
        else pg_try_advisory_lock(hashtextextended($3, 0))
      end
      on conflict (key) do update
        set generation = f.generation + 1, holder = excluded.holder, claimed_at = excluded.claimed_at
      returning generation
    )
    select (select generation from taken), exists (select from left_to_its_run) as is_left`;

  /** Takes the lock and raises the generation, or gives null. */
  async function take(key: string, command: string): Promise<string | null> {
    if (taken.has(key)) return null;
    taken.add(key);
    let generation: string | null = null;
    try {
      generation = await database.retrying(async () => {
        const client = await connection();
        try {
          for (;;) {
            const { rows } = await client.query(taking, [key, contentOf(command), lockName(key)]);
            const { generation: raised, is_left } = rows[0] ?? {};
            if (raised !== null) return String(raised);
            if (is_left !== true) return null;
            await sleep(POLL_MS);
          }
        } catch (error) {
          // Without an answer it is not known whether the lock was taken: it ends with the connection.
          if (isPassing(error)) await client.end().catch(() => undefined);
          throw error;
        }
      });
      return generation;
    } finally {
      if (generation === null) taken.delete(key);
    }
  }

  function claimOf(key: string, generation: string, what: string): KeyClaim {
    locked.add(key);
    let isReleased = false;
    return {
      id: randomUUID(),
      generation,
      async assertHeld() {
        const { rowCount } = await database.query(
          `select 1 from ${schema}.fence where key = $1 and generation = $2`,
          [key, generation],
        );
        if (rowCount !== 1 || isReleased) throw lost(what);
      },
      async release() {
        if (isReleased) return;
        isReleased = true;
        locked.delete(key);
        const client = await session?.catch(() => null);
        await client
          ?.query('select pg_advisory_unlock(hashtextextended($1, 0))', [lockName(key)])
          .catch(() => client.end().catch(() => undefined));
        taken.delete(key);
      },
    };
  }

  return {
    async claim(key, what, options) {
      const turn: Turn<string> = {
        take: () => take(key, options.command),
        holder: () => readHolder(database, schema, key),
        busy: (holder) => busy(what, holder),
        pollMs: POLL_MS,
      };
      return claimOf(key, await waitForTurn(turn, options), what);
    },
    async close() {
      isClosed = true;
      await (await session?.catch(() => null))?.end();
    },
  };
}

/**
 * A pooler that gives a connection away after each transaction (PgBouncer's `pool_mode = transaction`) gives away the
 * locks with it. Behind a pooler, the server's process has another number than the one that was told at the log in;
 * if two connections of ours then have one process, it is of that kind.
 */
async function refusePooling(client: Client, database: Database): Promise<void> {
  const processOf = async (each: Client) =>
    Number((await each.query('select pg_backend_pid() as pid')).rows[0]?.pid);
  const first = await processOf(client);
  if ((client as { processID?: unknown }).processID === first) return;
  const other = await database.session();
  try {
    if ((await processOf(other)) !== first) return;
  } finally {
    await other.end().catch(() => undefined);
  }
  throw behindPooler(database.description);
}

async function readHolder(
  database: Database,
  schema: string,
  key: string,
): Promise<LockHolder | null> {
  const { rows } = await database.query(`select holder::text from ${schema}.fence where key = $1`, [
    key,
  ]);
  const text = rows[0]?.holder;
  return typeof text === 'string' ? parseHolder(text) : null;
}

function contentOf(command: string): string {
  const since = new Date().toISOString();
  return JSON.stringify({ pid: process.pid, host: hostname(), command, since });
}

function busy(what: string, holder: LockHolder | null): MailError {
  return new MailError(
    'site-busy',
    `${what} is in use by ${describeHolder(holder)}.`,
    'Wait until that run has ended, then run the command again.',
  );
}

/** The error of a claim that another run took over. */
export function lost(what: string): MailError {
  return new MailError(
    'site-busy',
    `${what} is no longer held by this run: its connection to the database ended, and another run took over.`,
    'Run the command again: it goes on from what is stored.',
  );
}
