/** The connection to a shared PostgreSQL: opened when it is needed, and again after the server was away. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientBase, Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { interrupted } from '../../errors.js';
import { databaseError, isPassing, isUnknownHost, isWithoutTls } from './database-error.js';
import { readAddress } from './database-url.js';
import { refusePooling } from './pooler.js';

/** How many connections one run keeps at the most, beside the one of its claims. */
const POOL_MAX = 5;
/** How long a connection may take, in milliseconds. */
const CONNECT_MS = 10_000;
/** How long the server works at a statement, and how long its answer is waited for: it has given up by then. */
const STATEMENT_MS = 15_000;
const ANSWER_MS = 20_000;
/** How long a server that was there is waited for where a repetition is safe, and one that never was, in milliseconds. */
const RETRY_MS = 15_000;
const FIRST_RETRY_MS = 5_000;
const RETRY_PAUSE_MS = 250;

/**
 * What each connection begins with. Every name of ours has its schema; other names are PostgreSQL's own, whatever a
 * role that may create something has put beside them. A computer that lost its power says no goodbye: what it held is
 * let go after a minute of silence.
 */
const SESSION = `
  set search_path = pg_catalog, pg_temp;
  set statement_timeout = ${STATEMENT_MS};
  set tcp_keepalives_idle = 30;
  set tcp_keepalives_interval = 10;
  set tcp_keepalives_count = 3;
`;

/** How this run waits for the database. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** Called once each time the database has to be waited for. */
  onWait(description: string): void;
}

/** What runs a statement. */
export type RunStatement = (text: string, values?: readonly unknown[]) => Promise<QueryResult>;

/** A database, as the store uses it. All of it waits for a server that restarts. */
export interface Database {
  /** Where it is, in words, without user or password. */
  readonly description: string;
  /** Runs a statement that may be repeated: one that reads, or changes nothing the second time. */
  readonly query: RunStatement;
  /** Tries work again while the server is away; its statements are each a change of their own. */
  attempts<T>(work: (run: RunStatement) => Promise<T>): Promise<T>;
  /** Runs statements as one change that may be repeated. @throws what `work` throws: nothing was changed then */
  transaction<T>(work: (run: RunStatement) => Promise<T>): Promise<T>;
  /** A connection of one's own, next to the pool; the caller ends it. */
  session(): Promise<Client>;
  /** Tries again what may be repeated while the server is away. */
  retrying<T>(attempt: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The names of the statements that are prepared: each is planned once a connection. */
const names = new Map<string, string>();

/** A statement with values, as one that is prepared. Without values it may be several, which can't be. */
export function prepared(text: string, values: readonly unknown[]): QueryConfig {
  if (values.length === 0) return { text };
  const name = names.get(text) ?? `writeupp-mail ${names.size}`;
  names.set(text, name);
  return { name, text, values: [...values] };
}

/**
 * Opens a database. Nothing is connected before the first statement.
 *
 * @throws MailError `invalid-settings` for an address that can't be read
 */
export async function openDatabase(text: string, waiting: Waiting): Promise<Database> {
  const { config, description, mayBePlain } = await readAddress(text);
  const { default: pg } = await import('pg');
  const settings = {
    ...config,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: CONNECT_MS,
    application_name: 'writeupp-mail',
  };
  let isPlain = false;
  let wasThere = false;
  let isLookedAt = false;
  let pool: Pool | null = null;
  const current = () => {
    pool ??= newPool();
    return pool;
  };

  function newPool(): Pool {
    const made = new pg.Pool({ ...settings, ...plain(), max: POOL_MAX, onConnect: begin });
    // A connection that ends (a restart of the server) is replaced at the next statement, which is told of it.
    made.on('error', () => undefined);
    made.on('connect', (client) => client.on('error', () => undefined));
    return made;
  }

  function plain(): { readonly ssl?: false } {
    return isPlain ? { ssl: false } : {};
  }

  async function connected(): Promise<Client> {
    const client = new pg.Client({ ...settings, ...plain() });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** What was set behind a pooler could be another program's next: so it is looked at first, and once. */
  async function begin(client: ClientBase): Promise<void> {
    if (!isLookedAt) await refusePooling(client, connected, description);
    isLookedAt = true;
    await client.query(SESSION);
  }

  /** Connects; without TLS where the server has none and the address allows it. */
  async function connecting<T>(connect: () => Promise<T>): Promise<T> {
    try {
      const made = await connect();
      wasThere = true;
      return made;
    } catch (error) {
      if (isPlain || !mayBePlain || !isWithoutTls(error)) throw error;
      isPlain = true;
      pool = null;
      return connecting(connect);
    }
  }

  async function withConnection<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await connecting(() => current().connect());
    let isGone = false;
    try {
      return await work(client);
    } catch (error) {
      isGone = isPassing(error);
      throw error;
    } finally {
      client.release(isGone);
    }
  }

  async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const began = performance.now();
    for (let waited = false; ; waited = true) {
      try {
        return await attempt();
      } catch (error) {
        const isOver = performance.now() - began >= (wasThere ? RETRY_MS : FIRST_RETRY_MS);
        if (!isPassing(error) || isUnknownHost(error) || isOver) {
          throw databaseError(error, description);
        }
      }
      if (waiting.signal.aborted) throw interrupted();
      if (!waited) waiting.onWait(description);
      await sleep(RETRY_PAUSE_MS, undefined, { signal: waiting.signal }).catch(() => {
        throw interrupted();
      });
    }
  }

  function attempts<T>(work: (run: RunStatement) => Promise<T>): Promise<T> {
    return retrying(() =>
      withConnection((client) =>
        work((statement, values = []) => client.query(prepared(statement, values))),
      ),
    );
  }

  return {
    description,
    retrying,
    query: (statement, values = []) => attempts((run) => run(statement, values)),
    attempts,
    transaction: (work) =>
      retrying(() =>
        withConnection(async (client) => {
          await client.query('begin');
          try {
            const done = await work((statement, values = []) =>
              client.query(statement, [...values]),
            );
            await client.query('commit');
            return done;
          } catch (error) {
            await client.query('rollback').catch(() => undefined);
            throw error;
          }
        }),
      ),
    session: () =>
      connecting(async () => {
        const client = await connected();
        try {
          await begin(client);
        } catch (error) {
          await client.end().catch(() => undefined);
          throw error;
        }
        return client;
      }),
    close: async () => pool?.end(),
  };
}
