/** Connections that failed, by Node's code. */
import type { ErrorCode } from '../../src/errors.js';
import type { Requested } from './real-refusal.js';

/** Errors of a connection: Node's code, the library's words, and the row. */
export interface NetworkCase {
  readonly id: string;
  readonly operation: Requested;
  readonly networkCode: string;
  readonly reason: string;
  readonly code: ErrorCode;
  readonly sent?: 'no' | 'unknown';
}

export const NETWORK_CASES: readonly NetworkCase[] = (
  [
    [
      'tls-intercepted',
      'refresh',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'self-signed certificate in certificate chain',
      'network',
    ],
    [
      'tls-intercepted',
      'send',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'unable to verify the first certificate',
      'network',
    ],
    [
      'tls-intercepted',
      'send',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'unable to get local issuer certificate',
      'network',
    ],
    [
      'tls-intercepted',
      'send',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'self-signed certificate',
      'network',
    ],
    ['tls-dates', 'refresh', 'CERT_HAS_EXPIRED', 'certificate has expired', 'network'],
    ['tls-dates', 'send', 'CERT_NOT_YET_VALID', 'certificate is not yet valid', 'network'],
    [
      'tls-wrong-name',
      'send',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "Hostname/IP does not match certificate's altnames",
      'network',
    ],
    ['no-name', 'send', 'EAI_AGAIN', 'getaddrinfo EAI_AGAIN gmail.googleapis.com', 'network'],
    ['not-connected', 'send', 'ETIMEDOUT', 'connect ETIMEDOUT 142.250.1.1:443', 'network'],
    ['not-connected', 'send', 'ENETUNREACH', 'connect ENETUNREACH 142.250.1.1:443', 'network'],
    ['send-answer-lost', 'send', 'ETIMEDOUT', 'read ETIMEDOUT', 'delivery-unknown'],
    ['send-answer-lost', 'send', 'EPIPE', 'write EPIPE', 'delivery-unknown'],
    ['code-answer-lost', 'exchange-code', 'ECONNRESET', 'socket hang up', 'network'],
    ['timed-out', 'refresh', 'ETIMEDOUT', 'read ETIMEDOUT', 'network'],
    ['connection-broke', 'refresh', 'ERR_STREAM_PREMATURE_CLOSE', 'Premature close', 'network'],
  ] as const
).map(([id, operation, networkCode, text, code]) => ({
  id,
  operation,
  networkCode,
  reason: text,
  code,
  ...(operation === 'send' ? { sent: code === 'delivery-unknown' ? 'unknown' : 'no' } : {}),
}));
