/** The failures of a shared PostgreSQL in plain words, never in the server's own: they can quote data. */

import { MailError } from '../../errors.js';
import { explainBy, type Row } from '../../text/catalogue.js';
import { CERTIFICATE_DATES, CERTIFICATE_NAME, UNTRUSTED_CERTIFICATE } from '../../tls-errors.js';

interface About {
  /** What the database is called: within a sentence, and at the start of one. */
  readonly database: string;
  readonly atStart: string;
  /** The server's error number; empty if it gave none. */
  readonly number: string;
}

/** By SQLSTATE (PostgreSQL 15, appendix A), by Node's code, or by other signs if there is neither. */
type DatabaseRow = Row<unknown, About>;

const among = (codes: readonly string[]) => (error: unknown) => codes.includes(codeOf(error));

/** PgBouncer's `pool_mode = transaction`, or another pooler like it: claims and prepared statements get lost there. */
const POOLER: Omit<DatabaseRow, 'when'> = {
  code: 'invalid-settings',
  what: ({ database }) =>
    `In front of ${database} there is a pooler that gives each transaction another connection, so nothing can be claimed there.`,
  hint: [
    'Ask your database administrator for an address that leads to PostgreSQL itself, or for a pooler with pool_mode = session.',
  ],
};

/** The last row matches everything. */
const ROWS: readonly DatabaseRow[] = [
  // A prepared statement that is missing, or already there: it was made on another connection.
  { when: among(['26000', '42P05']), ...POOLER },
  {
    when: among(['28P01']),
    code: 'invalid-settings',
    what: ({ atStart }) =>
      `${atStart} did not accept the user or the password of WRITEUPP_MAIL_STORE.`,
    hint: ['Ask your database administrator for the address with the right user and password.'],
  },
  {
    when: among(['28000']),
    code: 'invalid-settings',
    what: ({ atStart }) =>
      `${atStart} does not let the user of WRITEUPP_MAIL_STORE in from this computer, or not without TLS.`,
    hint: [
      'Ask your database administrator for the right address. If it asks for TLS, the address ends with ?sslmode=verify-full',
    ],
  },
  {
    when: among(['3D000']),
    code: 'invalid-settings',
    what: ({ database }) => `There is no such database: ${database}.`,
    hint: ['Ask your database administrator to make it, or correct WRITEUPP_MAIL_STORE.'],
  },
  {
    when: among(['42501']),
    code: 'storage',
    what: ({ atStart }) => `${atStart} does not let this user do that.`,
    hint: [
      'Ask your database administrator to let the user of WRITEUPP_MAIL_STORE make and change tables, or to make a schema for it: create schema writeupp_mail authorization USER',
    ],
  },
  {
    when: among(['25006']),
    code: 'storage',
    what: ({ atStart }) => `${atStart} can only be read: it is a copy, or set so.`,
    hint: ['Ask your database administrator for the address of the one that can be changed.'],
  },
  {
    when: among(['53100']),
    code: 'storage',
    what: ({ database }) => `The disk of ${database} is full.`,
    hint: ['Ask your database administrator to make room. Then run the command again.'],
  },
  {
    when: among(['53300']),
    code: 'network',
    what: ({ atStart }) => `${atStart} has no connection to spare for this user.`,
    hint: [
      'Try again in a few minutes. If it goes on, ask your database administrator to allow this user more connections: each run of this program needs two at least, and up to six.',
    ],
  },
  {
    // The server itself stopped it, so it will not take effect later.
    when: among(['57014']),
    code: 'network',
    what: ({ atStart }) => `${atStart} took too long over a query, and stopped it.`,
    hint: [
      'Run the command again in a few minutes. If it goes on, ask your database administrator what keeps it busy.',
    ],
  },
  {
    when: among(['22P05', '22021']),
    code: 'storage',
    what: ({ atStart }) =>
      `${atStart} can’t hold a letter of these settings, because its encoding is not UTF8.`,
    hint: [
      'Ask your database administrator for one with the encoding UTF8: createdb --encoding=UTF8 --template=template0',
    ],
  },
  {
    when: among(CERTIFICATE_NAME),
    code: 'network',
    what: ({ database }) =>
      `The security certificate of ${database} is for another name, so the connection was not used.`,
    hint: [
      'Write the host in WRITEUPP_MAIL_STORE as the certificate names it, or ask your database administrator.',
    ],
  },
  {
    when: among(CERTIFICATE_DATES),
    code: 'network',
    what: ({ database }) =>
      `The security certificate of ${database} is out of date, so the connection was not used.`,
    hint: [
      'Check this computer’s date and time. If they are right, tell your database administrator.',
    ],
  },
  {
    when: (error) =>
      among(UNTRUSTED_CERTIFICATE)(error) || /^(?:CERT_|ERR_TLS|ERR_SSL)/.test(codeOf(error)),
    code: 'network',
    what: ({ database }) =>
      `The security certificate of ${database} is not trusted by this computer, so the connection was not used.`,
    hint: [
      'Ask your database administrator for its root certificate, and name it in WRITEUPP_MAIL_STORE: sslrootcert=FILE',
    ],
  },
  {
    when: isWithoutTls,
    code: 'invalid-settings',
    what: ({ atStart }) => `${atStart} has no TLS, and the settings ask for it.`,
    hint: [
      'Ask your database administrator to turn TLS on. sslmode=disable is for a database on this computer, or on a network that nobody else can reach.',
    ],
  },
  {
    // A socket is a file on this computer.
    when: isOfSocket,
    code: 'network',
    what: ({ atStart }) => `${atStart} does not answer.`,
    hint: [
      'Ask the person who looks after this computer whether PostgreSQL is running, and whether WRITEUPP_MAIL_STORE names the folder of its socket. Then run the command again.',
    ],
  },
  {
    when: isPassing,
    code: 'network',
    what: ({ atStart }) => `${atStart} does not answer.`,
    hint: [
      'Check the internet connection, and ask your database administrator whether it is up. Then run the command again.',
    ],
  },
  {
    when: () => true,
    code: 'storage',
    what: ({ atStart, number }) =>
      `${atStart} could not do what it was asked${number === '' ? '' : ` (PostgreSQL error ${number})`}.`,
    hint: ({ number }) => [
      `Run the command again. If it happens again, tell your database administrator${number === '' ? '' : ' this number'}.`,
    ],
  },
];

/** A failure of the database as an error in plain words. A MailError is passed on. */
export function databaseError(error: unknown, description: string): MailError {
  return error instanceof MailError ? error : explained(ROWS, error, description);
}

/** The error for a pooler behind which nothing can be claimed. */
export function behindPooler(description: string): MailError {
  return explained([{ when: () => true, ...POOLER }], undefined, description);
}

function explained(rows: readonly DatabaseRow[], error: unknown, database: string): MailError {
  const atStart = database.charAt(0).toUpperCase() + database.slice(1);
  const number = /^[0-9A-Z]{5}$/.exec(codeOf(error))?.[0] ?? '';
  const { code, what, hint } = explainBy(rows, error, { database, atStart, number });
  return new MailError(code, what, hint.join('\n'), {}, error);
}

/** Whether the server answered that it has no TLS. */
export function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

/**
 * Whether an error means that the connection is gone, that the server is starting or stopping, or that it has no
 * connection to spare at the moment: a later attempt may work.
 */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(?:08|57P0[1-3]|53300)/.test(code)) return true;
  // The socket of a stopped server is gone, or is left behind with nobody listening.
  if (isOfSocket(error)) return true;
  if (
    /^E(?:CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTFOUND|AI_AGAIN)$/.test(code)
  )
    return true;
  // The messages of `pg` and `pg-pool`, which have no codes.
  const words = error instanceof Error ? error.message : '';
  return /connection terminated|^timeout e|client has encountered a connection error|not queryable|query read timeout/i.test(
    words,
  );
}

/** Whether the host has no address: reported at once, since a server that restarts keeps its address. */
export function isUnknownHost(error: unknown): boolean {
  return /^E(?:NOTFOUND|AI_AGAIN)$/.test(codeOf(error));
}

/** Whether connecting to a socket on this computer failed, for any reason. */
function isOfSocket(error: unknown): boolean {
  const { syscall, address } = (error ?? {}) as { syscall?: unknown; address?: unknown };
  return syscall === 'connect' && typeof address === 'string' && address.startsWith('/');
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
