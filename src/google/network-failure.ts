/** Reads a failed connection: its code, and whether anything can have left this computer. */

import { isObject } from '../text/json.js';
import { CERTIFICATE_DATES, CERTIFICATE_NAME, UNTRUSTED_CERTIFICATE } from '../tls-errors.js';
import { textIn } from './fields.js';

export interface NetworkFailure {
  readonly networkCode?: string | undefined;
  /** The request provably never left this computer. */
  readonly beforeSending: boolean;
}

export const NAME_LOOKUP = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'] as const;

export const TIMED_OUT = [
  'AbortError',
  'TimeoutError',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
] as const;

/** Codes that only occur before the request is written: no name, no listener, no trusted certificate. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  ...NAME_LOOKUP,
  ...UNTRUSTED_CERTIFICATE,
  ...CERTIFICATE_DATES,
  ...CERTIFICATE_NAME,
]);

/**
 * Messages of failures before the request was written, for codes that leave this open: Node's TLS handshake, and
 * https-proxy-agent's CONNECT.
 */
const BEFORE_SENDING =
  /before secure TLS connection|wrong version number|handshake failure|Proxy connection ended|proxy CONNECT response/;

const NETWORK_CODE =
  /^(?:E(?!RR_)[A-Z_]{3,}|UND_ERR_\w+|ERR_(?:TLS|SSL)_\w+|ERR_STREAM_PREMATURE_CLOSE|ERR_TOO_LONG|CERT_\w+|INVALID_CA|HOSTNAME_MISMATCH|(?:DEPTH_ZERO_)?SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

/** Reads the error and its causes: the first connection code decides. */
export function readNetworkFailure(error: unknown): NetworkFailure {
  const chain = causes(error);
  const messages = chain.map((link) => textIn(link, 'message') ?? '');
  const networkCode = chain.map(codeOf).find((code) => code !== undefined) ?? proxyCut(messages);
  if (networkCode === undefined) return { beforeSending: false };
  const connecting = chain.some((link) => {
    const call = textIn(link, 'syscall');
    return call === 'connect' || call === 'getaddrinfo';
  });
  return {
    networkCode,
    beforeSending:
      connecting ||
      NEVER_CONNECTED.has(networkCode) ||
      messages.some((message) => BEFORE_SENDING.test(message)),
  };
}

/** https-proxy-agent sets no code if the proxy hangs up on CONNECT or its response is not HTTP: this is a reset. */
function proxyCut(messages: readonly string[]): string | undefined {
  return messages.some((message) => /Proxy connection ended|proxy CONNECT response/.test(message))
    ? 'ECONNRESET'
    : undefined;
}

function codeOf(link: Record<string, unknown>): string | undefined {
  const name = textIn(link, 'name');
  if (name === 'AbortError' || name === 'TimeoutError') return name;
  const code = textIn(link, 'code');
  return code !== undefined && NETWORK_CODE.test(code) ? code : undefined;
}

/** The error, its causes and the first of its aggregated errors; no library nests more than four deep. */
function causes(error: unknown): readonly Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = [];
  let link: unknown = error;
  while (isObject(link) && chain.length < 4) {
    chain.push(link);
    link = link.cause ?? (Array.isArray(link.errors) ? link.errors[0] : undefined);
  }
  return chain;
}
