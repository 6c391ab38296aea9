/** When the key of a service account ends: read from the certificate that Google publishes of it. */

import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { SiteChecker } from '../../src/checks/check-site.js';
import { aSite, DELEGATED, GMAIL } from '../sites/a-site.js';
import { MemorySecrets } from '../support/memory-store.js';
import { twin } from '../support/twin.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const EMAIL = DELEGATED.serviceAccount.email;
/** The last whole day of the year that stands for no end. */
const NEVER = Math.floor((Date.UTC(9999, 11, 30) - Date.now()) / DAY_MS);

let server: Server;
let url: string;
let asked: (string | undefined)[];
let answer: { status: number; body: string };
const certificates: Record<string, string> = {};

beforeAll(async () => {
  for (const [id, days] of Object.entries({ ends: 90, never: NEVER })) {
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
    ];
    const command = ['req', '-x509', ...key, '-subj', '/CN=1', '-days', String(days)];
    certificates[id] = execFileSync('openssl', command, { encoding: 'utf8', stdio: 'pipe' });
  }
  server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));
beforeEach(() => {
  asked = [];
  answer = { status: 200, body: JSON.stringify({ ...certificates, broken: 'x', odd: 7 }) };
});

/** A site for whose service account this key is stored; null: none is. */
function siteWithKey(keyId: string | null, method: typeof DELEGATED | typeof GMAIL = DELEGATED) {
  const secrets = new MemorySecrets();
  if (keyId !== null) {
    secrets.of(`@${EMAIL}`).set('service-account-key', JSON.stringify({ keyId, pkcs8: 'x' }));
  }
  const issuer = {
    ...{ id: url, isStandIn: true, discoveryUrl: '', gmailRootUrl: '' },
    iamRootUrl: `${url}/`,
  };
  const checker = new SiteChecker(twin({ issuer }, { secrets }));
  return { checker, site: aSite({ gmail: { ...method, issuer: url } }) };
}

const endOf = (keyId: string | null) => {
  const { checker, site } = siteWithKey(keyId);
  return checker.keyEnd(site);
};

test('is the end of its certificate', async () => {
  const end = Date.parse((await endOf('ends')) ?? '');
  expect(Math.round((end - Date.now()) / DAY_MS)).toBe(90);
  expect(asked).toEqual([`/service_accounts/v1/metadata/x509/${encodeURIComponent(EMAIL)}`]);
});

test.each(['never', 'not-there', 'broken', 'odd', 'toString'])(
  'is none of the key %s',
  async (keyId) => {
    expect(await endOf(keyId)).toBeNull();
  },
);

test.each([
  [{ status: 404, body: '{}' }],
  [{ status: 200, body: '<html>' }],
  [{ status: 200, body: '[]' }],
])('is not known where Google does not tell: %j', async (given) => {
  answer = given;
  expect((await endOf('ends')) ?? undefined).toBeUndefined();
});

test('is not known without the key, and of a sign-in nobody asks', async () => {
  expect(await endOf(null)).toBeUndefined();
  asked = [];
  const { checker, site } = siteWithKey('ends', GMAIL);
  expect(await checker.keyEnd(site)).toBeNull();
  expect(asked).toEqual([]);
});

test('of a connection from elsewhere is asked of nobody: a rehearsal knows nothing of the real key', async () => {
  const { checker } = siteWithKey('ends');
  const site = aSite({ gmail: { ...DELEGATED, issuer: 'https://accounts.google.com' } });
  expect(await checker.keyEnd(site)).toBeNull();
  expect(asked).toEqual([]);
});

test('is asked once for all sites of a service account', async () => {
  const { checker, site } = siteWithKey('ends');
  const ends = await Promise.all([1, 2, 3].map(() => checker.keyEnd(site)));
  expect(new Set(ends).size).toBe(1);
  expect(asked).toHaveLength(1);
});
