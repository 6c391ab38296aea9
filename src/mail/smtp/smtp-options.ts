/** The nodemailer options for an SMTP server, shared so that a login is tested exactly as email is sent. */

import type { SmtpSecurity } from '../../sites/site.js';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  /** Null for a server that needs none. */
  readonly user: string | null;
}

/** How long a connection and the server's greeting may take, in milliseconds (RFC 5321 4.5.3.2 allows far more). */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long the server may be silent after that, in milliseconds. */
const SILENCE_TIMEOUT_MS = 20_000;

/**
 * `starttls` is required, never opportunistic: a password must not go out unencrypted because somebody on the
 * path removed the offer (RFC 3207, section 6).
 */
export function smtpOptions({ host, port, security }: SmtpServer) {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED can't switch it off.
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const },
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
  };
}
