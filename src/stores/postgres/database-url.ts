/**
 * The address of a shared PostgreSQL, read as libpq reads it: where the database is, and how the connection is
 * protected.
 */

import { isIP } from 'node:net';
import type { ClientConfig } from 'pg';
import { MailError } from '../../errors.js';
import { findPassword, type Login, passwordFilePath } from './password-file.js';

/** Where a database is, and how it is reached. */
export interface DatabaseAddress {
  readonly config: ClientConfig;
  /** As shown to people, without user or password. */
  readonly description: string;
  /** `sslmode=prefer`, which is also the default: without TLS if the server has none. */
  readonly mayBePlain: boolean;
}

/** PostgreSQL 15, 34.19.1. `allow` is read as `prefer`: TLS if there is any. */
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

const PORT = 5432;

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=…`. What it leaves out is read from libpq's
 * environment variables (PostgreSQL 15, 34.15), and a password given nowhere else from libpq's password file.
 *
 * @throws MailError `invalid-settings`, which never quotes the address: there may be a password in it
 */
export async function readAddress(
  text: string,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<DatabaseAddress> {
  const { parse, toClientConfig } = await import('pg-connection-string');
  const url = withVariables(parsed(text), variables);
  const mode = url.searchParams.get('sslmode') ?? '';
  let given: ClientConfig;
  try {
    given = toClientConfig(parse(url.href, { useLibpqCompat: true }));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined ? unreadable() : noCertificate(error);
  }
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = variables;
  const host = given.host || PGHOST || 'localhost';
  const port = given.port ?? (Number(PGPORT) || undefined);
  const user = given.user || PGUSER || variables.USER || variables.USERNAME;
  const database = given.database ?? (PGDATABASE || undefined);
  const isSocket = host.startsWith('/');
  const { ssl } = given;
  const description = describe(database, host, isSocket, port);
  const login = { host, port: port ?? PORT, database: database ?? user ?? '', user: user ?? '' };
  return {
    config: {
      ...given,
      host,
      ...(port === undefined ? {} : { port }),
      ...(user === undefined ? {} : { user }),
      ...(database === undefined ? {} : { database }),
      password: given.password || PGPASSWORD || (() => passwordOf(login, variables, description)),
      // A socket on this computer has no TLS. Given an IP address, Node would compare the certificate with "localhost".
      ssl:
        isSocket || typeof ssl !== 'object'
          ? false
          : { ...ssl, ...(isIP(host) === 0 ? {} : { host }) },
    },
    description,
    mayBePlain: mode === 'prefer',
  };
}

/** Parameters in which an @ needs no escaping, since nothing after it could have been meant as a host. */
const FREE_PARAMETERS = /([?&](?:user|password|host|options|application_name)=)[^&#]*/g;

/**
 * The address as a URL. An @ after the first / ? or # is the end of a password that is not escaped: what comes before
 * it would be taken for a host and a database, and be shown.
 */
function parsed(text: string): URL {
  const [, rest] = /^postgres(?:ql)?:\/\/[^/?#]*(.*)$/is.exec(text) ?? [];
  if (rest === undefined || rest.replace(FREE_PARAMETERS, '$1').includes('@')) throw unreadable();
  if (!URL.canParse(text)) throw unreadable();
  return new URL(text);
}

/** Adds everything about TLS that the variables say and the address does not. */
function withVariables(url: URL, variables: NodeJS.ProcessEnv): URL {
  const said = url.searchParams;
  const take = (name: string, variable: string) => {
    const value = variables[variable] ?? '';
    if (!said.has(name) && value !== '') said.set(name, value);
  };
  const place = said.has('sslmode') ? 'WRITEUPP_MAIL_STORE' : 'PGSSLMODE';
  take('sslmode', 'PGSSLMODE');
  const mode = said.get('sslmode') ?? 'prefer';
  if (!MODES.includes(mode)) {
    throw new MailError(
      'invalid-settings',
      `${place} names an sslmode that is not known.`,
      `Write one of these: ${MODES.join(', ')}. Only verify-full makes sure that it is the right server.`,
    );
  }
  if (mode !== 'disable') {
    take('sslrootcert', 'PGSSLROOTCERT');
    take('sslcert', 'PGSSLCERT');
    take('sslkey', 'PGSSLKEY');
  }
  if (mode === 'verify-ca' && !said.has('sslrootcert')) {
    throw new MailError(
      'invalid-settings',
      `${place} asks for sslmode=verify-ca, and no root certificate is named.`,
      'Add &sslrootcert=FILE to WRITEUPP_MAIL_STORE (or set PGSSLROOTCERT), or use sslmode=verify-full.',
    );
  }
  // libpq 16: the roots that this computer trusts, and then nothing short of the full check.
  const isSystem = mode !== 'disable' && said.get('sslrootcert') === 'system';
  if (isSystem) said.delete('sslrootcert');
  said.set('sslmode', isSystem ? 'verify-full' : mode === 'allow' ? 'prefer' : mode);
  return url;
}

/** Called only if the server asks for a password. */
async function passwordOf(
  login: Login,
  variables: NodeJS.ProcessEnv,
  description: string,
): Promise<string> {
  const found = await findPassword(login, passwordFilePath(variables));
  if (found.password !== null) return found.password;
  throw new MailError(
    'invalid-settings',
    `${description.charAt(0).toUpperCase()}${description.slice(1)} asks for a password, and none is set.`,
    found.isUnsafe
      ? `The file ${found.path} is not used, because other users of this computer can read it. Make it yours alone: chmod 600 ${found.path}`
      : `Put it into WRITEUPP_MAIL_STORE (postgres://USER:PASSWORD@…), or into the file ${found.path}: HOST:PORT:DATABASE:USER:PASSWORD`,
  );
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
    'Check the files named by sslrootcert, sslcert and sslkey in it, and by PGSSLROOTCERT, PGSSLCERT and PGSSLKEY.',
    {},
    error,
  );
}
