/** SMTP servers: what it takes to reach one. */

import { MailError } from '../../errors.js';
import { isDomain } from '../../sites/address.js';
import type { SmtpServer } from './smtp-options.js';

export interface MailServer extends SmtpServer {
  /** Null if there is nothing to log in with. */
  readonly password: string | null;
  /** The site whose SMTP settings these are; null for the WriteUpp mail server. */
  readonly site: string | null;
}

/** RFC 5321 2.3.1. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Reads WRITEUPP_MAIL_SERVER: `smtps://user:password@host:465` (TLS from the first byte) or
 * `smtp://user:password@host:587` (STARTTLS required; not on loopback, where nothing leaves the computer).
 * User and password are percent-encoded, and can be left out for a server that needs none.
 *
 * @throws MailError `no-mail-server` if it is not set; `invalid-settings`, which never repeats the value,
 *   since it may hold a password
 */
export function parseMailServer(value: string | undefined): MailServer {
  if (value === undefined) throw noMailServer();
  const url = URL.canParse(value) ? new URL(value) : null;
  const isTls = url?.protocol === 'smtps:';
  if (url === null || (!isTls && url.protocol !== 'smtp:')) {
    throw invalid('must begin with smtps:// or smtp://');
  }
  if (!isHost(url.hostname)) throw invalid('must name a server');
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
    throw invalid('must end after the port');
  }
  const user = decoded(url.username);
  const password = decoded(url.password);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 465 : 587) : Number(url.port),
    security: isTls ? 'tls' : LOOPBACK.has(url.hostname) ? 'none' : 'starttls',
    user: user === '' ? null : user,
    // Without a password there is nothing to log in with; a server that wants one says so.
    password: password === '' ? null : password,
    site: null,
  };
}

function isHost(hostname: string): boolean {
  return hostname !== '' && (hostname.startsWith('[') || isDomain(hostname));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('has a user or password that is not percent-encoded');
  }
}

function noMailServer(): MailError {
  return new MailError(
    'no-mail-server',
    'This site sends by the WriteUpp mail server, and its address is not set on this computer.',
    'Nothing was sent.\nSet WRITEUPP_MAIL_SERVER to the address that WriteUpp support gives you, for example smtps://user:password@mail.example:465\nOr connect a Gmail account: writeupp-mail sign-in',
    { sent: 'no' },
  );
}

function invalid(rule: string): MailError {
  return new MailError(
    'invalid-settings',
    `WRITEUPP_MAIL_SERVER ${rule}.`,
    'Nothing was sent.\nIt looks like this: smtps://user:password@mail.example:465',
    { sent: 'no' },
  );
}
