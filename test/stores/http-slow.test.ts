/** The store over HTTP where the backend is slow: in words, within a bounded time, and nothing is believed. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { backendRequests } from '../../src/kit/backend-requests.js';
import type { Change } from '../../src/sites/change.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { confirmByPerson } from '../../src/sites/warrant.js';
import { readBackendAddress } from '../../src/stores/http/backend-url.js';
import { openClient, type SendHttp } from '../../src/stores/http/client.js';
import { type HttpOptions, openHttpSiteStore } from '../../src/stores/http/http-site-store.js';
import type { Fault, SettingsApi } from '../settings-api/settings-api.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { backendAndHome } from '../support/backend-store.js';

const NAME = 'harbour-physio';
const { password: _, ...WIRE_SMTP } = SMTP;
const { credentials: __, doneInWriteUpp: ___, ...SITE } = aSite();
const REMOVAL: Change = { kind: 'remove-smtp', at: new Date(), authority: confirmByPerson() };

/** As the program's own limits of 10 and 15 seconds stand to each other: a request is sent twice. */
const TIMEOUT_MS = 150;
const GIVE_UP_MS = 420;
/** Two requests, the pause between them, and what a busy computer adds. */
const BOUND_MS = 2_500;

const SLOW: readonly (readonly [what: string, fault: Fault])[] = [
  ['comes byte by byte', { kind: 'drip', ms: 20 }],
  ['takes longer than the limit', { kind: 'slow', ms: 1_000 }],
  ['stops in the middle', { kind: 'hang-in-the-middle' }],
  ['never begins, of what is not carried out', { kind: 'hang-before' }],
  ['never begins, of what is carried out', { kind: 'hang-after' }],
];

let api: SettingsApi;
let home: string;
let remove: () => Promise<void>;
let store: SiteStore;
beforeEach(async () => {
  ({ api, home, remove } = await backendAndHome());
  api.put({ ...SITE, smtp: WIRE_SMTP });
  store = await openWith(backendRequests(TIMEOUT_MS), { readAgeMs: 0 });
});
afterEach(() => remove());

async function openWith(send: SendHttp, more: Partial<HttpOptions> = {}): Promise<SiteStore> {
  const address = readBackendAddress(api.url, true);
  const client = openClient({
    ...{ address, send, giveUpMs: GIVE_UP_MS },
    ...{ token: async () => api.token, signal: new AbortController().signal },
  });
  const { description } = address;
  const { facts } = await client.facts();
  return openHttpSiteStore({ client, description, facts, home, ...more });
}

const options = {
  command: 'migrate',
  signal: new AbortController().signal,
  onWait: () => undefined,
};

function slowly(method: string, path: RegExp, fault: Fault): void {
  api.fault = (request) => (request.method === method && path.test(request.path) ? fault : null);
}

async function expectTooSlow(work: Promise<unknown>): Promise<void> {
  const began = performance.now();
  await expect(work).rejects.toMatchObject({
    code: 'network',
    exitCode: 5,
    message: expect.stringContaining('it did not answer in time'),
  });
  expect(performance.now() - began).toBeLessThan(BOUND_MS);
}

describe.each(SLOW)('an answer that %s', (_what, fault) => {
  test('is not waited for: nothing is read, and the next answer counts', async () => {
    slowly('GET', /sites/, fault);
    await expectTooSlow(store.read(NAME));
    await expectTooSlow(store.names());
    api.fault = null;
    expect(await store.read(NAME)).toMatchObject({ name: NAME, smtp: { host: SMTP.host } });
  });

  test('to a claim leaves nothing held on this computer', async () => {
    slowly('POST', /claims/, fault);
    await expectTooSlow(store.claim(NAME, options));
    api.fault = null;
    // What the backend did of it ends by time.
    api.endClaims();
    const held = await store.claim(NAME, { ...options, mayWait: false });
    expect((await held.read())?.smtp).not.toBeNull();
    await held.release();
  });

  test('to a removal is never taken for one that was made, and it is made once', async () => {
    const held = await store.claim(NAME, options);
    slowly('DELETE', /smtp/, fault);
    await expectTooSlow(held.apply(REMOVAL));
    api.fault = null;
    // What was done is what the backend says, and not what was asked for.
    await sleep(fault.kind === 'slow' ? 1_200 : 0);
    const isDone = api.sites.get(NAME)?.smtp === null;
    expect(isDone).toBe(fault.kind !== 'hang-before');
    expect((await held.read())?.smtp === null).toBe(isDone);
    expect((await held.apply(REMOVAL)).site?.smtp).toBeNull();
    await held.release();
    expect(api.history.filter(({ step }) => step === 'revert-smtp')).toHaveLength(1);
  });

  test('to the end of a claim stops nobody: the next run on this computer ends it', async () => {
    const held = await store.claim(NAME, options);
    slowly('DELETE', /claims/, fault);
    const began = performance.now();
    await held.release();
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    api.fault = null;
    const next = await store.claim(NAME, { ...options, mayWait: false });
    await next.release();
  });
});

test('a renewal that hangs before a removal keeps the SMTP settings', async () => {
  let ahead = 0;
  const now = () => performance.now() + ahead;
  const slow = await openWith(backendRequests(TIMEOUT_MS), { now });
  const held = await slow.claim(NAME, options);
  ahead = 6_000;
  slowly('PUT', /claims/, { kind: 'hang-before' });
  await expectTooSlow(held.apply(REMOVAL));
  expect(api.sites.get(NAME)?.smtp).not.toBeNull();
  expect(api.requests.filter(({ path }) => path.includes('/smtp'))).toEqual([]);
  await held.release();
});

test('a claim is no younger for a renewal whose answer was slow: a removal renews it again', async () => {
  let ahead = 0;
  const now = () => performance.now() + ahead;
  const send = backendRequests();
  let renewals = 0;
  const slow = await openWith(
    async (request, signal) => {
      const reply = await send(request, signal);
      if (request.method !== 'PUT') return reply;
      renewals += 1;
      // The answer to the first is on its way for longer than a removal may rely on it.
      if (renewals === 1) ahead += 6_000;
      return reply;
    },
    { now },
  );
  const held = await slow.claim(NAME, options);
  ahead += 30_000;
  await held.confirm();
  expect(renewals).toBe(1);
  await held.apply(REMOVAL);
  expect(renewals).toBe(2);
  expect(api.sites.get(NAME)?.smtp).toBeNull();
  await held.release();
});

test('a claim is no younger for a clock that was ahead and was corrected, nor after a sleep', async () => {
  const real = Date.now;
  let aheadMs = 3_600_000;
  // The other clock stands still while a computer sleeps.
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() + aheadMs);
  try {
    const awake = await openWith(backendRequests(), { readAgeMs: 0 });
    const renewals = () => api.requests.filter(({ method }) => method === 'PUT').length;
    const held = await awake.claim(NAME, options);
    aheadMs = 0;
    await held.confirm();
    expect(renewals()).toBe(0);
    aheadMs = 30_000;
    await held.confirm();
    expect(renewals()).toBe(1);
    await held.confirm();
    expect(renewals()).toBe(1);
    await held.release();
  } finally {
    clock.mockRestore();
  }
});

test('a claim is renewed by one request at a time, however long each takes', async () => {
  const send = backendRequests();
  let [under, most] = [0, 0];
  const slow = await openWith(async (request, signal) => {
    if (request.method !== 'PUT') return send(request, signal);
    under += 1;
    most = Math.max(most, under);
    await sleep(2_500);
    under -= 1;
    return send(request, signal);
  });
  // Renewed after a third of that.
  api.fault = ({ method }) => (method === 'POST' ? { kind: 'answer', with: { seconds: 5 } } : null);
  const held = await slow.claim(NAME, options);
  await sleep(4_000);
  expect(most).toBe(1);
  await held.release();
});
