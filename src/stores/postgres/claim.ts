/**
 * Claims in a shared database: an advisory lock of a connection, so that a claim ends with the run that holds it, and
 * a generation that each claim raises, so that a run which was overtaken changes nothing any more.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, MailError } from '../../errors.js';
import type { LockOptions } from '../../storage/lock.js';
import { describeHolder, type LockHolder, parseHolder } from '../../storage/lock-holder.js';
import { type Database, databaseError, isLostConnection } from './database.js';

const WAIT_MS = 15_000;
const POLL_MS = 100;

/** A claim of a key. */
export interface KeyClaim {
  readonly id: string;
  readonly generation: string;
  /** On the claim's own connection. @throws MailError `site-busy` if the claim was lost; as `databaseError` */
  query(
    text: string,
    values: readonly unknown[],
  ): Promise<{
    readonly rowCount: number | null;
    readonly rows: readonly Record<string, unknown>[];
  }>;
  /** @throws MailError `site-busy` if the claim was lost meanwhile */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Claims a key; waits up to 15 seconds for another run, on whichever computer.
 *
 * @param what what is claimed, as it begins a sentence
 * @throws MailError `site-busy` that names the holder, `interrupted`; as `databaseError`
 */
export async function claimKey(
  database: Database,
  schema: string,
  key: string,
  what: string,
  options: LockOptions,
): Promise<KeyClaim> {
  const client = await database.connect();
  let isLost = false;
  const onEnd = () => {
    isLost = true;
  };
  client.on('error', onEnd);
  client.on('end', onEnd);
  const giveBack = () => {
    client.off('error', onEnd);
    client.off('end', onEnd);
    // Ended rather than given back: a connection's locks end with it, whatever state it is in.
    client.release(true);
  };
  const run = async (text: string, values: readonly unknown[]) => {
    if (isLost) throw lost(what);
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      if (isLost || isLostConnection(error)) throw lost(what);
      throw databaseError(error, database.description);
    }
  };
  try {
    await waitForLock(run, schema, key, what, options);
    const raised = await run(
      `insert into ${schema}.fence as f values ($1, 1, $2)
       on conflict (key) do update set generation = f.generation + 1, holder = $2
       returning generation`,
      [key, contentOf(options.command)],
    );
    const generation = String(raised.rows[0]?.generation);
    let isReleased = false;
    return {
      id: randomUUID(),
      generation,
      query: run,
      async assertHeld() {
        const found = await run(
          `select 1 from ${schema}.fence where key = $1 and generation = $2`,
          [key, generation],
        );
        if (found.rowCount !== 1) throw lost(what);
      },
      async release() {
        if (isReleased) return;
        isReleased = true;
        giveBack();
      },
    };
  } catch (error) {
    giveBack();
    throw error;
  }
}

type Run = (
  text: string,
  values: readonly unknown[],
) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>;

async function waitForLock(
  run: Run,
  schema: string,
  key: string,
  what: string,
  { onWait, signal }: LockOptions,
): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (let waited = false; ; waited = true) {
    if (signal.aborted) throw interrupted();
    // The schema is part of the name: a rehearsal claims nothing of the real sites.
    const { rows } = await run('select pg_try_advisory_lock(hashtextextended($1, 0)) as taken', [
      `${schema} ${key}`,
    ]);
    if (rows[0]?.taken === true) return;
    const holder = await readHolder(run, schema, key);
    if (!waited) onWait(holder);
    if (performance.now() >= deadline) throw busy(what, holder);
    await sleep(POLL_MS * (1 + Math.random()), undefined, { signal }).catch(() => {
      throw interrupted();
    });
  }
}

async function readHolder(run: Run, schema: string, key: string): Promise<LockHolder | null> {
  const { rows } = await run(`select holder::text from ${schema}.fence where key = $1`, [key]);
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

function lost(what: string): MailError {
  return new MailError(
    'site-busy',
    `${what} is no longer held by this run: its connection to the database ended.`,
    'Run the command again: it goes on from what is stored.',
  );
}
