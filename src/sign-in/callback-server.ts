/** The listener on this computer that Google's answer comes back to (RFC 8252 7.3 and 8.3). */

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type AnswerExpectation, judgeAnswer, type Refusal } from './answer.js';
import { deferred } from './deferred.js';
import { BACKLOG, keepNewest } from './newest-connections.js';
import { PAGE_HEADERS, type Page } from './page.js';

const CALLBACK_PATH = '/oauth2callback';

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
  // An address of its own, so that no code stays in the address bar; not to be guessed, so that no other
  // program on this computer takes the person's page and so ends the wait for the person's browser.
  const lastPath = `/finished/${randomBytes(16).toString('base64url')}`;

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
      if (path === lastPath && lastPage !== null) {
        send(response, 200, lastPage.html);
        response.once('finish', () => lastPageSent.resolve());
        return;
      }
      refuse(response, 404);
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
    spare(response.req.socket);
    arrival.resolve({
      answer: judged,
      async finish(page) {
        lastPage = page;
        response.writeHead(303, { ...PAGE_HEADERS, location: lastPath }).end();
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
