/** How requests to Google are sent: with time limits, without hidden retries, and never through a proxy to loopback. */

import { OAuth2Client } from 'google-auth-library';
import { exchangeWithin } from './exchange.js';
import type { OAuthClient } from './oauth-client-file.js';
import { proxyOptions } from './proxy.js';

/** How long to wait for a response, in milliseconds. The libraries wait for ever. */
const REQUEST_TIMEOUT_MS = 20_000;

/** The issuer's endpoints that the client library needs. */
export interface OAuthEndpoints {
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string;
}

/**
 * The library's client, made safe. It retries even a code exchange by default (RFC 9700 4.2.4 lets the server
 * revoke the issued tokens if a code is reused), so its own retries are off: ours are in retry.ts.
 */
export function newOAuth2Client(
  client: OAuthClient,
  endpoints: OAuthEndpoints,
  signal: AbortSignal,
): OAuth2Client {
  return new OAuth2Client({
    clientId: client.id,
    ...(client.secret === null ? {} : { clientSecret: client.secret }),
    endpoints: {
      oauth2TokenUrl: endpoints.tokenEndpoint,
      oauth2RevokeUrl: endpoints.revocationEndpoint,
    },
    transporterOptions: transporterOptions(signal),
  });
}

/** Fetches a public JSON document from an issuer. @throws the library's own error: callers explain it */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  return (await fetchAnswer(url, signal)).data;
}

/** Like `fetchJson`, with the time of the server's clock (RFC 9110, section 6.6.1). */
export async function fetchAnswer(
  url: string,
  signal: AbortSignal,
): Promise<{ readonly data: unknown; readonly date: Date | null }> {
  const { transporter } = new OAuth2Client({ transporterOptions: transporterOptions(signal) });
  const { data, headers } = await transporter.request<unknown>({ url, responseType: 'json' });
  const date = new Date(new Headers(headers).get('date') ?? '');
  return { data, date: Number.isNaN(date.getTime()) ? null : date };
}

/** Posts a form and reads the JSON response. @throws the library's own error: callers explain it */
export function postForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  const body = new URLSearchParams(fields);
  return post({ url, data: body, responseType: 'json' }, signal);
}

/** Like `postForm`, for JSON and with an access token. */
export function postJson(
  url: string,
  data: object,
  accessToken: string,
  signal: AbortSignal,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return post({ url, data, headers, responseType: 'json' }, signal);
}

/** A request to a server that is not Google’s. */
export interface TextRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The same transport for any other server, returning any status. @throws the library's own error */
export function textExchanges(timeoutMs: number, maxBytes: number) {
  const { transporter } = new OAuth2Client({
    transporterOptions: {
      retryConfig: { retry: 0, noResponseRetries: 0 },
      fetchImplementation: exchangeWithin(timeoutMs, maxBytes),
      ...byProxy(),
    },
  });
  // Headers that Google uses to identify its callers.
  transporter.interceptors.request.clear();
  return async ({ body, ...request }: TextRequest, signal?: AbortSignal) => {
    const { status, headers, data } = await transporter.request<unknown>({
      ...request,
      ...(body === undefined ? {} : { data: body }),
      ...(signal && { signal }),
      ...{ responseType: 'text', validateStatus: () => true },
    });
    return { status, headers: new Headers(headers), text: typeof data === 'string' ? data : '' };
  };
}

async function post(
  request: { readonly url: string } & Record<string, unknown>,
  signal: AbortSignal,
): Promise<unknown> {
  const { transporter } = new OAuth2Client({ transporterOptions: transporterOptions(signal) });
  const { data } = await transporter.request<unknown>({ ...request, method: 'POST' });
  return data;
}

/** @throws MailError `invalid-settings` for an unusable proxy */
export function byProxy(): { proxy?: string; noProxy: RegExp[] } {
  const { noProxy, ...options } = proxyOptions(process.env);
  return { ...options, noProxy: [...noProxy] };
}

function transporterOptions(signal: AbortSignal) {
  return {
    retryConfig: { retry: 0, noResponseRetries: 0 },
    fetchImplementation: exchangeWithin(REQUEST_TIMEOUT_MS),
    signal,
    ...byProxy(),
  };
}
