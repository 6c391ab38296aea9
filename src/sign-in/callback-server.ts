/** The listener on this computer: sends the browser to Google once, and takes Google's answer (RFC 8252 7.3 and 8.3). */

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type AnswerExpectation, judgeAnswer, type Refusal } from './answer.js';
import { deferred } from './deferred.js';
import { BACKLOG, keepNewest } from './newest-connections.js';
import { PAGE_HEADERS, type Page } from './page.js';
import { type Queue, queue } from './queue.js';

const CALLBACK_PATH = '/oauth2callback';

/** How long the browser may take to come for its page, in milliseconds. */
const LAST_PAGE_MS = 3_000;

/** Pages kept for browsers that come for them: refusals can come again and again. */
const PAGES_MAX = 64;

/** Google's answer and the browser that waits for a page. */
export interface Arrival {
  readonly answer: Answer;
  /** A person pasted it, and vouches for it; no browser waits. */
  readonly isPasted: boolean;
  /**
   * Shows the person how it ended, at an address of its own, so that no code stays in the address bar.
   * Only the first page is shown.
   *
   * @returns once the browser has it, or has not come for it in time
   */
  show(page: Page): Promise<void>;
}

/** What the listener serves for one sign-in. */
export interface Exchange {
  /** What an answer must carry. */
  readonly expected: AnswerExpectation;
  /** Google's page, with the request. */
  readonly authorizationUrl: string;
  /** For whoever opens the one-time address again. */
  readonly usedPage: Page;
}

/** A listener waiting for an answer. */
export interface CallbackServer {
  readonly redirectUri: string;
  /**
   * The address to start a browser with: it leads to Google's page once. The arguments of a process can be read
   * by every user of the computer, so Google's address with its `state` is in none.
   */
  readonly oneTimeAddress: string;
  /** Before that, every request is a stray one. */
  serve(exchange: Exchange): void;
  /**
   * The answers that belong to this sign-in. The first code burns the `state`; a refusal does not, since the
   * person may not have given it.
   */
  readonly arrivals: Pick<Queue<Arrival>, 'first' | 'drop'>;
  /** Takes an answer that a person pasted; the same rules hold. */
  submit(parameters: URLSearchParams): 'accepted' | Refusal;
  /** Takes a bare code that a person pasted: the person vouches for it, and PKCE proves it. */
  submitCode(code: string): void;
  /** Takes another code: the one that was pasted was none of Google's. */
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
      // Cookies of every other program on 127.0.0.1 come along: ports do not separate them.
      maxHeaderSize: 32_768,
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      // A DNS name that was pointed at this computer shows in Host (DNS rebinding).
      if (!isForHost(request, host)) return refuse(response, 400);
      if (request.method !== 'GET') return refuse(response, 405);
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

  /** Burns the state: the first code that fits is the only one. */
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

  /** Not to be guessed, so that no other program here takes the person's page and so ends the wait for it. */
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

/** 128 random bits: no other program on this computer can guess it. */
function secretPath(name: string): string {
  return `/${name}/${randomBytes(16).toString('base64url')}`;
}

/** RFC 9112 3.2: one Host line, and it names this listener. Node.js would take the first of several. */
function isForHost(request: IncomingMessage, host: string): boolean {
  const hosts = request.headersDistinct.host ?? [];
  return hosts.length === 1 && hosts[0] === host;
}

/**
 * The parts of a request's target as it stands there. A URL parser would make a path of other forms too:
 * of `http://…`, which is for proxies (RFC 9112 3.2.2), of `/\evil/…` and of `/x/../…`.
 */
function splitTarget(target: string): { path: string; query: string } {
  const [path = ''] = target.split('?', 1);
  return { path, query: target.slice(path.length + 1) };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...PAGE_HEADERS, location }).end();
}

function refuse(response: ServerResponse, status: 400 | 404 | 405): void {
  send(
    response,
    status,
    '<!doctype html><html lang="en"><title>Not found</title><p>There is nothing here.</p></html>',
  );
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { ...PAGE_HEADERS, connection: 'close' }).end(html);
}
