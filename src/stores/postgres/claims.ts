/**
 * Claims in a shared database. A claim consists of two things:
 *
 * - An advisory lock on this run's own connection, which makes others wait, and which ends with the run.
 * - A generation, raised by each claim, together with a random id, since after a failover to an older copy the same
 *   generation can be given out twice. Every change names both, so a run that was overtaken can change nothing any
 *   more, however late its statement arrives. If the answer to a change was lost, the run takes another id before it
 *   repeats the change or reports what is stored: by then the lost change has either been made, or never will be.
 *
 * A connection can end while its run lives on: the server restarts, or a network drops connections that have been idle
 * for long. The run then takes its locks again. If nobody came in between, the fence is still its own, and it goes on.
 * After a restart, which ends all connections at once, waiting runs let those that had a claim before it go first.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryResult } from 'pg';
import type { Fence } from '../../credentials/credential-store.js';
import { MailError } from '../../errors.js';
import type { Claim } from '../../sites/site-store.js';
import type { LockOptions } from '../../storage/lock.js';
import { describeHolder, type LockHolder, parseHolder } from '../../storage/lock-holder.js';
import { oneAtATime } from '../../storage/one-at-a-time.js';
import { type Turn, waitForTurn } from '../../storage/wait-for-turn.js';
import { type Database, prepared, type RunStatement } from './database.js';
import { isPassing } from './database-error.js';

const POLL_MS = 100;
/**
 * For how long a claim is left to the run that had it before a restart, in milliseconds, counted from when this is
 * first seen, whatever the server's clock says.
 */
const LEFT_MS = 4_000;
/**
 * Whether a claim `f` dates from before a restart of the server, and its run may be about to take it again. A run that
 * is alive tries to connect several times a second.
 */
const IS_LEFT_TO_ITS_RUN = `(
  f.claimed_at < pg_postmaster_start_time()
  and clock_timestamp() < pg_postmaster_start_time() + interval '3 seconds'
)`;

/** A run that is waiting for a person must not be ended for being idle. */
const IDLE = 'set idle_session_timeout = 0';

/** Identifies a claim among all others of its key, in the table of fences. */
const TOKEN = "f.generation || ' ' || f.claim";

/**
 * A query that returns a row if a claim still holds. The row is locked as it is read: a claim that raises the
 * generation waits for a change under way, and a later change sees it.
 *
 * @param key and @param token the statement's placeholders for the two
 */
export function holding(schema: string, key: string, token: string): string {
  return `select 1 from ${schema}.fence as f where f.key = ${key} and ${TOKEN} = ${token} for share`;
}

/**
 * Runs a statement that changes something under a claim, and that checks with `holding` whether the claim holds.
 *
 * @param fence absent if what the statement changes belongs to no site
 * @param values makes the statement's values from the fence as it is at that moment
 */
export async function changeUnder(
  database: Database,
  schema: string,
  fence: Fence | undefined,
  text: string,
  values: () => readonly unknown[],
): Promise<QueryResult> {
  return database.attempts(async (run) => {
    if (fence !== undefined) await renewed(run, schema, fence);
    try {
      return await run(text, values());
    } catch (error) {
      if (fence !== undefined && isPassing(error)) fence.nextId ??= randomUUID();
      throw error;
    }
  });
}

/**
 * Gives a claim another id after an answer was lost. A change under way locks the row, so it is over once this is done,
 * and one that arrives later finds another id. A claim that now belongs to another run is left as it is: that fences as
 * well.
 */
async function renewed(run: RunStatement, schema: string, fence: Fence): Promise<void> {
  if (fence.nextId === null) return;
  // The answer to this can be lost too: then the fence has the next id already.
  const { rows } = await run(
    `update ${schema}.fence as f set claim = $3
     where f.key = $1 and (${TOKEN} = $2 or f.claim = $3) returning ${TOKEN} as token`,
    [fence.key, fence.token, fence.nextId],
  );
  fence.token = rows[0]?.token ?? fence.token;
  fence.nextId = null;
}

interface KeyClaim extends Claim {
  readonly id: string;
  /** @throws MailError `site-busy` once it was released */
  readonly fence: Fence;
}

/** The connection for claims, shared by several sites: their statements take turns on it. */
interface Session {
  query(text: string, values: readonly unknown[]): Promise<QueryResult>;
  end(): Promise<void>;
}

/** The claims of one run. */
export interface Claims {
  /**
   * Claims a key; waits up to 15 seconds for another run, on any computer.
   *
   * @param what what is claimed, as at the start of a sentence
   * @throws MailError `site-busy`, naming the holder; `interrupted`; as `databaseError` does
   */
  claim(key: string, what: string, options: LockOptions): Promise<KeyClaim>;
  /** Makes sure that no change to a key's data that this run has sent can still arrive. */
  settle(key: string): Promise<void>;
  close(): Promise<void>;
}

/** The claims of this run in a database. Does not connect before the first one. */
export function openClaims(database: Database, schema: string): Claims {
  /** A connection's own lock does not keep that connection out: within the run, this does. */
  const taken = new Set<string>();
  const locked = new Set<string>();
  /** The fences of claims that are held, and of those for which an answer was lost. */
  const fences = new Map<string, Fence>();
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
      await client.query(IDLE);
      // All at once: after a restart, runs that are waiting let this one go first for a moment only.
      const relocking =
        'select pg_try_advisory_lock(hashtextextended(name, 0)) from unnest($1::text[]) as held(name)';
      await client.query(prepared(relocking, [Array.from(locked, lockName)]));
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.once('end', () => {
      session = null;
      if (!isClosed && locked.size > 0) database.retrying(connection).catch(() => undefined);
    });
    const inTurn = oneAtATime();
    let ending: Promise<void> | undefined;
    return {
      query: (text, values) => inTurn(() => client.query(prepared(text, values))),
      // Only once, even if several sites lose it at a time: each call would add a listener.
      end() {
        ending ??= client.end();
        return ending;
      },
    };
  }

  // `case` fixes the order of evaluation: a lock that was taken but not recorded would be nobody's.
  const taking = `
    with left_to_its_run as (
      select from ${schema}.fence as f where $5::boolean and key = $1 and ${IS_LEFT_TO_ITS_RUN}
    ),
    taken as (
      insert into ${schema}.fence as f (key, generation, claim, holder, claimed_at)
      select $1, 1, $4, $2, clock_timestamp() where case
        when exists (select from left_to_its_run) then false
        else pg_try_advisory_lock(hashtextextended($3, 0))
      end
      on conflict (key) do update
        set generation = f.generation + 1, claim = excluded.claim, holder = excluded.holder,
          claimed_at = excluded.claimed_at
      returning ${TOKEN} as token
    )
    select (select token from taken), exists (select from left_to_its_run) as is_left`;

  /** Takes the lock and raises the generation, or returns null. @param left for the whole wait; it is set here */
  async function take(
    key: string,
    id: string,
    command: string,
    left: { until: number },
  ): Promise<string | null> {
    if (taken.has(key)) return null;
    taken.add(key);
    let token: string | null = null;
    try {
      token = await database.retrying(async () => {
        const client = await connection();
        try {
          for (;;) {
            const mayBeLeft = performance.now() < left.until;
            const values = [key, contentOf(command), lockName(key), id, mayBeLeft];
            const { rows } = await client.query(taking, values);
            const { token: given, is_left } = rows[0] ?? {};
            if (given !== null) return String(given);
            if (is_left !== true) {
              // Nothing is left to anybody any more: another restart would start the count again.
              if (mayBeLeft) left.until = Number.POSITIVE_INFINITY;
              return null;
            }
            left.until = Math.min(left.until, performance.now() + LEFT_MS);
            await sleep(POLL_MS);
          }
        } catch (error) {
          // Without an answer, nobody knows whether the lock was taken: it ends with the connection.
          if (isPassing(error)) await client.end().catch(() => undefined);
          throw error;
        }
      });
      return token;
    } finally {
      if (token === null) taken.delete(key);
    }
  }

  function claimOf(id: string, fence: Fence, what: string): KeyClaim {
    const { key } = fence;
    locked.add(key);
    fences.set(key, fence);
    let isReleased = false;
    return {
      id,
      get fence() {
        if (isReleased) throw lost(what);
        return fence;
      },
      async confirm() {
        const { rowCount } = await database.query(holding(schema, '$1', '$2'), [
          ...[key, fence.token],
        ]);
        if (rowCount !== 1 || isReleased) throw lost(what);
      },
      async release() {
        if (isReleased) return;
        isReleased = true;
        locked.delete(key);
        if (fence.nextId === null) fences.delete(key);
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
      const id = randomUUID();
      // When a claim stops being left to its run, by this computer's own count: the server's clock may have been set
      // back. The wait may start long before the restart.
      const left = { until: Number.POSITIVE_INFINITY };
      const turn: Turn<string> = {
        take: () => take(key, id, options.command, left),
        holder: () => readHolder(database, schema, key),
        busy: (holder) => busy(what, holder),
        pollMs: POLL_MS,
      };
      const token = await waitForTurn(turn, options);
      return claimOf(id, { key, token, nextId: null }, what);
    },
    async settle(key) {
      const fence = fences.get(key);
      if (fence === undefined || fence.nextId === null) return;
      await database.attempts((run) => renewed(run, schema, fence));
    },
    async close() {
      isClosed = true;
      await (await session?.catch(() => null))?.end();
    },
  };
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

/** The error for a claim that another run took over. */
export function lost(what: string): MailError {
  return new MailError(
    'site-busy',
    `${what} is no longer held by this run: its connection to the database ended, and another run took over.`,
    'Run the command again: it goes on from what is stored.',
  );
}
