/**
 * A backend of WriteUpp’s own settings as docs/store-api.md asks for it: strict, in memory, and able to misbehave. It
 * shares no code with the program, as no backend of WriteUpp’s will.
 */

import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { settingsPage } from './page.js';
import { NotTaken, type Sender } from './sender.js';

/** A value of JSON. Records are whatever they were made to be: a lying backend keeps lies too. */
// biome-ignore lint/suspicious/noExplicitAny: the fields are checked where a request names them.
export type Json = Record<string, any>;

/**
 * What becomes of a request. `before`: it is not carried out; `after`: it is, and the answer is lost. `drip`: the answer
 * comes byte by byte.
 */
export type Fault =
  | { readonly kind: 'lost-before' | 'lost-after' | 'cut' | 'not-json' | 'no-mark' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'hang-before' | 'hang-after' | 'hang-in-the-middle' }
  | { readonly kind: 'slow' | 'drip'; readonly ms: number }
  | { readonly kind: 'headers'; readonly headers: Record<string, string> }
  | { readonly kind: 'answer'; readonly with: Json };

export interface SettingsApiOptions {
  readonly port?: number;
  readonly token?: string;
  /** The token may read, and change nothing. */
  readonly readOnlyToken?: string;
  readonly facts?: Json;
  /** Milliseconds that the backend’s clock is ahead. */
  readonly clock?: { ahead: number };
}

/** A request as it came. */
export interface Told {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

interface Claim {
  readonly id: string;
  readonly key: string;
  readonly holder: Json;
  until: number;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** How long a claim lasts, in seconds. */
const CLAIM_SECONDS = 60;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** A refusal (RFC 9457). */
class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly more: Json = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(title);
  }
}

export class SettingsApi {
  readonly sites = new Map<string, Json>();
  readonly history: Json[] = [];
  readonly requests: Told[] = [];
  readonly token: string;
  readonly clock: { ahead: number };
  facts: Json;
  /** Promises that it breaks, for the conformance run to find. */
  isOpen = false;
  sharesClaims = false;
  ignoresTags = false;
  ignoresClaims = false;
  ignoresKeys = false;
  ignoresProof = false;
  /** How many of a list an answer has at the most. */
  pageLimit = 500;
  /** Where WriteUpp sends by itself. */
  sender: Sender | null = null;
  /** Asked of each request, before it is carried out. */
  fault: ((request: { method: string; path: string }) => Fault | null) | null = null;
  readonly #claims = new Map<string, Claim>();
  readonly #answers = new Map<string, { readonly of: string; readonly answer: Promise<Answer> }>();
  readonly #readOnlyToken: string | undefined;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(options: SettingsApiOptions = {}) {
    this.token = options.token ?? 'token-of-tests';
    this.#readOnlyToken = options.readOnlyToken;
    this.clock = options.clock ?? { ahead: 0 };
    this.facts = {
      ...{ id: `writeupp-${randomUUID().slice(0, 8)}`, sendsItself: false, recipient: null },
      ...{ clientIds: [], claimSeconds: CLAIM_SECONDS, can: ['scratch-sites'] },
      ...options.facts,
    };
  }

  /** WriteUpp sends by itself from now on. */
  sendBy(sender: Sender): void {
    this.sender = sender;
    const { recipient, google } = sender;
    this.facts = { ...this.facts, sendsItself: true, recipient, clientIds: [google.clientId] };
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  now(): number {
    return Date.now() + this.clock.ahead;
  }

  /** Puts a site there, as WriteUpp itself does: without a line of the history. */
  put(site: Json): void {
    const fresh = { smtp: null, smtpRevertedAt: null, gmail: null, ...site };
    this.sites.set(keyOf(site.name), { ...fresh, etag: newTag() });
  }

  /** Changes a site as a person can in WriteUpp, or as a fault does. */
  edit(name: string, change: (site: Json) => void): void {
    const site = this.sites.get(keyOf(name));
    if (site === undefined) throw new Error(`no site ${name}`);
    change(site);
    site.etag = newTag();
  }

  endClaims(): void {
    this.#claims.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const text = await textOf(request);
    const fault = this.fault?.({ method, path: url }) ?? null;
    if (fault?.kind === 'lost-before') return void request.socket.destroy();
    if (fault?.kind === 'hang-before') return;
    if (fault?.kind === 'slow') await sleep(fault.ms);
    const answer: Answer =
      fault?.kind === 'status'
        ? { status: fault.status, ...(fault.headers && { headers: fault.headers }) }
        : await this.#answerTo(method, url, headers, text);
    const told = { method, path: url, headers, body: text === '' ? null : parsed(text) };
    this.requests.push({ ...told, status: answer.status, answer: answer.body });
    if (fault?.kind === 'lost-after') return void request.socket.destroy();
    if (fault?.kind === 'hang-after') return;
    const body = answer.body === undefined ? undefined : structuredClone(answer.body);
    if (fault?.kind === 'answer') Object.assign(body as Json, fault.with);
    const isPage = typeof body === 'string';
    const content = body === undefined ? '' : isPage ? body : JSON.stringify(body);
    response.writeHead(answer.status, {
      ...(content === '' ? {} : { 'content-type': typeOf(answer, isPage) }),
      ...(fault?.kind === 'no-mark' ? {} : { store: tagOf(this.facts) }),
      ...answer.headers,
      ...(fault?.kind === 'headers' ? fault.headers : {}),
    });
    if (fault?.kind === 'not-json') return void response.end('<html>Welcome to the Wi-Fi</html>');
    if (fault?.kind === 'cut') {
      response.write(content.slice(0, content.length / 2));
      return void setTimeout(() => request.socket.destroy(), 20);
    }
    if (fault?.kind === 'hang-in-the-middle') {
      return void response.write(content.slice(0, content.length / 2));
    }
    if (fault?.kind === 'drip') {
      for (const character of content) {
        if (response.destroyed) return;
        response.write(character);
        await sleep(fault.ms);
      }
      return void response.end();
    }
    response.end(content);
  }

  async #answerTo(
    method: string,
    url: string,
    headers: IncomingMessage['headers'],
    text: string,
  ): Promise<Answer> {
    try {
      const { pathname, searchParams } = new URL(url, 'http://backend');
      const [, name] = /^\/sites\/([^/]+)$/.exec(pathname) ?? [];
      if (method === 'GET' && name !== undefined) {
        return { status: 200, body: settingsPage(this.#site(decodeURIComponent(name))) };
      }
      const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
      if (token !== this.token && token !== this.#readOnlyToken && !this.isOpen) {
        const challenge = { 'www-authenticate': 'Bearer' };
        throw new Problem(401, 'This token is not known', {}, challenge);
      }
      const path = pathname.split('/').slice(1).map(decodeURIComponent);
      if (path[0] !== 'v1') throw new Problem(404, 'There is nothing here');
      if (method === 'GET') return this.#read(path.slice(1), searchParams);
      if (token !== this.token) throw new Problem(403, 'This token may read only');
      return await this.#once(method, url, headers, text, () =>
        this.#write(method, path.slice(1), searchParams, headers, bodyOf(text, headers)),
      );
    } catch (error) {
      if (error instanceof Problem) return problemAnswer(error);
      throw error;
    }
  }

  /** A repeated key gets the answer that it got; with another request it is refused. */
  async #once(
    method: string,
    url: string,
    headers: IncomingMessage['headers'],
    text: string,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const key = headers['idempotency-key'];
    if (typeof key !== 'string' || !/^"[\x21\x23-\x7e]{8,}"$/.test(key)) {
      throw new Problem(400, 'A write needs an Idempotency-Key');
    }
    const of = createHash('sha256').update(`${method} ${url}\n${text}`).digest('hex');
    const known = this.#answers.get(key);
    if (known !== undefined && !this.ignoresKeys) {
      if (known.of !== of) throw new Problem(422, 'This key was used for another request');
      return known.answer;
    }
    // While it is under way, too: whoever repeats it waits for the same answer.
    const answer = work().catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      return problemAnswer(error);
    });
    this.#answers.set(key, { of, answer });
    return answer;
  }

  #read(path: readonly string[], query: URLSearchParams): Answer {
    const [first, second, third, ...more] = path;
    if (first === undefined || first === '') return { status: 200, body: this.facts };
    if (first === 'sites' && second === undefined) {
      const all = [...this.sites.values()].filter(({ scratch }) => scratch !== true);
      all.sort((one, other) => (keyOf(one.name) < keyOf(other.name) ? -1 : 1));
      return this.#page('sites', all.map(shown), '/v1/sites', query);
    }
    if (first === 'history' && second === undefined) {
      return this.#page('events', this.history, '/v1/history', query);
    }
    if (first === 'accounts' && third === 'sites' && more.length === 0) {
      const sites = [...this.sites.values()].filter(({ gmail }) => accountOf(gmail) === second);
      return { status: 200, body: { sites: sites.length } };
    }
    if (first === 'sites' && second !== undefined) {
      if (third === undefined) return siteAnswer(this.#site(second));
      if (third === 'history' && more.length === 0) {
        const of = this.history.filter(({ site }) => keyOf(site) === keyOf(second));
        // Of a site that was removed there are its lines.
        if (of.length === 0) this.#site(second);
        return this.#page('events', of, `/v1/sites/${encodeURIComponent(second)}/history`, query);
      }
    }
    throw new Problem(404, 'There is nothing here');
  }

  #page(name: string, all: readonly unknown[], path: string, query: URLSearchParams): Answer {
    const limit = Math.min(this.pageLimit, Number(query.get('limit') ?? 100));
    const after = Number(query.get('after') ?? 0);
    if (!(limit >= 1) || !(after >= 0)) throw new Problem(400, 'limit or after is no number');
    const next =
      after + limit < all.length ? `${path}?limit=${limit}&after=${after + limit}` : null;
    return {
      status: 200,
      body: { [name]: all.slice(after, after + limit) },
      ...(next === null ? {} : { headers: { link: `<${next}>; rel="next"` } }),
    };
  }

  #site(name: string): Json {
    const site = this.sites.get(keyOf(name));
    if (site === undefined) throw new Problem(404, 'There is no such site');
    return site;
  }

  async #write(
    method: string,
    path: readonly string[],
    query: URLSearchParams,
    headers: IncomingMessage['headers'],
    body: Json,
  ): Promise<Answer> {
    const [first, second = '', third, fourth, fifth, sixth] = path;
    const verb = `${method} ${[first, third, fourth, sixth].filter((one) => one !== undefined).join(' ')}`;
    if (verb === 'POST sites claims') return this.#claim(second, body);
    if (verb === 'PUT claims') return this.#renew(second);
    if (verb === 'DELETE claims') {
      this.#claims.delete(second);
      return { status: 204 };
    }
    if (verb === 'POST scratch-sites') return this.#newScratchSite();
    if (verb === 'DELETE scratch-sites') return this.#endScratchSite(second);
    const change = CHANGES[verb];
    if (first !== 'sites' || change === undefined) throw new Problem(405, 'There is no such verb');
    const claim = this.#requireClaim(second, headers);
    const site = this.#site(second);
    const tag = headers['if-match'];
    if (tag === undefined) throw new Problem(428, 'A change needs an If-Match');
    if (tag !== site.etag && !this.ignoresTags)
      throw new Problem(412, 'The site has changed since');
    // On a copy: a change that is refused half-way has changed nothing.
    const next = structuredClone(site);
    await this.#beforeChange(verb, next, body);
    const line = change({
      site: next,
      body,
      query,
      message: fifth ?? '',
      now: this.now(),
      facts: { ...this.facts, ignoresProof: this.ignoresProof },
    });
    claim.until = this.now() + CLAIM_SECONDS * 1_000;
    next.etag = newTag();
    this.sites.set(keyOf(second), next);
    if (line !== null) this.#tell(next.name, claim, line);
    return siteAnswer(next, method === 'POST' ? 201 : 200);
  }

  /** Where WriteUpp sends by itself, it has proven what it is to send with, and sends the test message. */
  async #beforeChange(verb: string, site: Json, body: Json): Promise<void> {
    const { sender } = this;
    if (sender === null) return;
    try {
      if (verb === 'PUT sites gmail') {
        const { connection, sealed } = body;
        requireFields(connection, { id: 'string', issuer: 'string' });
        await sender.open(sealed, this.facts.id, keyOf(site.name), connection);
        connection.opened = true;
      }
      if (verb === 'POST sites gmail tests') {
        requireFields(body, { connection: 'string', message: 'string' });
        body.id = await sender.send(body.connection, body.message);
        body.acceptedAt = new Date(this.now()).toISOString();
        delete body.message;
      }
    } catch (error) {
      if (error instanceof NotTaken) throw new Problem(422, error.message);
      throw error;
    }
  }

  #tell(site: string, { holder }: Claim, line: Json): void {
    const { command, who, host } = holder;
    const at = new Date(this.now()).toISOString();
    this.history.push({ id: randomUUID(), at, site, command, who, host, ...line });
  }

  #living(key: string): Claim | undefined {
    for (const claim of this.#claims.values()) {
      if (claim.until <= this.now()) this.#claims.delete(claim.id);
    }
    return [...this.#claims.values()].find((claim) => claim.key === key);
  }

  #claim(name: string, body: Json): Answer {
    requireFields(body, {
      command: 'string',
      who: 'string',
      host: 'string',
      pid: 'number',
      since: 'string',
    });
    const site = this.#site(name);
    const key = keyOf(name);
    const other = this.#living(key);
    if (other !== undefined && !this.sharesClaims) {
      const more = { type: 'https://writeupp.example/problems/site-busy', holder: other.holder };
      const seconds = Math.ceil((other.until - this.now()) / 1_000);
      throw new Problem(409, 'Another run has this site', more, { 'retry-after': String(seconds) });
    }
    const id = randomUUID();
    const until = this.now() + CLAIM_SECONDS * 1_000;
    this.#claims.set(id, { id, key, holder: body, until });
    return { status: 201, body: { claim: id, seconds: CLAIM_SECONDS, site: shown(site) } };
  }

  #renew(id: string): Answer {
    const found = this.#claims.get(id);
    if (found === undefined || this.#living(found.key)?.id !== id) {
      throw new Problem(404, 'This claim has ended');
    }
    found.until = this.now() + CLAIM_SECONDS * 1_000;
    return { status: 200, body: { seconds: CLAIM_SECONDS } };
  }

  #requireClaim(name: string, headers: IncomingMessage['headers']): Claim {
    const living = this.#living(keyOf(name));
    if (living !== undefined && living.id === headers.claim) return living;
    if (this.ignoresClaims) return { id: '', key: keyOf(name), holder: {}, until: 0 };
    const more = {
      type: 'https://writeupp.example/problems/claim-lost',
      ...(living === undefined ? {} : { holder: living.holder }),
    };
    throw new Problem(409, 'The claim of this site has ended', more);
  }

  #newScratchSite(): Answer {
    const name = `scratch-${randomUUID().slice(0, 13)}`;
    this.put({
      ...{ name, organisation: 'Scratch site', organisationEmail: null, scratch: true },
      ...{ login: 'scratch@writeupp.example', sendAs: null, account: null },
      smtp: {
        ...{ host: 'smtp.writeupp.example', port: 587, security: 'starttls' },
        ...{ user: 'scratch@writeupp.example', from: null },
      },
    });
    return siteAnswer(this.#site(name), 201);
  }

  #endScratchSite(name: string): Answer {
    if (this.#site(name).scratch !== true) throw new Problem(403, 'This is no scratch site');
    this.sites.delete(keyOf(name));
    for (const claim of this.#claims.values()) {
      if (claim.key === keyOf(name)) this.#claims.delete(claim.id);
    }
    for (let at = this.history.length - 1; at >= 0; at -= 1) {
      if (keyOf(this.history[at]?.site) === keyOf(name)) this.history.splice(at, 1);
    }
    return { status: 204 };
  }
}

/** What a change has, and what it gives: the line of the history, or null for what is no event. */
interface Changing {
  readonly site: Json;
  readonly body: Json;
  readonly query: URLSearchParams;
  readonly message: string;
  readonly now: number;
  readonly facts: Json;
}

/** The rules are the backend’s own: whatever a run asks for, nothing else happens to a site. */
const CHANGES: Record<string, (changing: Changing) => Json | null> = {
  'PUT sites gmail': ({ site, body, facts }) => {
    const { connection } = body;
    requireFields(connection, {
      id: 'string',
      method: 'string',
      email: 'string',
      issuer: 'string',
      connectedAt: 'string',
    });
    if (connection.method === 'oauth') {
      requireFields(connection, { subject: 'string', clientId: 'string' });
      const { clientIds } = facts;
      if (clientIds.length > 0 && !clientIds.includes(connection.clientId)) {
        throw new Problem(403, 'WriteUpp can not use this Google client');
      }
    } else if (connection.method === 'delegation')
      requireFields(connection, { serviceAccount: 'object' });
    else throw new Problem(422, 'method is neither oauth nor delegation');
    site.gmail = { ...connection, test: null };
    return { step: 'sign-in', outcome: 'done', account: connection.email };
  },
  'DELETE sites gmail': ({ site, query }) => {
    if (site.gmail?.id !== query.get('connection')) throw otherConnection();
    const { email } = site.gmail;
    site.gmail = null;
    return { step: 'sign-out', outcome: 'done', removed: { account: email } };
  },
  'POST sites gmail tests': ({ site, body }) => {
    requireFields(body, {
      connection: 'string',
      to: 'string',
      from: 'string',
      id: 'string',
      referenceHash: 'string',
      acceptedAt: 'string',
    });
    if (site.gmail?.id !== body.connection) throw otherConnection();
    const { connection: _, ...test } = body;
    site.gmail.test = { ...test, arrival: 'unanswered', senderSeen: false };
    return {
      ...{ step: 'test-message', outcome: 'done', account: site.gmail.email },
      testMessage: { id: test.id, to: test.to },
    };
  },
  'PUT sites gmail tests receipt': ({ site, body, message }) => {
    requireFields(body, { arrival: 'string', senderSeen: 'boolean' });
    if (!['confirmed', 'denied'].includes(body.arrival))
      throw new Problem(422, 'arrival is unknown');
    const test = site.gmail?.test;
    if (test?.id !== message) throw new Problem(409, 'This is not the last test message');
    const before = test.arrival;
    Object.assign(test, { arrival: body.arrival, senderSeen: body.senderSeen });
    return before === body.arrival
      ? null
      : {
          ...{ step: 'confirm-receipt', outcome: body.arrival, account: site.gmail.email },
          testMessage: { id: test.id, to: test.to },
        };
  },
  'PATCH sites settings': ({ site, body }) => {
    const fields = Object.keys(body).filter((field) => site[field] !== body[field]);
    for (const field of Object.keys(body)) {
      if (!(field in SETTINGS)) throw new Problem(422, `${field} is not a setting`);
    }
    Object.assign(site, body);
    const words = fields.map((field) => SETTINGS[field]);
    return fields.length === 0 ? null : { step: 'change-site', outcome: 'done', fields: words };
  },
  'DELETE sites smtp': ({ site, query, now, facts }) => {
    const { smtp, gmail } = site;
    if (smtp === null) throw new Problem(409, 'There are no SMTP settings');
    const by = query.get('proof');
    if (by === 'test-message' && !facts.ignoresProof) requireProof(gmail, query, now, facts);
    else if (by !== 'asked-for' && by !== 'test-message')
      throw new Problem(422, 'proof is neither test-message nor asked-for');
    site.smtp = null;
    site.smtpRevertedAt = new Date(now).toISOString();
    const test = gmail?.test ?? null;
    return {
      ...{ step: 'revert-smtp', outcome: 'done' },
      ...(gmail === null ? {} : { account: gmail.email }),
      proof: { by, testMessage: test && { ...pastTest(test) } },
      removed: { smtp: withoutPassword(smtp) },
    };
  },
};

const SETTINGS: Record<string, string> = {
  organisation: 'organisation',
  organisationEmail: 'organisation-email',
  login: 'login',
  sendAs: 'send-as',
  account: 'account',
};

/** Where the proof is not whole, nothing is removed, whatever the program believes. */
function requireProof(gmail: Json | null, query: URLSearchParams, now: number, facts: Json): void {
  if (gmail === null || gmail.id !== query.get('connection')) throw otherConnection();
  const { test } = gmail;
  if (test === null || test.id !== query.get('message')) {
    throw new Problem(409, 'This is not the last test message');
  }
  if (test.arrival === 'denied') throw new Problem(409, 'The test message did not arrive');
  if (now - Date.parse(test.acceptedAt) > DAY_MS) throw new Problem(409, 'The test message is old');
  if (facts.sendsItself && gmail.opened !== true) {
    throw new Problem(409, 'WriteUpp has not opened the permission');
  }
}

function pastTest({ id, to, acceptedAt, arrival }: Json): Json {
  const receipt = arrival === 'unanswered' ? 'accepted-by-gmail' : arrival;
  return { id, to, acceptedAt, receipt };
}

function otherConnection(): Problem {
  return new Problem(409, 'Another connection is on record');
}

/** A site as it is shown. */
function shown({ scratch: _, ...site }: Json): Json {
  return { ...site, smtp: withoutPassword(site.smtp), leftToDo: site.leftToDo ?? [] };
}

/** It is WriteUpp's own, and no answer has it. */
function withoutPassword(smtp: Json | null): Json | null {
  if (typeof smtp !== 'object' || smtp === null) return smtp;
  const { password: _, ...shown } = smtp;
  return shown;
}

function siteAnswer(site: Json, status = 200): Answer {
  return { status, body: shown(site), headers: { etag: String(site.etag) } };
}

function problemAnswer({ status, title, more, headers }: Problem): Answer {
  return { status, body: { title, status, ...more }, headers };
}

function typeOf({ status }: Answer, isPage: boolean): string {
  if (isPage) return 'text/html; charset=utf-8';
  return status >= 400 ? 'application/problem+json' : 'application/json';
}

function requireFields(value: unknown, fields: Record<string, string>): void {
  if (typeof value !== 'object' || value === null) throw new Problem(422, 'There is no object');
  for (const [field, type] of Object.entries(fields)) {
    const found = typeof (value as Json)[field];
    if (found !== type) throw new Problem(422, `${field} is not of the type ${type}`);
  }
}

function bodyOf(text: string, headers: IncomingMessage['headers']): Json {
  if (text === '') return {};
  if (headers['content-type'] !== 'application/json') throw new Problem(415, 'A body is JSON');
  const value = parsed(text);
  if (typeof value !== 'object' || value === null)
    throw new Problem(400, 'The body is no JSON object');
  return value as Json;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Names that differ in case alone are one. */
function keyOf(name: unknown): string {
  return String(name).normalize('NFC').toLowerCase().normalize('NFC');
}

function accountOf(gmail: Json | null): string | null {
  if (gmail?.subject === undefined) return null;
  return createHash('sha256')
    .update(JSON.stringify([gmail.issuer, gmail.subject]))
    .digest('hex');
}

function newTag(): string {
  return `"${randomUUID()}"`;
}

function tagOf(value: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)}"`;
}
