/** What went wrong at Google, as a plain record that is safe to keep, made from what was thrown. */

import { cleanText } from '../text/clean-text.js';
import { isObject } from '../text/json.js';
import { type Answer, readAnswer } from './answer-body.js';
import { ProxyRefusal } from './exchange.js';
import { textIn } from './fields.js';
import { readNetworkFailure } from './network-failure.js';

/** What the program was asking Google to do. */
export type GoogleOperation =
  | 'discover'
  | 'authorize'
  | 'exchange-code'
  | 'refresh'
  | 'revoke'
  | 'keys'
  /** A service account asks for a token for a person. */
  | 'delegate'
  /** The IAM Credentials API is asked to sign for a service account. */
  | 'sign-jwt'
  /** A token for the caller (Application Default Credentials). */
  | 'application-default'
  | 'send';

/**
 * Every text in it is cleaned; it never holds a request, a token or a code (GaxiosError's `config` does, and its
 * own redaction leaves gaps).
 */
export interface GoogleFailure extends Omit<Answer, 'fromGoogle'> {
  readonly operation: GoogleOperation;
  /** The HTTP status; absent if there was no response. */
  readonly status?: number | undefined;
  /** The system or TLS code of a failed connection. */
  readonly networkCode?: string | undefined;
  /** The request provably never left this computer. */
  readonly beforeSending: boolean;
  /** The request went through a web proxy. */
  readonly viaProxy: boolean;
  /** The response came from the proxy, not from Google. */
  readonly proxyAnswer: boolean;
  /** The response has no form that Google uses: something on the path may have written it. */
  readonly foreign?: boolean;
  /** The server's clock, from its Date header (RFC 9110 section 6.6.1). */
  readonly date?: Date | undefined;
}

/** Reads any thrown value: a GaxiosError, an error from `fetch`, or one from the library itself. */
export function readFailure(error: unknown, operation: GoogleOperation): GoogleFailure {
  const response = isObject(error) && isObject(error.response) ? error.response : undefined;
  const refusal = proxyRefusalIn(error);
  if (refusal !== undefined) return proxyFailure(operation, refusal.status);
  const viaProxy = wentThroughProxy(error);
  if (response === undefined) {
    const network = readNetworkFailure(error);
    return {
      operation,
      reasons: [],
      message: network.networkCode === undefined ? libraryWords(error) : undefined,
      ...network,
      viaProxy,
      proxyAnswer: false,
      html: false,
    };
  }
  const { fromGoogle, ...answer } = readAnswer(response.data);
  const status = typeof response.status === 'number' ? response.status : undefined;
  return {
    operation,
    status,
    ...answer,
    foreign: !fromGoogle,
    beforeSending: false,
    viaProxy,
    proxyAnswer: isProxyAnswer(status, viaProxy, fromGoogle),
    date: serverDate(response.headers),
  };
}

/**
 * The failure when a proxy refuses CONNECT. Proxies use 403, 407, 408, 429 and 5xx for this; anything that responds
 * with another status may not be a proxy at all.
 */
export function proxyFailure(operation: GoogleOperation, status: number): GoogleFailure {
  return {
    operation,
    status,
    reasons: [],
    beforeSending: true,
    viaProxy: true,
    proxyAnswer: [403, 407, 408, 429].includes(status) || status >= 500,
    html: false,
    foreign: true,
  };
}

/** The failure for an error returned on the redirect (RFC 6749 section 4.1.2.1). */
export function authorizeFailure(error: string, description?: string): GoogleFailure {
  return {
    operation: 'authorize',
    error: cleanText(error, { maxLength: 80 }),
    errorDescription: description === undefined ? undefined : cleanText(description),
    reasons: [],
    beforeSending: false,
    viaProxy: false,
    proxyAnswer: false,
    html: false,
  };
}

/**
 * How far this computer's clock is ahead of the server's, in milliseconds (negative: behind);
 * undefined if the response had no date. Accurate to about a second.
 */
export function clockSkewMs(failure: GoogleFailure, now: Date): number | undefined {
  return failure.date === undefined ? undefined : now.getTime() - failure.date.getTime();
}

/** gaxios sends through https-proxy-agent, whose agents carry the proxy's address in `proxy`. */
function wentThroughProxy(error: unknown): boolean {
  const config = isObject(error) && isObject(error.config) ? error.config : undefined;
  const agent = isObject(config?.agent) ? config.agent : undefined;
  return agent?.proxy instanceof URL;
}

function proxyRefusalIn(error: unknown): ProxyRefusal | undefined {
  const cause = isObject(error) ? error.cause : undefined;
  return [error, cause].find((one) => one instanceof ProxyRefusal);
}

/**
 * A firewall that intercepts TLS answers as if it were Google: a 407 always comes from a proxy (RFC 9110 section
 * 15.5.8), and so does a 403 if its body is not in a form that Google uses.
 */
function isProxyAnswer(
  status: number | undefined,
  viaProxy: boolean,
  fromGoogle: boolean,
): boolean {
  return status === 407 || (status === 403 && viaProxy && !fromGoogle);
}

/** The library's message, without the ID token or its payload, which google-auth-library appends. */
function libraryWords(error: unknown): string | undefined {
  const message = isObject(error) ? textIn(error, 'message') : undefined;
  const words = message?.split(/:?\s*(?:\{|eyJ)/)[0] ?? '';
  return words === '' ? undefined : cleanText(words);
}

function serverDate(headers: unknown): Date | undefined {
  const value = headers instanceof Headers ? headers.get('date') : headerField(headers, 'date');
  if (typeof value !== 'string') return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Headers from another realm, or a plain object. */
function headerField(headers: unknown, name: string): unknown {
  if (!isObject(headers)) return undefined;
  return typeof headers.get === 'function' ? headers.get(name) : headers[name];
}
