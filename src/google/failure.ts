/** What went wrong at Google, as a plain record that is safe to keep: read once from whatever was thrown. */

import { cleanText } from '../words/clean-text.js';
import { isObject } from '../words/json.js';
import { type Answer, readAnswer } from './answer-body.js';
import { textIn } from './fields.js';
import { readNetworkFailure } from './network-failure.js';

/** What the program was asking of Google. */
export type GoogleOperation =
  | 'discover'
  | 'authorize'
  | 'exchange-code'
  | 'refresh'
  | 'revoke'
  | 'keys'
  /** A service account asks for a token in a person's name. */
  | 'delegate'
  /** The IAM Credentials API is asked to sign for a service account. */
  | 'sign-jwt'
  /** A token of whoever runs the program (Application Default Credentials). */
  | 'application-default'
  | 'send';

/**
 * One failure at Google. Every text in it is cleaned; it never holds a request, a token or a code
 * (GaxiosError's `config` does, and its own redaction leaves gaps).
 */
export interface GoogleFailure extends Omit<Answer, 'fromGoogle'> {
  readonly operation: GoogleOperation;
  /** The HTTP status; absent where no answer came. */
  readonly status?: number | undefined;
  /** The system's or TLS's code of a connection that failed. */
  readonly networkCode?: string | undefined;
  /** It is proven that the request never left this computer. */
  readonly beforeSending: boolean;
  /** The request went through a web proxy. */
  readonly viaProxy: boolean;
  /** The answer came from the proxy, not from Google. */
  readonly proxyAnswer: boolean;
  /** An answer came, and it has no form that Google writes: something on the way may have written it. */
  readonly foreign?: boolean;
  /** The server's clock, from its Date header (RFC 9110 section 6.6.1). */
  readonly date?: Date | undefined;
}

/** Reads any thrown value: a GaxiosError, an error of `fetch`, or of the library itself. */
export function readFailure(error: unknown, operation: GoogleOperation): GoogleFailure {
  const response = isObject(error) && isObject(error.response) ? error.response : undefined;
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

/** The failure of an error that came back on the redirect (RFC 6749 section 4.1.2.1). */
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
 * undefined where the answer carried no date. Accurate to about a second.
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

/**
 * A refused CONNECT comes back as if Google had answered it: a 407 is always the proxy's (RFC 9110
 * section 15.5.8), a 403 is the proxy's when the body is not one that Google writes.
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

/** Headers of another realm, or a plain object. */
function headerField(headers: unknown, name: string): unknown {
  if (!isObject(headers)) return undefined;
  return typeof headers.get === 'function' ? headers.get(name) : headers[name];
}
