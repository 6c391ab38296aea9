/** The loopback listener: sends the browser to Google once, and receives Google's answer (RFC 8252 7.3 and 8.3). */

import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type AnswerExpectation, judgeAnswer, type Refusal } from './answer.js';
import { deferred, type Queue, queue } from './deferred.js';
import { PAGE_HEADERS, type Page } from './page.js';

const CALLBACK_PATH = '/oauth2callback';

/** How long the browser may take to fetch its page, in milliseconds. */
const LAST_PAGE_MS = 3_000;

/** The number of pages kept for browsers to fetch: refusals can arrive again and again. */
const PAGES_MAX = 64;

/** Google's answer, and the browser that waits for a page. */
export interface Arrival {
  readonly answer: Answer;
  /** A person pasted it, and vouches for it; no browser waits. */
  readonly isPasted: boolean;
  /**
   * Shows the person the outcome, at a separate address, so that no code stays in the address bar.
   * Only the first page is shown.
   *
   * @returns once the browser has fetched it, or has failed to in time
   */
  show(page: Page): Promise<void>;
}

/** What the listener serves for one sign-in. */
export interface Exchange {
  readonly expected: AnswerExpectation;
  /** Google's page, with the authorization request. */
  readonly authorizationUrl: string;
  /** For anyone who opens the one-time address again. */
  readonly usedPage: Page;
}

export interface CallbackServer {
  readonly redirectUri: string;
  /**
   * The address to start a browser with: it redirects to Google's page once. Every user of the computer can read the
   * arguments of a process, so Google's address with its `state` is never an argument.
   */
  readonly oneTimeAddress: string;
  /** Until this is called, every request is a stray one. */
  serve(exchange: Exchange): void;
  /**
   * The answers that belong to this sign-in. The first code uses up the `state`; a refusal does not, since it may
   * not come from the person.
   */
  readonly arrivals: Pick<Queue<Arrival>, 'first' | 'drop'>;
  /** Accepts an answer that a person pasted; the same rules apply. */
  submit(parameters: URLSearchParams): 'accepted' | Refusal;
  /** Accepts a bare code that a person pasted: the person vouches for it, and PKCE proves it. */
  submitCode(code: string): void;
  /** Accepts another code: the last one was not from Google. */
  reopen(): void;
  close(): void;
}

/**
 * Listens on 127.0.0.1 only, on a port that the system chooses.
 * A stray request gets a 4xx and changes nothing: a page in the browser must not be able to end a sign-in.
 */
export async function startCallbackServer(): Promise<CallbackServer> {
  let exchange: Exchange | null = null;
  let isStarted = false;
  let isTaken = false;
  let host = '';
  const startPath = secretPath('start');
  const pages = new Map<string, { readonly page: Page; readonly sent: () => void }>();
  const arrivals = queue<Arrival>();

  const server = createServer(
    {
      // Browsers send the cookies of every other program on 127.0.0.1 too: ports do not separate them.
      maxHeaderSize: 32_768,
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      // A DNS name that was made to resolve to this computer shows in Host (DNS rebinding).
      if (!isForHost(request, host)) return refuse(response, 400);
      if (request.method !== 'GET') return refuse(response, 405);
      if (isAhead(request)) return refuse(response, 503);
      const { path, query } = splitTarget(request.url ?? '');
      if (path === CALLBACK_PATH) return takeRedirect(new URLSearchParams(query), response);
      if (path === startPath && exchange !== null) return start(exchange, response);
      const last = pages.get(path);
      if (last === undefined) return refuse(response, 404);
      send(response, 200, last.page.html);
      response.once('finish', last.sent);
    },
  );
  server.keepAliveTimeout = 1_000;
  const spare = keepNewest(server);
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  host = `127.0.0.1:${port}`;

  function start({ authorizationUrl, usedPage }: Exchange, response: ServerResponse): void {
    if (isStarted) send(response, 410, usedPage.html);
    else redirect(response, authorizationUrl);
    isStarted = true;
  }

  /** Uses up the `state`: the first matching code is the only one. */
  function take(parameters: URLSearchParams): Answer | Refusal {
    if (exchange === null || isTaken) return 'wrong-state';
    const judged = judgeAnswer(parameters, exchange.expected);
    if (typeof judged !== 'string' && judged.kind === 'code') isTaken = true;
    return judged;
  }

  function takeRedirect(parameters: URLSearchParams, response: ServerResponse): void {
    const answer = take(parameters);
    if (typeof answer === 'string') {
      refuse(response, 400);
      return;
    }
    if (answer.kind === 'code') spare(response.req.socket);
    let shown: Promise<void> | null = null;
    arrivals.push({
      answer,
      isPasted: false,
      show(page) {
        shown ??= showAt(response, page);
        return shown;
      },
    });
  }

  /** At an unguessable path, so that no other program here can fetch the person's page and end the wait for it. */
  async function showAt(response: ServerResponse, page: Page): Promise<void> {
    const path = secretPath('finished');
    const sent = deferred<void>();
    pages.set(path, { page, sent: () => sent.resolve() });
    const [oldest] = pages.keys();
    if (pages.size > PAGES_MAX && oldest !== undefined) pages.delete(oldest);
    redirect(response, path);
    await Promise.race([sent.promise, sleep(LAST_PAGE_MS, undefined, { ref: false })]);
  }

  function arriveByHand(answer: Answer): void {
    arrivals.push({ answer, isPasted: true, show: async () => undefined });
  }

  return {
    redirectUri: `http://${host}${CALLBACK_PATH}`,
    oneTimeAddress: `http://${host}${startPath}`,
    serve(value) {
      exchange = value;
    },
    arrivals,
    submit(parameters) {
      const judged = take(parameters);
      if (typeof judged === 'string') return judged;
      arriveByHand(judged);
      return 'accepted';
    },
    submitCode(code) {
      if (isTaken) return;
      isTaken = true;
      arriveByHand({ kind: 'code', code });
    },
    reopen() {
      isTaken = false;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** 128 random bits, which no other program on this computer can guess. */
function secretPath(name: string): string {
  return `/${name}/${randomBytes(16).toString('base64url')}`;
}

/** RFC 9112 3.2: exactly one Host line, which names this listener. Node.js would take the first of several. */
function isForHost(request: IncomingMessage, host: string): boolean {
  const hosts = request.headersDistinct.host ?? [];
  return hosts.length === 1 && hosts[0] === host;
}

/**
 * Whether a browser prefetches, before the person asks for the page: that must not use up a one-time address. After a
 * failure it asks again when the person does (Fetch standard, `Sec-Purpose`; older browsers and previewers differ).
 */
function isAhead({ headers }: IncomingMessage): boolean {
  return AHEAD.some((name) => /prefetch|prerender|preview/i.test(String(headers[name] ?? '')));
}

const AHEAD = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'] as const;

/**
 * The parts of a request target, unchanged. A URL parser would turn other forms into a path too: `http://…`, which
 * is for proxies (RFC 9112 3.2.2), `/\evil/…` and `/x/../…`.
 */
function splitTarget(target: string): { path: string; query: string } {
  const [path = ''] = target.split('?', 1);
  return { path, query: target.slice(path.length + 1) };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...PAGE_HEADERS, location }).end();
}

function refuse(response: ServerResponse, status: 400 | 404 | 405 | 503): void {
  send(
    response,
    status,
    '<!doctype html><html lang="en"><title>Not found</title><p>There is nothing here.</p></html>',
  );
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { ...PAGE_HEADERS, connection: 'close' }).end(html);
}

/** Connections that wait in the system's queue until the program accepts them, all at once if need be. */
const BACKLOG = 511;

/**
 * More than twice the queue: a browser that sends its request as soon as it connects is read before a whole queue
 * of later connections can push it out.
 */
const CONNECTIONS_MAX = 1_152;

/**
 * Limits a server's open connections. `server.maxConnections` would turn away the newest, so a program that opens
 * idle connections would lock the person out.
 *
 * @returns exempts a connection that waits for our response
 */
function keepNewest(server: Server): (socket: Socket) => void {
  // A set preserves the order of arrival.
  const waiting = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket));
    const [oldest] = waiting;
    if (waiting.size > CONNECTIONS_MAX) oldest?.destroy();
  });
  return (socket) => waiting.delete(socket);
}
