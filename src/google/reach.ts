/** Checks the path to Google stage by stage: name, connection, encryption, response. Each failure is explained. */

import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { interrupted, MailError } from '../errors.js';
import { explainFailure, explainGoogleError } from './explain.js';
import { type GoogleFailure, proxyFailure } from './failure.js';
import type { Issuer } from './issuer.js';
import { checkedMetadata } from './metadata.js';
import { readNetworkFailure } from './network-failure.js';
import { proxyOptions } from './proxy.js';
import { fetchAnswer } from './transport.js';

/** Every Google host that this program talks to: sign-in, tokens, keys, and sending. */
const GOOGLE_HOSTS = [
  ...['accounts.google.com', 'oauth2.googleapis.com', 'www.googleapis.com'],
  'gmail.googleapis.com',
] as const;

/** The host at the end of the path, and the proxy on it. */
export interface Way {
  readonly url: URL;
  readonly proxy: URL | null;
}

/** The paths to Google, or to its stand-in. @throws MailError `invalid-settings` for an unusable proxy */
export function waysTo(issuer: Issuer, variables: NodeJS.ProcessEnv): readonly Way[] {
  const { proxy, noProxy } = proxyOptions(variables);
  const urls = issuer.isStandIn
    ? [new URL(issuer.id)]
    : GOOGLE_HOSTS.map((host) => new URL(`https://${host}/`));
  return urls.map((url) => ({
    url,
    proxy:
      proxy === undefined || noProxy.some((rule) => rule.test(url.href)) ? null : new URL(proxy),
  }));
}

/** Looks up the address of the first host on the path. @throws MailError `network`, `proxy` */
export async function findName(way: Way): Promise<void> {
  await explaining(way, () => lookup(hostOf(way.proxy ?? way.url)));
}

/** Opens a connection to the first host on the path, and closes it. @throws MailError `network`, `proxy` */
export async function openConnection(way: Way, signal: AbortSignal): Promise<void> {
  const socket = await explaining(way, () => dial(way.proxy ?? way.url, signal));
  socket.destroy();
}

/**
 * Opens an encrypted connection to the host at the end of the path, through any proxy, and closes it.
 *
 * @throws MailError `network`, `proxy`
 */
export async function openEncrypted(way: Way, signal: AbortSignal): Promise<void> {
  const socket = await explaining(way, () =>
    way.proxy === null ? dial(way.url, signal) : tunnel(way, way.proxy, signal),
  );
  try {
    await explaining({ ...way, proxy: null }, () => handshake(socket, hostOf(way.url), signal));
  } finally {
    socket.destroy();
  }
}

/**
 * Asks for the issuer's metadata, as a sign-in does.
 *
 * @returns the server's clock, from the Date header; null if there was none
 * @throws MailError `network`, `proxy`, `google-unavailable`, `invalid-settings`
 */
export async function askIssuer(issuer: Issuer, signal: AbortSignal): Promise<Date | null> {
  try {
    const { data, date } = await fetchAnswer(issuer.discoveryUrl, signal);
    checkedMetadata(issuer, data);
    return date;
  } catch (error) {
    throw explainGoogleError(error, 'discover');
  }
}

async function explaining<T>({ proxy }: Way, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof MailError) throw error;
    throw explainFailure({ ...failureOf(proxy), ...readNetworkFailure(error) });
  }
}

function failureOf(proxy: URL | null): GoogleFailure {
  return {
    ...{ operation: 'discover', reasons: [], beforeSending: true, html: false },
    ...{ viaProxy: proxy !== null, proxyAnswer: false },
  };
}

function dial(url: URL, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostOf(url), port: portOf(url) }, () => resolve(socket));
    settleOn(socket, signal, reject);
  });
}

/** RFC 9110, section 9.3.6: CONNECT. */
function tunnel({ url }: Way, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`;
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: hostOf(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: target,
    agent: false,
    signal,
    headers: {
      host: target,
      ...(proxy.username === ''
        ? {}
        : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
    },
  });
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('connect', ({ statusCode: status = 0 }, socket) => {
      if (status === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(explainFailure(proxyFailure('discover', status)));
    });
    request.end();
  });
}

function handshake(socket: Socket, servername: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const encrypted = connectTls({ socket, servername }, () => {
      encrypted.destroy();
      resolve();
    });
    settleOn(encrypted, signal, reject);
  });
}

/** Rejects if the socket fails or the wait is aborted. */
function settleOn(socket: Socket, signal: AbortSignal, reject: (error: unknown) => void): void {
  const cancel = () => {
    socket.destroy();
    reject(interrupted());
  };
  signal.addEventListener('abort', cancel, { once: true });
  socket.once('error', reject);
  socket.once('close', () => {
    signal.removeEventListener('abort', cancel);
    reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
  });
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
