/**
 * Requests to a backend: with the token, which is sent to no other origin, in bounded time, and with an idempotency key
 * for each write, so that it can be repeated if its answer is lost.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { interrupted, MailError } from '../../errors.js';
import { parseJson } from '../../text/json.js';
import { VERSION } from '../../version.js';
import { notAsPromised, refusalError } from './backend-error.js';
import type { BackendAddress } from './backend-url.js';
import { describeIssue, type StoreFacts, storeFacts } from './wire.js';

/** One exchange. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request without its address and the token. */
type Asking = Omit<HttpRequest, 'url'>;

/** The answer, whatever its status. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Makes one exchange, through the proxy if there is one. No redirect is followed. @throws MailError `network`, `proxy` */
export type SendHttp = (request: HttpRequest, signal?: AbortSignal) => Promise<HttpReply>;

/** The parts of a write. */
export interface Writing {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly claim?: string;
  readonly ifMatch?: string;
}

/** The requests of one run to one backend. */
export interface BackendClient {
  /** Reads. @returns the answer, including a 404 */
  get(path: string): Promise<HttpReply>;
  /** Writes, and repeats under the same key. @returns the answer, including a 404, 409 or 412 */
  write(path: string, writing: Writing): Promise<HttpReply>;
  /** What the backend says about itself now. @throws MailError `store-refused`, `store-sign-in-needed`, `network` */
  facts(): Promise<{ readonly facts: StoreFacts; readonly etag: string | null }>;
}

export interface ClientOptions {
  readonly address: BackendAddress;
  /** The token to use. @param refused the one that was last refused; null if none was */
  token(refused: string | null): Promise<string>;
  readonly send: SendHttp;
  /**
   * Ends the waits between attempts, except for changes. A request under way is finished: it may have made or ended a
   * claim.
   */
  readonly signal: AbortSignal;
  /** Called with each answer before it is used. @param mark the header that changes when the backend’s facts change */
  onReply?(mark: string | null): Promise<void>;
  onWait?(): void;
  /** For how long a request is repeated, in milliseconds. */
  readonly giveUpMs?: number;
}

/** For how long a request is repeated while its failures are temporary, and the pauses between, in milliseconds. */
const GIVE_UP_MS = 15_000;
const PAUSES_MS = [250, 750, 2_000, 4_000];

export function openClient(options: ClientOptions): BackendClient {
  const { address, send, signal, onReply, onWait, giveUpMs = GIVE_UP_MS } = options;
  const common = { accept: 'application/json', 'user-agent': `writeupp-mail/${VERSION}` };
  let refused: string | null = null;

  async function ask(
    path: string,
    { headers, ...request }: Asking,
    isOfClaim = false,
  ): Promise<HttpReply> {
    const url = address.base + path;
    const token = await options.token(refused);
    const whole = { ...request, url, headers: { ...headers, authorization: `Bearer ${token}` } };
    const reply = await repeating(() => send(whole), isOfClaim);
    if (reply.status === 401) {
      refused = token;
      throw refusalError(reply, address.description);
    }
    return reply;
  }

  /**
   * Repeats an attempt while the failure is temporary and time allows; a time that the backend names takes precedence.
   *
   * @param isOfClaim whether it is a change that may have been made: even a run that is stopped finds out
   */
  async function repeating(
    attempt: () => Promise<HttpReply>,
    isOfClaim: boolean,
  ): Promise<HttpReply> {
    const until = isOfClaim ? undefined : signal;
    const began = performance.now();
    for (let failures = 0; ; failures += 1) {
      try {
        const reply = await attempt();
        if (reply.status < 500 && reply.status !== 429) return reply;
        throw refusalError(reply, address.description);
      } catch (error) {
        const wait = pauseAfter(error, failures);
        if (wait === null || performance.now() - began + wait > giveUpMs) throw error;
        if (until?.aborted) throw interrupted();
        if (failures === 0) onWait?.();
        await sleep(wait, undefined, until && { signal: until }).catch(() => {
          throw interrupted();
        });
      }
    }
  }

  const heard = async (reply: HttpReply) => {
    await onReply?.(reply.headers.get('store'));
    return reply;
  };
  const fine = (reply: HttpReply, others: readonly number[]) => {
    const isFine = (reply.status >= 200 && reply.status < 300) || others.includes(reply.status);
    if (!isFine) throw refusalError(reply, address.description);
    return reply;
  };

  return {
    get: async (path) =>
      fine(await heard(await ask(path, { method: 'GET', headers: common })), [404]),
    async write(path, { method, body, claim, ifMatch }) {
      const headers = {
        ...common,
        'idempotency-key': `"${crypto.randomUUID()}"`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(claim === undefined ? {} : { claim }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      };
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const reply = await ask(path, { method, headers, ...content }, claim !== undefined);
      return fine(await heard(reply), [404, 409, 412]);
    },
    async facts() {
      const reply = fine(await ask('/v1', { method: 'GET', headers: common }), []);
      const facts = answerOf(storeFacts, reply, 'itself', address.description);
      return { facts, etag: reply.headers.get('store') };
    },
  };
}

/** The body of an answer, checked against the interface. @throws MailError `store-refused` */
export function answerOf<T extends v.GenericSchema>(
  schema: T,
  { text }: Pick<HttpReply, 'text'>,
  what: string,
  where: string,
): v.InferOutput<T> {
  const value = parseJson(text);
  if (value === undefined) throw notAsPromised(where, what, 'it is not whole JSON');
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw notAsPromised(where, what, describeIssue(parsed.issues[0]));
}

/** In milliseconds; null if the failure is permanent, or was met too often. */
function pauseAfter(error: unknown, failures: number): number | null {
  const pause = PAUSES_MS[failures];
  if (!(error instanceof MailError) || pause === undefined) return null;
  if (error.code !== 'network' && error.code !== 'rate-limited') return null;
  const { retryAt } = error.details;
  return retryAt === undefined ? pause : Math.max(pause, Date.parse(retryAt) - Date.now());
}
