/** The connection to a shared PostgreSQL: opened as libpq reads its address, and its failures in plain words. */

import type { Pool, PoolClient, QueryResult } from 'pg';
import { MailError } from '../../errors.js';

/** How many connections one run keeps at the most: one for each site that it holds, and some for reading. */
const POOL_MAX = 10;
/** How long a connection may take, in milliseconds. */
const CONNECT_MS = 10_000;
/** How long a server that restarts is waited for where a repetition is safe, in milliseconds. */
const RETRY_MS = 15_000;
const RETRY_PAUSE_MS = 250;

/** A database, as the store uses it. */
export interface Database {
  /** Where it is, in words, without user or password. */
  readonly description: string;
  /** Runs a statement that may be repeated: one that reads, or changes nothing the second time. */
  query(text: string, values?: readonly unknown[]): Promise<QueryResult>;
  /** A connection of one's own; whoever takes it gives it back. */
  connect(): Promise<PoolClient>;
  close(): Promise<void>;
}

/**
 * Opens a pool of connections. Nothing is connected before the first query.
 *
 * @param address `postgres://…`, with `sslmode` as libpq means it (PostgreSQL 15, 34.19.1 "SSL Client Certificates")
 * @throws MailError `invalid-settings` for an address that can't be read
 */
export async function openDatabase(address: string): Promise<Database> {
  const { parse } = await import('pg-connection-string');
  const { default: pg } = await import('pg');
  const config = readAddress(address, (text) => parse(text, { useLibpqCompat: true }));
  const { host, port, database } = config;
  const pool: Pool = new pg.Pool({
    ...(config as object),
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'writeupp-mail',
  });
  // An idle connection that ends (a restart of the server) is replaced at the next query.
  pool.on('error', () => undefined);
  const description = `the database ${database ?? ''} on ${host ?? 'this computer'}${port == null ? '' : `:${port}`}`;
  return {
    description,
    query: (text, values = []) => untilItAnswers(() => pool.query(text, [...values]), description),
    connect: () => untilItAnswers(() => pool.connect(), description),
    close: () => pool.end(),
  };
}

/** A failure of the database as an error in plain words. A MailError passes. Never the server's own words: they can quote data. */
export function databaseError(error: unknown, description: string): MailError {
  if (error instanceof MailError) return error;
  const code = codeOf(error);
  if (code === '28P01' || code === '28000') {
    return new MailError(
      'invalid-settings',
      `${capital(description)} did not accept the user or the password of WRITEUPP_MAIL_STORE.`,
      'Ask whoever runs the database for the address with the right user and password.',
    );
  }
  if (code === '3D000') {
    return new MailError(
      'invalid-settings',
      `There is no such database: ${description}.`,
      'Ask whoever runs the database to make it, or correct WRITEUPP_MAIL_STORE.',
    );
  }
  if (code === '42501') {
    return new MailError(
      'storage',
      `${capital(description)} does not let this user do that.`,
      'Ask whoever runs the database to let the user of WRITEUPP_MAIL_STORE make and change tables.',
    );
  }
  if (/^(?:SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS)/.test(code)) {
    return new MailError(
      'network',
      `The security certificate of ${description} is not trusted by this computer, so the connection was not used.`,
      'Ask whoever runs the database for its root certificate, and name it in the address: sslrootcert=FILE',
    );
  }
  if (isLostConnection(error)) {
    return new MailError(
      'network',
      `${capital(description)} does not answer.`,
      'Check the internet connection, and ask whoever runs the database whether it is up. Then run the command again.',
    );
  }
  return new MailError(
    'storage',
    `${capital(description)} could not do what it was asked${/^[0-9A-Z]{5}$/.test(code) ? ` (PostgreSQL error ${code})` : ''}.`,
    'Run the command again. If it happens again, tell whoever runs the database this number.',
    {},
    error,
  );
}

/** Whether an error means that the connection is gone, or the server is starting or stopping. */
export function isLostConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(?:08|57P0)/.test(code)) return true;
  if (
    /^E(?:CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTFOUND|AI_AGAIN)$/.test(code)
  )
    return true;
  const words = error instanceof Error ? error.message : '';
  return /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i.test(
    words,
  );
}

async function untilItAnswers<T>(attempt: () => Promise<T>, description: string): Promise<T> {
  const deadline = performance.now() + RETRY_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      // What names a wrong host or port is told at once: only a server that was there is worth waiting for.
      const isPassing = isLostConnection(error) && !/^E(?:NOTFOUND|AI_AGAIN)$/.test(codeOf(error));
      if (!isPassing || performance.now() >= deadline) throw databaseError(error, description);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
  }
}

function readAddress<T>(address: string, parse: (text: string) => T): T {
  try {
    if (!/^postgres(?:ql)?:\/\//i.test(address)) throw new TypeError('not a PostgreSQL address');
    return parse(address);
  } catch {
    throw new MailError(
      'invalid-settings',
      'WRITEUPP_MAIL_STORE can’t be read as the address of a PostgreSQL database.',
      'It looks like this: postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full\nA character such as @ or / in the password must be written as %40 or %2F.',
    );
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
