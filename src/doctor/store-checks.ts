/**
 * The conformance run: each promise of docs/store-api.md is tried on a scratch site, which is removed at the end. It
 * makes its own requests instead of using the store: requests that the store would never make are tried too.
 */

import { randomUUID } from 'node:crypto';
import type { Backend } from '../kit/backend.js';
import { backendRequests } from '../kit/backend-requests.js';
import type { HistoryEvent } from '../sites/site-history.js';
import type { HttpReply, SendHttp } from '../stores/http/client.js';
import { isObject, parseJson } from '../text/json.js';
import type { Check, Finding } from './run-check.js';

/** A request; it gets its own idempotency key unless one is given. */
interface RequestOptions {
  readonly body?: unknown;
  readonly claim?: string;
  readonly ifMatch?: string;
  readonly key?: string;
  readonly token?: string;
  /** For clean-up, which goes on after the run itself was stopped. */
  readonly by?: AbortSignal;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A broken promise: what was expected, in words that an engineer can look up. */
class BrokenPromise extends Error {}

/** The facts that lines of the history must have, by step, in addition to those that every line has. */
const FACTS: Readonly<Record<string, readonly (keyof HistoryEvent)[]>> = {
  'change-site': ['fields'],
  'sign-in': ['account'],
  'test-message': ['account', 'testMessage'],
  'confirm-receipt': ['account', 'testMessage'],
  'revert-smtp': ['account', 'proof', 'removed'],
};

const WHO = { command: 'doctor', who: 'doctor', host: 'doctor', pid: 1 };

/** The checks, and what removes the scratch site however they end. */
export interface StoreChecks {
  readonly checks: readonly Check[];
  /** Removes the scratch site, if it still exists. */
  clear(): Promise<void>;
}

export function storeChecks(backend: Backend, signal: AbortSignal): StoreChecks {
  const send: SendHttp = backendRequests();
  let token = '';
  let site = '';
  let etag = '';
  let sendsItself = false;
  let clientId = 'scratch';
  let isMade = false;
  let isGone = false;
  const at = () => `/v1/sites/${encodeURIComponent(site)}`;
  const scratch = () => `/v1/scratch-sites/${encodeURIComponent(site)}`;

  async function ask(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
    const { body, claim, ifMatch, key = randomUUID() } = options;
    const reply: HttpReply = await send(
      {
        method,
        url: backend.address.base + path,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${options.token ?? token}`,
          ...(method === 'GET' ? {} : { 'idempotency-key': `"${key}"` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(claim === undefined ? {} : { claim }),
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      options.by ?? signal,
    );
    const value = parseJson(reply.text);
    return { status: reply.status, headers: reply.headers, body: isObject(value) ? value : {} };
  }

  /** All entries of a list, from all its pages. */
  async function all(first: string, field: 'sites' | 'events') {
    const found: Record<string, unknown>[] = [];
    const asked = new Set<string>();
    const { nextPage } = await import('../stores/http/requests.js');
    for (let path: string | null = first; path !== null; ) {
      holds(!asked.has(path), 'pages that don’t go round in a circle');
      asked.add(path);
      const answer = await ask('GET', path);
      holds(answer.status === 200, 'GET of a list: 200', answer);
      const { [field]: items } = answer.body;
      holds(Array.isArray(items), `${field} in a list`);
      found.push(...items.filter(isObject));
      path = nextPage(answer, path, backend.address.description);
    }
    return found;
  }

  const claim = async () => {
    const body = { ...WHO, since: new Date().toISOString() };
    const made = await ask('POST', `${at()}/claims`, { body });
    holds(made.status === 201, 'POST claims: 201', made);
    return String(made.body.claim);
  };
  const end = (id: string) => ask('DELETE', `/v1/claims/${encodeURIComponent(id)}`);
  async function withClaim<T>(work: (id: string) => Promise<T>): Promise<T> {
    const id = await claim();
    try {
      return await work(id);
    } finally {
      await end(id);
    }
  }
  const current = async () => {
    const answer = await ask('GET', at());
    holds(answer.status === 200, 'GET of the site: 200', answer);
    etag = String(answer.body.etag);
    return answer.body;
  };
  const set = (organisation: string, options: RequestOptions) =>
    ask('PATCH', `${at()}/settings`, { body: { organisation }, ifMatch: etag, ...options });

  /** Each promise: its name, the message if it holds, and how it is tried. */
  const promises: readonly (readonly [string, string, () => Promise<void>])[] = [
    [
      'store-itself',
      'GET /v1 says what the store is',
      async () => {
        token = await backend.token();
        const { facts } = await backend.client(token).facts();
        sendsItself = facts.sendsItself;
        clientId = facts.clientIds[0] ?? clientId;
        holds(facts.can.includes('scratch-sites'), 'GET /v1: "scratch-sites" in its list "can"');
        holds(
          !sendsItself || facts.recipient !== null,
          'GET /v1: a recipient, since it sends itself',
        );
        const { headers } = await ask('GET', '/v1');
        holds(headers.get('store') !== null, 'a header Store in each answer');
      },
    ],
    [
      'store-token',
      'A token that is not known gets nothing',
      async () => {
        const answer = await ask('GET', '/v1/sites?limit=1', { token: `not-${randomUUID()}` });
        holds(answer.status === 401, '401 for a token that is not known', answer);
      },
    ],
    [
      'store-scratch-site',
      'A scratch site was made, and is in no list',
      async () => {
        const made = await ask('POST', '/v1/scratch-sites', { body: {} });
        holds(made.status === 201, 'POST /v1/scratch-sites: 201', made);
        site = String(made.body.name);
        isMade = true;
        holds(isObject(made.body.smtp), 'a scratch site with SMTP settings');
        const names = (await all('/v1/sites?limit=500', 'sites')).map(({ name }) => name);
        holds(!names.includes(site), 'a list of sites without the scratch site');
      },
    ],
    [
      'store-site',
      'A site is answered whole, under its name in any case',
      async () => {
        const body = await current();
        const { readWireSite } = await import('../stores/http/wire.js');
        const problem = readWireSite(body);
        holds(problem === null, `a site as docs/store-api.md has it (${problem})`);
        const other = await ask('GET', `/v1/sites/${encodeURIComponent(site.toUpperCase())}`);
        holds(other.status === 200, 'the same site under its name in capitals', other);
        const none = await ask('GET', `/v1/sites/${randomUUID()}`);
        holds(none.status === 404, '404 for a site that is not there', none);
      },
    ],
    [
      'store-two-claims',
      'One run has a site at a time, and the next is told who has it',
      () =>
        withClaim(async () => {
          const body = { ...WHO, since: new Date().toISOString() };
          const second = await ask('POST', `${at()}/claims`, { body });
          holds(second.status === 409, '409 for a second claim', second);
          holds(isObject(second.body.holder), 'the holder in that answer');
          holds(second.headers.get('retry-after') !== null, 'Retry-After in that answer');
        }),
    ],
    [
      'store-claim-ends',
      'A claim is renewed while it holds, and not once it has ended',
      () =>
        withClaim(async (id) => {
          const path = `/v1/claims/${encodeURIComponent(id)}`;
          const renewed = await ask('PUT', path);
          holds(renewed.status === 200, 'PUT of a claim: 200', renewed);
          holds((await end(id)).status === 204, 'DELETE of a claim: 204');
          holds((await end(id)).status === 204, 'DELETE of a claim that has ended: 204');
          const late = await ask('PUT', path);
          holds(late.status === 404, '404 for the renewal of a claim that has ended', late);
        }),
    ],
    [
      'store-entity-tag',
      'A change of a site that has changed since is refused',
      () =>
        withClaim(async (id) => {
          const before = String((await current()).etag);
          const done = await set('Scratch one', { claim: id });
          holds(done.status === 200, 'PATCH settings: 200', done);
          holds(done.body.organisation === 'Scratch one', 'the new site in the answer');
          holds(String(done.body.etag) !== before, 'another entity tag after a change');
          const stale = await set('Scratch two', { claim: id, ifMatch: before });
          holds(stale.status === 412, '412 for an entity tag of before', stale);
          holds((await current()).organisation === 'Scratch one', 'nothing changed by that');
        }),
    ],
    [
      'store-late-write',
      'A write that arrives under a claim that has ended changes nothing',
      () =>
        withClaim(async (id) => {
          await current();
          await end(id);
          const late = await set('Scratch late', { claim: id });
          holds(late.status === 409, '409 under a claim that has ended', late);
          const type = String(late.body.type);
          holds(type.endsWith('claim-lost'), 'a problem whose type ends in claim-lost');
          const without = await set('Scratch late', {});
          holds(without.status >= 400, 'a refusal without a claim', without);
          holds((await current()).organisation !== 'Scratch late', 'nothing changed by that');
        }),
    ],
    [
      'store-lost-answer',
      'A request that comes again gets its first answer, and is carried out once',
      () =>
        withClaim(async (id) => {
          const key = randomUUID();
          await current();
          const options = { claim: id, ifMatch: etag, key };
          const first = await set('Scratch once', options);
          holds(first.status === 200, 'PATCH settings: 200', first);
          const again = await set('Scratch once', options);
          holds(
            again.status === 200 && again.body.etag === first.body.etag,
            'the first answer again',
            again,
          );
          await end(id);
          const later = await set('Scratch once', options);
          holds(later.status === 200, 'the first answer again after the claim has ended', later);
          const other = await set('Scratch other', options);
          holds(other.status === 422, '422 for another request under the same key', other);
        }),
    ],
    [
      'store-proof',
      'Without the proof, SMTP settings stay',
      () =>
        withClaim(async (id) => {
          await current();
          const query = 'proof=test-message&connection=none&message=none';
          const refused = await ask('DELETE', `${at()}/smtp?${query}`, {
            claim: id,
            ifMatch: etag,
          });
          holds(refused.status === 409, '409 for a removal without proof', refused);
          holds((await current()).smtp !== null, 'the SMTP settings still there');
        }),
    ],
    [
      'store-gmail',
      'A connection, a test message, a receipt, and the removal with that proof',
      () => withClaim(tryTheSwitch),
    ],
    [
      'store-history',
      'Each change has its line, once, by the run that had the claim',
      async () => {
        const events = await all(`${at()}/history?limit=500`, 'events');
        const changes = events.filter(({ step }) => step === 'change-site');
        holds(changes.length === 2, `two lines change-site (there are ${changes.length})`);
        holds(
          events.every(({ who, command }) => who === 'doctor' && command === 'doctor'),
          'who and command as the claim named them',
        );
        const { eventOf } = await import('../stores/history-line.js');
        const lines = events.map(eventOf);
        for (const line of lines) {
          holds(line !== null, 'lines with all that every line has');
          const missing = (FACTS[line.step] ?? []).filter((fact) => line[fact] === undefined);
          holds(missing.length === 0, `${missing.join(', ')} in a line ${line.step}`);
        }
        const removal = lines.find((line) => line?.step === 'revert-smtp');
        holds(sendsItself || removal !== undefined, 'a line revert-smtp');
        const receipt = removal?.proof?.testMessage?.receipt;
        holds(
          sendsItself || receipt === 'confirmed',
          'the receipt of that test message in its proof',
        );
      },
    ],
  ];

  async function tryTheSwitch(id: string): Promise<void> {
    const connection = {
      ...{ id: randomUUID(), method: 'oauth', email: 'scratch@writeupp.example' },
      ...{ issuer: 'https://accounts.google.com', subject: randomUUID(), clientId },
      connectedAt: new Date().toISOString(),
    };
    await current();
    const put = () =>
      ask('PUT', `${at()}/gmail`, {
        ...{ claim: id, ifMatch: etag },
        body: { connection, ...(sendsItself ? { sealed: 'bm90IHNlYWxlZA==' } : {}) },
      });
    if (sendsItself) {
      const refused = await put();
      holds(refused.status >= 400, 'a refusal of a permission that can’t be opened', refused);
      holds((await current()).gmail === null, 'no connection after that');
      return;
    }
    const connected = await put();
    holds(connected.status === 200, 'PUT gmail: 200', connected);
    etag = String(connected.body.etag);
    const message = randomUUID();
    const tested = await ask('POST', `${at()}/gmail/tests`, {
      ...{ claim: id, ifMatch: etag },
      body: {
        ...{ connection: connection.id, to: connection.email, from: connection.email, id: message },
        ...{ referenceHash: '0'.repeat(64), acceptedAt: new Date().toISOString() },
      },
    });
    holds(tested.status === 201, 'POST tests: 201', tested);
    const say = async (arrival: string) => {
      await current();
      const path = `${at()}/gmail/tests/${message}/receipt`;
      return ask('PUT', path, { claim: id, ifMatch: etag, body: { arrival, senderSeen: false } });
    };
    const remove = async () => {
      await current();
      const query = new URLSearchParams({
        proof: 'test-message',
        connection: connection.id,
        message,
      });
      return ask('DELETE', `${at()}/smtp?${query}`, { claim: id, ifMatch: etag });
    };
    holds((await say('denied')).status === 200, 'PUT receipt: 200');
    const refused = await remove();
    holds(refused.status === 409, '409 for a removal after a message that did not arrive', refused);
    holds((await say('confirmed')).status === 200, 'PUT receipt: 200');
    const removed = await remove();
    holds(
      removed.status === 200 && removed.body.smtp === null,
      'DELETE smtp: 200, and it is gone',
      removed,
    );
    holds(typeof removed.body.smtpRevertedAt === 'string', 'smtpRevertedAt in the answer');
  }

  async function clear(): Promise<void> {
    if (!isMade || isGone) return;
    await ask('DELETE', scratch(), { by: new AbortController().signal });
    isGone = true;
  }

  const checks: Check[] = promises.map(([name, holdsWords, attempt], index) => ({
    name,
    waitsFor: backend.address.description,
    limitMs: 60_000,
    isDue: () => index < 3 || isMade,
    run: () => finding(holdsWords, attempt),
  }));
  return {
    clear,
    checks: [
      ...checks,
      {
        name: 'store-left-behind',
        waitsFor: backend.address.description,
        limitMs: 30_000,
        isDue: () => isMade,
        run: () =>
          finding('The scratch site was removed, and nothing is left of it', async () => {
            const removed = await ask('DELETE', scratch());
            holds(removed.status === 204, 'DELETE of a scratch site: 204', removed);
            isGone = true;
            const after = await ask('GET', at());
            holds(after.status === 404, '404 for it from then on', after);
          }),
      },
    ],
  };
}

function holds(isSo: boolean, expected: string, got?: Reply): asserts isSo {
  if (!isSo)
    throw new BrokenPromise(got === undefined ? expected : `${expected}; it was ${got.status}`);
}

async function finding(words: string, attempt: () => Promise<void>): Promise<Finding> {
  try {
    await attempt();
    return { status: 'pass', message: `${words}.`, hint: '' };
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    return {
      status: 'fail',
      message: `It does not hold: ${words.charAt(0).toLowerCase()}${words.slice(1)}.`,
      hint: `Expected: ${error.message}.\nWhat it must be: docs/store-api.md`,
    };
  }
}
