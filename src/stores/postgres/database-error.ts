/** The failures of a shared PostgreSQL in plain words. Never the server's own: they can quote data. */

import {
  CERTIFICATE_DATES,
  CERTIFICATE_NAME,
  UNTRUSTED_CERTIFICATE,
} from '../../certificate-codes.js';
import { type ErrorCode, MailError } from '../../errors.js';

interface Words {
  readonly when: (code: string) => boolean;
  readonly code: ErrorCode;
  /** `{database}` begins the sentence, or stands in it. */
  readonly message: string;
  readonly hint: string;
}

const among = (codes: readonly string[]) => (code: string) => codes.includes(code);

/** PgBouncer's `pool_mode = transaction`, or another pooler's like it: claims are lost there, and prepared statements. */
const POOLER: Omit<Words, 'when'> = {
  code: 'invalid-settings',
  message:
    'In front of {database} there is a pooler that gives each transaction another connection, so nothing can be claimed there.',
  hint: 'Ask whoever runs the database for an address that leads to PostgreSQL itself, or for a pooler with pool_mode = session.',
};

/** By SQLSTATE (PostgreSQL 15, appendix A) or by Node's code. */
const WORDS: readonly Words[] = [
  // A prepared statement that is not there, or there already: it was made on another connection.
  { when: among(['26000', '42P05']), ...POOLER },
  {
    when: among(['28P01']),
    code: 'invalid-settings',
    message: '{Database} did not accept the user or the password of WRITEUPP_MAIL_STORE.',
    hint: 'Ask whoever runs the database for the address with the right user and password.',
  },
  {
    when: among(['28000']),
    code: 'invalid-settings',
    message:
      '{Database} does not let the user of WRITEUPP_MAIL_STORE in from this computer, or not without TLS.',
    hint: 'Ask whoever runs the database for the right address. Where it asks for TLS, the address ends on ?sslmode=verify-full',
  },
  {
    when: among(['3D000']),
    code: 'invalid-settings',
    message: 'There is no such database: {database}.',
    hint: 'Ask whoever runs the database to make it, or correct WRITEUPP_MAIL_STORE.',
  },
  {
    when: among(['42501']),
    code: 'storage',
    message: '{Database} does not let this user do that.',
    hint: 'Ask whoever runs the database to let the user of WRITEUPP_MAIL_STORE make and change tables.',
  },
  {
    when: among(['25006']),
    code: 'storage',
    message: '{Database} can only be read: it is a copy, or set so.',
    hint: 'Ask whoever runs the database for the address of the one that can be changed.',
  },
  {
    when: among(['53100']),
    code: 'storage',
    message: 'The disk of {database} is full.',
    hint: 'Ask whoever runs the database to make room. Then run the command again.',
  },
  {
    when: among(CERTIFICATE_NAME),
    code: 'network',
    message:
      'The security certificate of {database} is for another name, so the connection was not used.',
    hint: 'Write the host in WRITEUPP_MAIL_STORE as the certificate names it, or ask whoever runs the database.',
  },
  {
    when: among(CERTIFICATE_DATES),
    code: 'network',
    message:
      'The security certificate of {database} is out of date, so the connection was not used.',
    hint: 'Check this computer’s date and time. If they are right, tell whoever runs the database.',
  },
  {
    when: (code) => among(UNTRUSTED_CERTIFICATE)(code) || /^(?:CERT_|ERR_TLS|ERR_SSL)/.test(code),
    code: 'network',
    message:
      'The security certificate of {database} is not trusted by this computer, so the connection was not used.',
    hint: 'Ask whoever runs the database for its root certificate, and name it in WRITEUPP_MAIL_STORE: sslrootcert=FILE',
  },
];

const NO_ANSWER = {
  code: 'network',
  message: '{Database} does not answer.',
  hint: 'Check the internet connection, and ask whoever runs the database whether it is up. Then run the command again.',
} as const;

const NO_TLS = {
  code: 'invalid-settings',
  message: '{Database} has no TLS, and WRITEUPP_MAIL_STORE asks for it.',
  hint: 'Ask whoever runs the database to turn TLS on. sslmode=disable is for a database on this computer, or on a network that nobody else can reach.',
} as const;

/** A failure of the database as an error in plain words. A MailError passes. */
export function databaseError(error: unknown, description: string): MailError {
  if (error instanceof MailError) return error;
  const code = codeOf(error);
  const words =
    WORDS.find(({ when }) => when(code)) ??
    (isWithoutTls(error) ? NO_TLS : isPassing(error) ? NO_ANSWER : null);
  if (words !== null) return told(words, description, error);
  const number = /^[0-9A-Z]{5}$/.test(code) ? ` (PostgreSQL error ${code})` : '';
  const unknown = {
    code: 'storage',
    message: `{Database} could not do what it was asked${number}.`,
    hint: 'Run the command again. If it happens again, tell whoever runs the database this number.',
  } as const;
  return told(unknown, description, error);
}

/** The refusal of a pooler through which nothing can be claimed. */
export function behindPooler(description: string): MailError {
  return told(POOLER, description);
}

function told(words: Omit<Words, 'when'>, description: string, cause?: unknown): MailError {
  const message = words.message
    .replace('{Database}', description.charAt(0).toUpperCase() + description.slice(1))
    .replace('{database}', description);
  return new MailError(words.code, message, words.hint, {}, cause);
}

/** Whether the server answered that it has no TLS. */
export function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

/**
 * Whether an error means that the connection is gone, that the server is starting or stopping, or that it has no
 * connection to give at this moment: what a later try can mend.
 */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(?:08|57P0[1-3]|53300)/.test(code)) return true;
  if (
    /^E(?:CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTFOUND|AI_AGAIN)$/.test(code)
  )
    return true;
  // The words of `pg` and `pg-pool`, which have no codes.
  const words = error instanceof Error ? error.message : '';
  return /connection terminated|^timeout e|client has encountered a connection error|not queryable|query read timeout/i.test(
    words,
  );
}

/** Whether the host has no address: told at once, since a server that restarts keeps its own. */
export function isUnknownHost(error: unknown): boolean {
  return /^E(?:NOTFOUND|AI_AGAIN)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
