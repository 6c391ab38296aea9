/** The conformance run finds each promise that a backend breaks, and leaves nothing behind. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCheck } from '../../src/doctor/run-check.js';
import { storeChecks } from '../../src/doctor/store-checks.js';
import { openBackend } from '../../src/kit/backend.js';
import type { Fault, SettingsApi } from '../settings-api/settings-api.js';
import { backendAndHome } from '../support/backend-store.js';
import { runIn, twin } from '../support/twin.js';

let api: SettingsApi;
let home: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, remove } = await backendAndHome());
});
afterEach(() => remove());

/** The checks that failed, by name, with what was expected. */
async function failures(): Promise<Record<string, string>> {
  const { signal } = new AbortController();
  const backend = await openBackend({
    ...{ storeUrl: api.url, home, isRehearsal: true, readOnly: false, givenToken: api.token },
    ...{ signal, note: () => undefined, secrets: () => Promise.reject(new Error('no secrets')) },
  });
  const { checks, clear } = storeChecks(backend, signal);
  const failed: Record<string, string> = {};
  for (const check of checks) {
    if (check.isDue?.() === false) continue;
    const finding = await runCheck(check, signal);
    if (finding?.status === 'fail') failed[check.name] = finding.hint;
  }
  await clear();
  return failed;
}

test('a backend that keeps its promises passes, and has nothing of it afterwards', async () => {
  api.put({ name: 'harbour-physio', organisation: 'Harbour', login: 'jane@h.example' });
  expect(await failures()).toEqual({});
  expect([...api.sites.keys()]).toEqual(['harbour-physio']);
  expect(api.history).toEqual([]);
});

test('a backend that takes certain Google clients only passes', async () => {
  api.facts = { ...api.facts, clientIds: ['1-a.apps.googleusercontent.com'] };
  expect(await failures()).toEqual({});
});

test.each([
  ['store-claim-ends', 'PUT', /\/claims\//],
  ['store-late-write', 'PATCH', /\/settings$/],
  ['store-lost-answer', 'PATCH', /\/settings$/],
])(
  'where %s fails, its claim is ended, so that the next have the site',
  async (name, method, path) => {
    const claims = () => api.requests.filter((one) => one.path.endsWith('/claims'));
    api.fault = (request) =>
      request.method === method && path.test(request.path) ? { kind: 'status', status: 500 } : null;
    expect(await failures()).toHaveProperty(name);
    const refused = claims().filter(({ status }) => status !== 201);
    // The one of "store-two-claims".
    expect(refused).toHaveLength(1);
  },
);

test.each([['--report', 'x.txt'], ['--site', 'harbour-physio'], ['--dns-note']])(
  '--store goes with no %s',
  async (...words) => {
    expect(await runIn(twin(), 'doctor', '--store', ...words)).toMatchObject({
      code: 'usage',
      message: `--store and ${words[0]} exclude each other.`,
    });
  },
);

test('where WriteUpp sends by itself, a permission that can’t be opened must be refused', async () => {
  api.facts = { ...api.facts, sendsItself: true, recipient: `age1${'q'.repeat(58)}` };
  expect(Object.keys(await failures())).toEqual(['store-gmail']);
});

/** What a backend could get wrong, as a change of its answers. */
const lie = (method: string, path: RegExp, fault: Fault) => () => {
  api.fault = (request) => (request.method === method && path.test(request.path) ? fault : null);
};

/** Lines of the history that lack a fact. */
function withoutFact(fact: string): void {
  api.fault = ({ method, path }) => {
    if (method === 'GET' && path.includes('/history'))
      for (const line of api.history) delete line[fact];
    return null;
  };
}

test('a scratch site is looked for on every page of a list', async () => {
  for (let number = 0; number < 501; number += 1) api.put({ name: `site-${number}` });
  const isScratch = ({ scratch }: { scratch?: boolean }) => scratch === true;
  api.fault = ({ path }) =>
    path.startsWith('/v1/sites?') && path.includes('after=500')
      ? { kind: 'answer', with: { sites: [...api.sites.values()].filter(isScratch) } }
      : null;
  expect(await failures()).toEqual({
    'store-scratch-site': expect.stringContaining('without the scratch site'),
  });
  const headers = { link: '</v1/sites?limit=500>; rel="next"' };
  api.fault = ({ path }) => (path.startsWith('/v1/sites?') ? { kind: 'headers', headers } : null);
  expect(await failures()).toEqual({ 'store-scratch-site': expect.stringContaining('circle') });
});

test('the lines of a history may come on several pages', async () => {
  api.pageLimit = 2;
  expect(await failures()).toEqual({});
});

test('the proof in the line of a removal is the one that it was asked for with', async () => {
  api.fault = ({ method, path }) => {
    const removal = api.history.find(({ step }) => step === 'revert-smtp');
    if (method === 'GET' && path.includes('/history') && removal) removal.proof.testMessage = null;
    return null;
  };
  expect(await failures()).toEqual({ 'store-history': expect.stringContaining('the receipt') });
});

test.each<[check: string, breaks: () => void]>([
  ['store-itself', () => void Object.assign(api.facts, { can: [] })],
  ['store-itself', lie('GET', /^\/v1$/, { kind: 'no-mark' })],
  ['store-token', () => void Object.assign(api, { isOpen: true })],
  [
    'store-site',
    lie('GET', /^\/v1\/sites\/scratch-[^/]*$/, { kind: 'answer', with: { smtp: 'x' } }),
  ],
  ['store-two-claims', () => void Object.assign(api, { sharesClaims: true })],
  ['store-claim-ends', lie('PUT', /claims/, { kind: 'status', status: 200 })],
  ['store-entity-tag', () => void Object.assign(api, { ignoresTags: true })],
  ['store-late-write', () => void Object.assign(api, { ignoresClaims: true })],
  ['store-lost-answer', () => void Object.assign(api, { ignoresKeys: true })],
  ['store-proof', () => void Object.assign(api, { ignoresProof: true })],
  ['store-history', lie('GET', /history/, { kind: 'answer', with: { events: [] } })],
  ...(['account', 'testMessage', 'proof', 'fields'] as const).map((fact): [string, () => void] => [
    'store-history',
    () => withoutFact(fact),
  ]),
  ['store-left-behind', lie('DELETE', /scratch/, { kind: 'status', status: 204 })],
])('%s fails where that promise is broken', async (check, breaks) => {
  breaks();
  expect(await failures()).toHaveProperty(check);
});
