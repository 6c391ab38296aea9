/** The connection to a shared PostgreSQL: opened when it is needed, and reopened after the server was away. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientBase, Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { interrupted } from '../../errors.js';
import { databaseError, isPassing, isUnknownHost, isWithoutTls } from './database-error.js';
import { readAddress } from './database-url.js';
import { refusePooling } from './pooler.js';

/** The most connections that one run keeps, in addition to the one for its claims. */
const POOL_MAX = 5;
/** How long connecting may take, in milliseconds. */
const CONNECT_MS = 10_000;
/** How long the server may work on a statement, and how long its answer is awaited: the server has given up by then. */
const STATEMENT_MS = 15_000;
const ANSWER_MS = 20_000;
/**
 * For how long what is safe to repeat is retried, in milliseconds: after the server has answered once, and before that.
 */
const RETRY_MS = 15_000;
const FIRST_RETRY_MS = 5_000;
const RETRY_PAUSE_MS = 250;

/**
 * What each connection starts with. Our own names are all qualified with their schema; other names are PostgreSQL's
 * own, whatever a role that may create things has put next to them. A computer that lost power closes no connection:
 * what it held is released after a minute of silence.
 */
const SESSION = `
  set search_path = pg_catalog, pg_temp;
  set statement_timeout = ${STATEMENT_MS};
  set tcp_keepalives_idle = 30;
  set tcp_keepalives_interval = 10;
  set tcp_keepalives_count = 3;
`;

export interface Waiting {
  readonly signal: AbortSignal;
  /** Called once whenever the database has to be waited for. */
  onWait(description: string): void;
}

export type RunStatement = (text: string, values?: readonly unknown[]) => Promise<QueryResult>;

/** A database, as the store uses it. Everything here waits for a server that restarts. */
export interface Database {
  /** Where it is, as shown to people, without user or password. */
  readonly description: string;
  /** Runs a statement that may be repeated: one that reads, or that changes nothing the second time. */
  readonly query: RunStatement;
  /** Repeats work while the server is away; each of its statements is a separate change. */
  attempts<T>(work: (run: RunStatement) => Promise<T>): Promise<T>;
  /** Runs statements as one change that may be repeated. @throws what `work` throws: then nothing was changed */
  transaction<T>(work: (run: RunStatement) => Promise<T>): Promise<T>;
  /** A separate connection outside the pool; the caller ends it. */
  session(): Promise<Client>;
  /** Repeats an attempt, which must be safe to repeat, while the server is away. */
  retrying<T>(attempt: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The names of prepared statements: each is planned once per connection. */
const names = new Map<string, string>();

/** A statement with values, to be prepared. Without values it may be several statements, which can't be. */
export function prepared(text: string, values: readonly unknown[]): QueryConfig {
  if (values.length === 0) return { text };
  const name = names.get(text) ?? `writeupp-mail ${names.size}`;
  names.set(text, name);
  return { name, text, values: [...values] };
}

/**
 * Opens a database. Does not connect before the first statement.
 *
 * @throws MailError `invalid-settings` if the address can't be read
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
  let isChecked = false;
  let pool: Pool | null = null;
  const current = () => {
    pool ??= newPool();
    return pool;
  };

  function newPool(): Pool {
    const made = new pg.Pool({ ...settings, ...plain(), max: POOL_MAX, onConnect: begin });
    // A connection that ends (when the server restarts) is replaced at the next statement, which gets the error.
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

  /** What is set behind a pooler could end up with another program: so this is checked first, and once. */
  async function begin(client: ClientBase): Promise<void> {
    if (!isChecked) await refusePooling(client, connected, description);
    isChecked = true;
    await client.query(SESSION);
  }

  /** Connects; without TLS if the server has none and the address allows it. */
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
