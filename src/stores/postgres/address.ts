/** The address of a shared PostgreSQL, read as libpq reads it: where it is, and how the connection is protected. */

import { isIP } from 'node:net';
import type { ClientConfig } from 'pg';
import { MailError } from '../../errors.js';

/** Where a database is, and how it is reached. */
export interface DatabaseAddress {
  readonly config: ClientConfig;
  /** In words, without user or password. */
  readonly description: string;
  /** `sslmode=prefer`, which is also the default: without TLS where the server has none. */
  readonly mayBePlain: boolean;
}

/** PostgreSQL 15, 34.19.1. `allow` is read as `prefer`: TLS wherever there is any. */
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=…`.
 *
 * @throws MailError `invalid-settings`, which never quotes the address: there may be a password in it
 */
export async function readAddress(text: string): Promise<DatabaseAddress> {
  const { parse, toClientConfig } = await import('pg-connection-string');
  const url = withMode(text);
  const mode = url.searchParams.get('sslmode') ?? '';
  let config: ClientConfig;
  try {
    config = toClientConfig(parse(url.href, { useLibpqCompat: true }));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined ? unreadable() : noCertificate(error);
  }
  const host = config.host || 'localhost';
  const isSocket = host.startsWith('/');
  const { ssl } = config;
  return {
    config: {
      ...config,
      host,
      // A socket of this computer has no TLS. Of a number, Node would compare the certificate with "localhost".
      ssl:
        isSocket || typeof ssl !== 'object'
          ? false
          : { ...ssl, ...(isIP(host) === 0 ? {} : { host }) },
    },
    description: describe(config.database, host, isSocket, config.port),
    mayBePlain: mode === 'prefer',
  };
}

function withMode(text: string): URL {
  if (!/^postgres(?:ql)?:\/\//i.test(text) || !URL.canParse(text)) throw unreadable();
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode') ?? 'prefer';
  if (!MODES.includes(mode)) {
    throw new MailError(
      'invalid-settings',
      'WRITEUPP_MAIL_STORE names an sslmode that is not known.',
      `Write one of these: ${MODES.join(', ')}. Only verify-full makes sure that it is the right server.`,
    );
  }
  if (mode === 'verify-ca' && !url.searchParams.has('sslrootcert')) {
    throw new MailError(
      'invalid-settings',
      'WRITEUPP_MAIL_STORE asks for sslmode=verify-ca, and names no root certificate.',
      'Add &sslrootcert=FILE to it, or use sslmode=verify-full.',
    );
  }
  // libpq 16: the roots that this computer trusts, and then nothing less than the whole check.
  const isSystem = url.searchParams.get('sslrootcert') === 'system';
  if (isSystem) url.searchParams.delete('sslrootcert');
  url.searchParams.set('sslmode', isSystem ? 'verify-full' : mode === 'allow' ? 'prefer' : mode);
  return url;
}

function describe(
  database: string | undefined,
  host: string,
  isSocket: boolean,
  port: number | undefined,
): string {
  const what = database === undefined ? 'the database' : `the database ${database}`;
  if (isSocket) return `${what} on this computer`;
  return `${what} on ${host}${port === undefined ? '' : `:${port}`}`;
}

function unreadable(): MailError {
  return new MailError(
    'invalid-settings',
    'WRITEUPP_MAIL_STORE can’t be read as the address of a PostgreSQL database.',
    'It looks like this: postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full\nA character such as @ or / in the password must be written as %40 or %2F.',
  );
}

function noCertificate(error: unknown): MailError {
  return new MailError(
    'invalid-settings',
    'A certificate file that WRITEUPP_MAIL_STORE names can’t be read.',
    'Check the files named by sslrootcert, sslcert and sslkey in it.',
    {},
    error,
  );
}
