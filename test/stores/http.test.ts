/** The store over HTTP where the backend, or what lies between, misbehaves: nothing is lost, and nothing is believed. */

import { mkdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sealHandOver } from '../../src/credentials/hand-over.js';
import { openBackend } from '../../src/kit/backend.js';
import type { Change } from '../../src/sites/change.js';
import { HeldSite } from '../../src/sites/held-site.js';
import type { SiteClaim, SiteStore } from '../../src/sites/site-store.js';
import { confirmByPerson, issueWarrant } from '../../src/sites/warrant.js';
import { readBackendAddress } from '../../src/stores/http/backend-url.js';
import { Sender } from '../settings-api/sender.js';
import type { Fault, SettingsApi } from '../settings-api/settings-api.js';
import { aSite, DELEGATED, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { backendAndHome } from '../support/backend-store.js';
import { type Gate, MemorySecrets, openGate } from '../support/memory-store.js';
import { runIn, twin } from '../support/twin.js';

const NAME = 'harbour-physio';
const { password: _, ...WIRE_SMTP } = SMTP;
const { credentials: __, doneInWriteUpp: ___, ...SITE } = aSite();
const REMOVAL: Change = { kind: 'remove-smtp', at: new Date(), authority: confirmByPerson() };

let api: SettingsApi;
let home: string;
let remove: () => Promise<void>;
let notes: string[];
beforeEach(async () => {
  ({ api, home, remove } = await backendAndHome());
  notes = [];
  kept.clear();
  api.put({ ...SITE, smtp: WIRE_SMTP });
});
afterEach(() => remove());

const kept = new Map<string, string>();
const secrets = async (id: string) => ({
  description: 'memory',
  get: async () => kept.get(id) ?? null,
  set: async (_key: string, _slot: string, secret: string) => void kept.set(id, secret),
  delete: async () => kept.delete(id),
  prove: async () => undefined,
});
const backendWith = (
  givenToken: string | undefined,
  signal: AbortSignal = new AbortController().signal,
) =>
  openBackend({
    ...{ storeUrl: api.url, home, isRehearsal: true, readOnly: false, givenToken, secrets },
    signal,
    note: (line) => notes.push(line),
  });
const backend = (givenToken: string = api.token) => backendWith(givenToken);
async function open(): Promise<SiteStore> {
  return (await (await backend()).open()).store;
}
const options = {
  command: 'migrate',
  signal: new AbortController().signal,
  onWait: () => undefined,
};

/** A fault of the first request of a kind. */
function once(method: string, path: RegExp, fault: Fault): void {
  let isDone = false;
  api.fault = (request) => {
    if (isDone || request.method !== method || !path.test(request.path)) return null;
    isDone = true;
    return fault;
  };
}

describe('a change whose answer is lost is made once:', () => {
  test.each<[what: string, fault: Fault]>([
    ['the request was lost', { kind: 'lost-before' }],
    ['the answer was lost', { kind: 'lost-after' }],
    ['the answer was cut', { kind: 'cut' }],
    ['502', { kind: 'status', status: 502 }],
    ['503 with a time', { kind: 'status', status: 503, headers: { 'retry-after': '1' } }],
  ])('%s', async (_what, fault) => {
    const store = await open();
    const held = await store.claim(NAME, options);
    once('DELETE', /smtp/, fault);
    const { site } = await held.apply(REMOVAL);
    expect(site?.smtp).toBeNull();
    await held.release();
    const lines = api.history.filter(({ step }) => step === 'revert-smtp');
    expect(lines).toHaveLength(1);
    const asked = api.requests.filter(
      ({ method, path }) => method === 'DELETE' && /smtp/.test(path),
    );
    const keys = new Set(asked.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).toBe(1);
  });
});

test('a backend keeps its rules itself: a repeated key with another request is refused', async () => {
  const write = (path: string) =>
    fetch(api.url + path, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${api.token}`, 'idempotency-key': '"one-and-the-same"' },
    });
  expect((await write('/v1/claims/one')).status).toBe(204);
  expect((await write('/v1/claims/one')).status).toBe(204);
  expect((await write('/v1/claims/two')).status).toBe(422);
});

describe('what can’t be believed is told in words, and changes nothing:', () => {
  const refused = { code: 'store-refused' };
  test.each<[what: string, fault: Fault, error: object]>([
    ['a welcome page', { kind: 'not-json' }, refused],
    ['no object', { kind: 'answer', with: { etag: undefined } }, { code: 'storage' }],
    ['a wrong type', { kind: 'answer', with: { smtp: 'none' } }, { code: 'storage' }],
    ['an unknown step', { kind: 'answer', with: { leftToDo: ['x'] } }, { code: 'storage' }],
    ['another site', { kind: 'answer', with: { name: 'quay' } }, { code: 'storage' }],
    [
      'a redirect',
      { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      refused,
    ],
    ['403', { kind: 'status', status: 403 }, refused],
    ['418', { kind: 'status', status: 418 }, refused],
    ['401', { kind: 'status', status: 401 }, { code: 'store-sign-in-needed', exitCode: 4 }],
    [
      '429',
      { kind: 'status', status: 429, headers: { 'retry-after': '90' } },
      { code: 'rate-limited' },
    ],
    ['503', { kind: 'status', status: 503, headers: { 'retry-after': '90' } }, { code: 'network' }],
  ])('%s', async (_what, fault, error) => {
    const store = await open();
    api.fault = ({ path }) => (path.startsWith('/v1/sites/') ? fault : null);
    await expect(store.read(NAME)).rejects.toMatchObject(error);
    api.fault = null;
    expect(await store.read(NAME)).toMatchObject({ name: NAME });
  });

  test('a problem with a wrong field is read for the others', async () => {
    const store = await open();
    const held = await store.claim(NAME, options);
    api.endClaims();
    once('DELETE', /smtp/, { kind: 'answer', with: { title: 5, holder: 'jane' } });
    await expect(held.apply(REMOVAL)).rejects.toMatchObject({ code: 'site-busy' });
    await held.release();
  });

  test('an answer that is too long, and it is asked for once', async () => {
    const store = await open();
    const before = api.requests.length;
    once('GET', /sites/, { kind: 'answer', with: { more: 'x'.repeat(17 * 1024 * 1024) } });
    await expect(store.read(NAME)).rejects.toMatchObject(refused);
    expect(api.requests.length - before).toBe(1);
  });

  test.each([[0], [4], [1.5], [1e9]])('a claim of %d seconds', async (seconds) => {
    const store = await open();
    once('POST', /claims/, { kind: 'answer', with: { seconds } });
    await expect(store.claim(NAME, options)).rejects.toMatchObject(refused);
  });

  test('a next page that is no address', async () => {
    const store = await open();
    const headers = { link: '<http://[>; rel="next"' };
    api.fault = () => ({ kind: 'headers', headers });
    await expect(store.names()).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('the next page'),
    });
  });

  test.each([['../../outside'], ['a/b'], ['con'], ['quay.'], ['\u001b[2J'], ['x'.repeat(500)]])(
    'a name that is none: %j',
    async (name) => {
      api.put({ ...SITE, name, smtp: WIRE_SMTP });
      const store = await open();
      const before = await readdir(home, { recursive: true });
      const faults: unknown[] = [];
      for await (const site of store.list()) if (site instanceof Error) faults.push(site);
      expect(faults).toMatchObject([{ code: 'storage' }]);
      for (const isLocal of [false, true]) {
        const claiming = store.claim(name, { ...options, isLocal });
        await expect(claiming).rejects.toMatchObject({
          code: 'storage',
          message: expect.not.stringMatching(/\p{Cc}/u),
        });
      }
      await expect(store.read(name)).rejects.toMatchObject({ code: 'storage' });
      expect(await readdir(home, { recursive: true })).toEqual(before);
    },
  );

  test('pages that go round in a circle', async () => {
    const store = await open();
    const link = { link: '</v1/sites?limit=500>; rel="next"' };
    api.fault = ({ path }) =>
      path.startsWith('/v1/sites') ? { kind: 'status', status: 200, headers: link } : null;
    await expect(store.names()).rejects.toMatchObject(refused);
  });
});

test('what somebody changes in WriteUpp meanwhile stops a removal, and no other change', async () => {
  const store = await open();
  const held = await store.claim(NAME, options);
  api.edit(NAME, (site) => {
    site.login = 'desk@harbour-physio.example';
  });
  await expect(held.apply(REMOVAL)).rejects.toMatchObject({ code: 'site-busy' });
  expect(api.sites.get(NAME)?.smtp).not.toBeNull();
  api.edit(NAME, () => undefined);
  const { site } = await held.apply({ kind: 'connect', connection: GMAIL, credentials: 'vault' });
  expect(site).toMatchObject({ gmail: GMAIL.test === null ? GMAIL : { ...GMAIL, test: null } });
  await held.release();
});

test('what somebody did in WriteUpp meanwhile is not asked for again', async () => {
  api.edit(NAME, (site) => {
    site.gmail = { ...GMAIL, tokenSlot: undefined, test: null };
  });
  const store = await open();
  const held = await store.claim(NAME, options);
  api.edit(NAME, (site) => {
    site.gmail = null;
  });
  const { site } = await held.apply({ kind: 'disconnect', connection: GMAIL.id });
  expect(site?.gmail).toBeNull();
  expect(api.requests.filter(({ path }) => path.includes('/gmail'))).toHaveLength(1);
  await held.release();
});

test('settings that this run does not change stay as somebody changes them in WriteUpp meanwhile', async () => {
  const store = await open();
  const held = await store.claim(NAME, options);
  const { organisationEmail, login, sendAs, account, smtp } = aSite();
  const before = { organisationEmail, login, sendAs, account, smtp };
  api.edit(NAME, (site) => {
    site.login = 'desk@harbour-physio.example';
  });
  const settings = { ...before, organisation: 'Harbour and Quay' };
  const { site } = await held.apply({ kind: 'settings', settings });
  expect(site).toMatchObject({
    organisation: 'Harbour and Quay',
    login: 'desk@harbour-physio.example',
  });
  const sent = api.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => body);
  expect(sent).toEqual([
    { organisation: 'Harbour and Quay' },
    { organisation: 'Harbour and Quay' },
  ]);
  await held.release();
});

test.each([true, false])(
  'nothing is removed by a proof unless WriteUpp has opened what it is to send with: %s',
  async (opened) => {
    const at = new Date();
    const test = { ...TEST_MESSAGE, acceptedAt: at.toISOString() };
    api.facts = { ...api.facts, sendsItself: true };
    api.edit(NAME, (site) => {
      site.gmail = { ...GMAIL, tokenSlot: undefined, test, opened };
    });
    const held = await (await open()).claim(NAME, options);
    const authority = issueWarrant(GMAIL.id, held.id, at);
    const removing = held.apply({ kind: 'remove-smtp', at, authority });
    if (opened) expect(await removing).toMatchObject({ site: { smtp: null } });
    else await expect(removing).rejects.toMatchObject({ code: 'store-refused' });
    const asked = api.requests.filter(({ path }) => path.includes('/smtp'));
    expect(asked).toHaveLength(opened ? 1 : 0);
    await held.release();
  },
);

test('a site that is removed in WriteUpp meanwhile is said to be', async () => {
  const store = await open();
  const held = await store.claim(NAME, options);
  api.sites.delete(NAME);
  await expect(held.apply(REMOVAL)).rejects.toMatchObject({
    code: 'no-such-site',
    hint: 'It was removed in WriteUpp.',
  });
  await expect(held.read()).rejects.toMatchObject({ hint: 'It was removed in WriteUpp.' });
  await held.release();
});

describe('Ctrl-C cuts no request of a claim:', () => {
  const stopped = async () => {
    const stop = new AbortController();
    const { store } = await (await backendWith(api.token, stop.signal)).open();
    return { store, held: await store.claim(NAME, options), stop };
  };

  test('a site in hand is finished, and let go', async () => {
    const { held, stop } = await stopped();
    api.fault = ({ path }) => (path.includes('/smtp') ? { kind: 'slow', ms: 100 } : null);
    const changing = held.apply(REMOVAL);
    setTimeout(() => stop.abort(), 50);
    expect((await changing).site?.smtp).toBeNull();
    await held.release();
    expect(api.requests.at(-1)).toMatchObject({ method: 'DELETE', status: 204 });
    expect(await readdir(join(home, 'local', api.facts.id))).not.toContain(`${NAME}.claim`);
  });

  test('what became of a change is found out', async () => {
    const { held, stop } = await stopped();
    stop.abort();
    once('DELETE', /smtp/, { kind: 'lost-after' });
    expect((await held.apply(REMOVAL)).site?.smtp).toBeNull();
    await held.release();
  });

  test('what changes nothing is not repeated', async () => {
    const { store, held, stop } = await stopped();
    stop.abort();
    once('GET', /sites/, { kind: 'lost-before' });
    await expect(store.names()).rejects.toMatchObject({ code: 'interrupted' });
    await held.release();
  });
});

test('a run that waits is told who has the site, and until when', async () => {
  const other = await mkdtemp(join(tmpdir(), 'backend-other-'));
  const store = await open();
  const held = await store.claim(NAME, options);
  const stranger = await openBackend({
    ...{ storeUrl: api.url, home: other, isRehearsal: true, readOnly: false, secrets },
    ...{ givenToken: api.token, signal: new AbortController().signal, note: () => undefined },
  });
  const { store: elsewhere } = await stranger.open();
  await expect(elsewhere.claim(NAME, { ...options, mayWait: false })).rejects.toMatchObject({
    code: 'site-busy',
    exitCode: 5,
    message: expect.stringContaining('"writeupp-mail migrate"'),
    hint: expect.stringMatching(/try again after 20\d\d-/),
    details: { retryAt: expect.any(String) },
  });
  await held.release();
  await rm(other, { recursive: true });
});

test('a claim that is held for long is renewed before what can’t be undone', async () => {
  const store = await open();
  const held = await store.claim(NAME, options);
  const before = api.requests.length;
  await held.confirm();
  expect(api.requests.length).toBe(before);
  api.clock.ahead += 61_000;
  // The backend ended it, and this run learns so from it, not from a clock.
  await expect(held.apply(REMOVAL)).rejects.toMatchObject({ code: 'site-busy' });
  await expect(held.confirm()).rejects.toMatchObject({ code: 'site-busy' });
  expect(api.sites.get(NAME)?.smtp).not.toBeNull();
  await held.release();
});

describe('what was agreed to at the sign-in', () => {
  test('is asked for once, and then known by a header of each answer', async () => {
    await open();
    const asked = () => api.requests.filter(({ path }) => path === '/v1').length;
    expect(asked()).toBe(1);
    await (await open()).read(NAME);
    expect(asked()).toBe(1);
    api.fault = () => ({ kind: 'no-mark' });
    const store = await open();
    await store.read(NAME);
    await store.names();
    expect(asked()).toBe(2);
  });

  test('is asked for once in each run where no answer has the header', async () => {
    api.fault = () => ({ kind: 'no-mark' });
    await open();
    const asked = () => api.requests.filter(({ path }) => path === '/v1').length;
    expect(asked()).toBe(1);
    const store = await open();
    await store.read(NAME);
    await store.names();
    expect(asked()).toBe(2);
    api.facts = { ...api.facts, sendsItself: true };
    await expect((await open()).read(NAME)).rejects.toMatchObject({ code: 'store-sign-in-needed' });
  });

  test.each([
    ['its id', { id: 'another' }],
    ['whether WriteUpp sends', { sendsItself: true }],
    ['whom permissions are encrypted for', { recipient: `age1${'q'.repeat(58)}` }],
    ['the Google clients', { clientIds: ['1-a.apps.googleusercontent.com'] }],
  ])('stops every command where it is another: %s', async (words, change) => {
    await open();
    api.facts = { ...api.facts, ...change };
    const store = await open();
    await expect(store.read(NAME)).rejects.toMatchObject({
      code: 'store-sign-in-needed',
      message: expect.stringContaining(words),
    });
  });

  test('stops it too where a proxy leaves the recipient out', async () => {
    const recipient = `age1${'q'.repeat(58)}`;
    api.facts = { ...api.facts, sendsItself: true, recipient };
    await open();
    api.fault = ({ path }) =>
      path === '/v1' ? { kind: 'answer', with: { recipient: null } } : { kind: 'no-mark' };
    const store = await open();
    await expect(store.read(NAME)).rejects.toMatchObject({ code: 'store-sign-in-needed' });
  });

  test('may change in what nobody agreed to', async () => {
    await open();
    api.facts = { ...api.facts, claimSeconds: 30 };
    expect(await (await open()).read(NAME)).toMatchObject({ name: NAME });
  });
});

test('no token, or one that is no token, is said before anything is asked', async () => {
  const before = api.requests.length;
  const nothing = await backend('');
  await expect(nothing.open()).rejects.toMatchObject({ code: 'invalid-settings' });
  const none = await openBackend({
    ...{ storeUrl: api.url, home, isRehearsal: true, readOnly: false, secrets },
    ...{ givenToken: undefined, signal: new AbortController().signal, note: () => undefined },
  });
  await expect(none.open()).rejects.toMatchObject({ code: 'store-sign-in-needed' });
  expect(api.requests.length).toBe(before);
});

describe('a token that is kept', () => {
  const signIn = async (token: string) => {
    const at = await backendWith(undefined);
    Object.assign(api, { token });
    const { facts, etag } = await at.client(token).facts();
    await at.signIn(token, facts, etag);
  };

  test('that was refused is read again by a run that stays', async () => {
    await signIn('token-one');
    const { store } = await (await backendWith(undefined)).open();
    Object.assign(api, { token: 'token-two' });
    await expect(store.names()).rejects.toMatchObject({ code: 'store-sign-in-needed' });
    await expect(store.names()).rejects.toMatchObject({ code: 'store-sign-in-needed' });
    await signIn('token-two');
    expect(await store.names()).toEqual([NAME]);
  });

  test('ends a run that stays where something else was agreed to with it', async () => {
    await signIn('token-one');
    const { store } = await (await backendWith(undefined)).open();
    api.facts = { ...api.facts, sendsItself: true };
    await signIn('token-two');
    const changed = {
      code: 'store-sign-in-needed',
      message: expect.stringContaining('since this run started'),
    };
    await expect(store.names()).rejects.toMatchObject({ code: 'store-sign-in-needed' });
    await expect(store.names()).rejects.toMatchObject(changed);
  });

  test('is not left behind where the service has another id', async () => {
    await signIn('token-one');
    const { id } = api.facts;
    api.facts = { ...api.facts, id: 'another' };
    await signIn('token-two');
    expect([...kept.keys()]).toEqual(['another']);
    expect(id).not.toBe('another');
  });

  test('is said to be forgotten only where there was one', async () => {
    await open();
    expect(await (await backendWith(undefined)).signOut()).toBe(false);
    await signIn('token-one');
    expect(await (await backendWith(undefined)).signOut()).toBe(true);
    expect(kept.size).toBe(0);
  });
});

test('no token is ever in a file', async () => {
  await open();
  for (const file of await readdir(home, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const text = await readFile(join(file.parentPath, file.name), 'utf8');
    expect(text).not.toContain(api.token);
  }
});

describe('an address', () => {
  test.each([
    ['http://settings.writeupp.example', true, 'begins with http://'],
    ['http://127.0.0.1:4000', false, 'begins with http://'],
    ['https://user:password@settings.writeupp.example', true, 'password in it'],
    ['https://settings.writeupp.example/?token=1', true, 'has a ?'],
    ['https://', true, 'is not an address'],
  ])('that is not one: %s', (text, isRehearsal, words) => {
    expect(() => readBackendAddress(text, isRehearsal)).toThrow(words);
  });

  test('in a folder keeps it, and plain http is for this computer in a rehearsal', () => {
    const at = (text: string) => readBackendAddress(text, true).base;
    expect(at('https://writeupp.example/settings/')).toBe('https://writeupp.example/settings');
    expect(at('http://127.0.0.1:4000')).toBe('http://127.0.0.1:4000');
  });
});

test('10,000 sites are listed by 20 requests, and each is read from what was listed', async () => {
  api.sites.clear();
  for (let number = 0; number < 10_000; number += 1) api.put({ ...SITE, name: `site-${number}` });
  const store = await open();
  const before = api.requests.length;
  const names = await store.names();
  expect(names).toHaveLength(10_000);
  for (const name of names.slice(0, 200)) await store.read(name);
  expect(api.requests.length - before).toBe(20);
});

test('a site that was removed has its history still, and one that never was has none', async () => {
  const store = await open();
  const held = await store.claim(NAME, options);
  await held.apply(REMOVAL);
  await held.release();
  const told = async (name: string) => {
    const steps: string[] = [];
    for await (const { step } of store.history.read(name)) steps.push(step);
    return steps;
  };
  api.sites.delete(NAME);
  expect(await told(NAME)).toEqual(['revert-smtp']);
  expect(await told('harbor-physio')).toEqual([]);
  api.put({ ...SITE });
  for (const words of [
    ['--site', 'harbor-physio'],
    ['--site', 'harbor-physio', '--certificate', 'x'],
  ]) {
    const world = twin({ sites: open });
    expect(await runIn(world, 'history', ...words)).toMatchObject({
      code: 'no-such-site',
      exitCode: 2,
      hint: expect.stringContaining(`Did you mean ${NAME}?`),
    });
  }
});

test('a page of the history that is gone is an error, and never taken for its end', async () => {
  for (let line = 0; line < 501; line += 1) {
    api.history.push({
      ...{ id: `${line}`, at: new Date().toISOString(), site: NAME, command: 'migrate' },
      ...{ step: 'sign-in', outcome: 'done', account: 'j@h.example', who: 'jane', host: 'desk' },
    });
  }
  const store = await open();
  once('GET', /after=500/, { kind: 'status', status: 404 });
  const all = async () => {
    for await (const event of store.history.read(NAME)) expect(event.site).toBe(NAME);
  };
  await expect(all()).rejects.toMatchObject({ code: 'store-refused' });
});

test('a claim whose id can’t be kept here is ended at once, and holds up nobody', async () => {
  const store = await open();
  await store.read(NAME);
  const kept = join(home, 'local', api.facts.id, `${NAME}.claim`);
  // As a full disk: what is to be written can't be.
  api.fault = ({ method, path }) => {
    if (method === 'POST' && path.endsWith('/claims'))
      mkdirSync(join(kept, 'in the way'), { recursive: true });
    return null;
  };
  await expect(store.claim(NAME, options)).rejects.toMatchObject({ code: 'storage' });
  expect(api.requests.at(-1)).toMatchObject({ method: 'DELETE', status: 204 });
  api.fault = null;
  await rm(kept, { recursive: true });
  const held = await store.claim(NAME, { ...options, mayWait: false });
  await held.release();
});

test('what concerns this computer alone asks the backend for nothing', async () => {
  api.edit(NAME, (site) => {
    site.gmail = { ...GMAIL, tokenSlot: undefined, test: { ...TEST_MESSAGE } };
  });
  const store = await open();
  await store.read(NAME);
  const before = api.requests.length;
  const held = await store.claim(NAME, { ...options, isLocal: true, mayWait: false });
  const usedAt = '2026-11-29T10:00:00.000Z';
  await held.apply({ kind: 'use', connection: GMAIL.id, usedAt });
  await expect(held.apply(REMOVAL)).rejects.toThrow(TypeError);
  await held.release();
  expect(api.requests.length).toBe(before);
  expect((await (await open()).read(NAME))?.gmail).toMatchObject({ usedAt });
});

describe('the key of a service account', () => {
  const { id: _id, ...delegation } = DELEGATED;
  const { id: __id, tokenSlot: _slot, ...signIn } = GMAIL;
  const KEYLESS = { ...DELEGATED.serviceAccount, signing: 'keyless' as const };
  const file = () => join(home, 'local', api.facts.id, `${NAME}.json`);
  let stored: MemorySecrets;
  beforeEach(() => {
    stored = new MemorySecrets();
  });
  const key = () => stored.of(`@${DELEGATED.serviceAccount.email}`).get('service-account-key');

  /** A run that holds the site, whose calls go through a gate. */
  async function hold(work: (held: HeldSite) => Promise<unknown>, gate: Gate = openGate) {
    const store = await open();
    const claim = await store.claim(NAME, options);
    try {
      const site = await claim.read();
      if (site === null) throw new Error('it is on record');
      const gated: SiteClaim = {
        ...claim,
        confirm: () => gate('confirm', () => claim.confirm()),
        read: () => gate('read', () => claim.read()),
        apply: (change) => gate(change.kind, () => claim.apply(change)),
      };
      const openCredentials = async () => stored.viewOf('run', gate);
      await work(new HeldSite({ store, claim: gated, lock: options, openCredentials }, site));
    } finally {
      await claim.release();
    }
  }
  const connected = () => hold((held) => held.connectByDelegation(delegation, 'the key'));

  test.each<[what: string, work: (held: HeldSite) => Promise<unknown>]>([
    ['for one without a key', (held) => held.connectByDelegation(keyless(), null)],
    ['for a sign-in', (held) => held.connect(signIn, 'a token', async () => null)],
    ['at the sign-out', (held) => held.disconnect(async () => null)],
  ])('goes with the last connection that uses it: %s', async (_what, work) => {
    await connected();
    expect(key()).toBe('the key');
    await hold(work);
    expect(key()).toBeUndefined();
    expect(await readFile(file(), 'utf8').catch(() => '')).not.toContain('keysToForget');
  });
  const keyless = () => ({ ...delegation, serviceAccount: KEYLESS });

  test('goes where WriteUpp refused the connection, by the next command', async () => {
    once('PUT', /gmail/, { kind: 'status', status: 403 });
    await expect(connected()).rejects.toMatchObject({ code: 'store-refused' });
    expect(key()).toBe('the key');
    expect(await (await open()).read(NAME)).toMatchObject({
      keysToForget: [{ issuer: DELEGATED.issuer, email: DELEGATED.serviceAccount.email }],
    });
    await hold((held) => held.tidy());
    expect(key()).toBeUndefined();
    expect(await (await open()).read(NAME)).not.toHaveProperty('keysToForget');
  });

  test('stays with a connection that WriteUpp refused to replace', async () => {
    await connected();
    once('PUT', /gmail/, { kind: 'status', status: 403 });
    await expect(hold((held) => held.connectByDelegation(keyless(), null))).rejects.toMatchObject({
      code: 'store-refused',
    });
    await hold((held) => held.tidy());
    expect(key()).toBe('the key');
  });

  test.each<[what: string, isConnected: boolean, work: (held: HeldSite) => Promise<unknown>]>([
    ['connecting', false, (held) => held.connectByDelegation(delegation, 'the key')],
    ['connecting in another way', true, (held) => held.connectByDelegation(keyless(), null)],
    ['signing in', true, (held) => held.connect(signIn, 'a token', async () => null)],
    ['signing out', true, (held) => held.disconnect(async () => null)],
  ])('is there after a run that was killed anywhere only if it is used: %s', async (...row) => {
    const [what, isConnected, work] = row;
    let kills = 0;
    for (const isAfter of [false, true]) {
      for (let at = 1, isOver = false; !isOver; at += 1) {
        stored = new MemorySecrets();
        await rm(file(), { force: true });
        api.put({ ...SITE, smtp: WIRE_SMTP });
        if (isConnected) await connected();
        let calls = 0;
        const killing: Gate = async (_call, call) => {
          calls += 1;
          if (calls < at) return call();
          if (calls === at && isAfter) await call();
          throw new Error('killed');
        };
        await hold(work, killing).catch(() => undefined);
        isOver = calls < at;
        kills += 1;
        await hold((held) => held.tidy());
        const isUsed = api.sites.get(NAME)?.gmail?.serviceAccount?.signing === 'key';
        // A sign-out forgets it before the connection.
        if (what === 'signing out' && key() === undefined) continue;
        expect([at, isAfter, key() !== undefined]).toEqual([at, isAfter, isUsed]);
      }
    }
    expect(kills).toBeGreaterThan(6);
  });
});

describe('what is handed over', () => {
  const GOOGLE = { url: 'http://127.0.0.1:1', clientId: GMAIL.clientId, clientSecret: '' };
  const connection = { ...GMAIL };
  const handed = {
    purpose: 'writeupp-mail: send email of a site' as const,
    ...{ store: 'writeupp', site: NAME },
    ...{ connection: GMAIL.id, issuer: GMAIL.issuer, subject: GMAIL.subject },
    ...{ clientId: GMAIL.clientId, scope: 'https://www.googleapis.com/auth/gmail.send' },
    ...{ at: new Date().toISOString(), refreshToken: 'a token' },
  } as const;

  test.each([
    ['another store', { store: 'other' }, 'another store'],
    ['another site', { site: 'quay' }, 'another site'],
    ['another connection', { connection: '2' }, 'another connection'],
    ['another account', { subject: '2' }, 'another subject'],
    ['another client', { clientId: '2' }, 'another clientId'],
    ['another time', { at: '2026-01-01T00:00:00.000Z' }, 'too long ago'],
  ])('counts for nothing else: %s', async (_what, change, words) => {
    const sender = await Sender.make(GOOGLE);
    const sealed = await sealHandOver(sender.recipient, { ...handed, ...change });
    expect(sealed).not.toContain('a token');
    await expect(sender.open(sealed, 'writeupp', NAME, connection)).rejects.toThrow(words);
  });

  test('is opened by nobody else', async () => {
    const [one, other] = [await Sender.make(GOOGLE), await Sender.make(GOOGLE)];
    const sealed = await sealHandOver(one.recipient, handed);
    await expect(other.open(sealed, 'writeupp', NAME, connection)).rejects.toThrow('opened');
  });
});
