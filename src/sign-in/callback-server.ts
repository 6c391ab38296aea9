/** The listener on this computer that Google's answer comes back to (RFC 8252 7.3 and 8.3). */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { deferred } from '../deferred.js';
import { type Answer, type AnswerExpectation, judgeAnswer, type Refusal } from './answer.js';
import { PAGE_HEADERS, type Page } from './page.js';

const CALLBACK_PATH = '/oauth2callback';
/** The last page has an address of its own, so that no code stays in the address bar. */
const LAST_PATH = '/finished';

/** How long the browser may take to come for the last page, in milliseconds. */
const LAST_PAGE_MS = 3_000;

/** Google's answer and the browser that waits for a page. */
export interface Arrival {
  readonly answer: Answer;
  /** Shows the person how it ended and closes the listener. */
  finish(page: Page): Promise<void>;
}

/** A listener waiting for one answer. */
export interface CallbackServer {
  readonly redirectUri: string;
  /** Says what an answer must carry; before that, every request is a stray one. */
  expect(expected: AnswerExpectation): void;
  /** The first answer that belongs to this sign-in. Never settles without one. */
  readonly arrival: Promise<Arrival>;
  /** Takes an answer that a person pasted; the same rules hold. */
  submit(parameters: URLSearchParams): 'accepted' | Refusal;
  /** Takes a bare code that a person pasted: the person vouches for it, and PKCE proves it. */
  submitCode(code: string): void;
  close(): void;
}

/**
 * Listens on 127.0.0.1 only, on a port that the system chooses.
 * A stray request gets a 4xx and changes nothing: a page in the browser must not be able to end a sign-in.
 */
export async function startCallbackServer(): Promise<CallbackServer> {
  let expected: AnswerExpectation | null = null;
  let isTaken = false;
  let lastPage: Page | null = null;
  let host = '';
  const arrival = deferred<Arrival>();
  const lastPageSent = deferred<void>();

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
      if (request.headers.host !== host) return refuse(response, 400);
      if (request.method !== 'GET') return refuse(response, 405);
      const url = parseTarget(request, host);
      if (url?.pathname === CALLBACK_PATH) return takeRedirect(url.searchParams, response);
      if (url?.pathname === LAST_PATH && lastPage !== null) {
        send(response, 200, lastPage.html);
        response.once('finish', () => lastPageSent.resolve());
        return;
      }
      refuse(response, 404);
    },
  );
  server.keepAliveTimeout = 1_000;
  server.maxConnections = 1_024;
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  host = `127.0.0.1:${port}`;

  function close(): void {
    server.close();
    server.closeAllConnections();
  }

  /** Burns the state: the first answer that fits is the only one. */
  function take(parameters: URLSearchParams): Answer | Refusal {
    if (expected === null || isTaken) return 'wrong-state';
    const judged = judgeAnswer(parameters, expected);
    if (typeof judged !== 'string') isTaken = true;
    return judged;
  }

  function takeRedirect(parameters: URLSearchParams, response: ServerResponse): void {
    const judged = take(parameters);
    if (typeof judged === 'string') {
      refuse(response, 400);
      return;
    }
    arrival.resolve({
      answer: judged,
      async finish(page) {
        lastPage = page;
        response.writeHead(303, { ...PAGE_HEADERS, location: LAST_PATH }).end();
        await Promise.race([lastPageSent.promise, sleep(LAST_PAGE_MS, undefined, { ref: false })]);
        close();
      },
    });
  }

  function arriveByHand(answer: Answer): void {
    arrival.resolve({ answer, finish: async () => close() });
  }

  return {
    redirectUri: `http://${host}${CALLBACK_PATH}`,
    expect(value) {
      expected = value;
    },
    arrival: arrival.promise,
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
    close,
  };
}

/** The request's target, which must be a path: an absolute form (RFC 9112 3.2.2) is for proxies. */
function parseTarget(request: IncomingMessage, host: string): URL | null {
  const target = request.url ?? '';
  if (!target.startsWith('/') || target.startsWith('//')) return null;
  return URL.canParse(target, `http://${host}`) ? new URL(target, `http://${host}`) : null;
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
