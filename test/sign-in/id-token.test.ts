/** The ID token: genuine, ours and fresh, or refused (OpenID Connect Core 3.1.3.7). */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyIdToken } from '../../src/google/id-token.js';
import { newOAuth2Client } from '../../src/google/transport.js';
import { type SigningKey, signingKey } from '../stand-in/keys.js';

const CLIENT = 'the-client.apps.googleusercontent.com';
const ISSUER = 'https://issuer.example';

let key: SigningKey;
let keys: object[];
let jwksUri: string;
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ keys }));
});

beforeAll(async () => {
  key = await signingKey();
  keys = [key.jwk];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function verify(claims: object, isStandIn = true) {
  const now = Math.floor(Date.now() / 1000);
  const token = key.signJwt({
    iss: ISSUER,
    aud: CLIENT,
    iat: now,
    exp: now + 3600,
    nonce: 'the-nonce',
    sub: '1',
    email: 'jo@a.example',
    email_verified: true,
    ...claims,
  });
  const endpoints = { tokenEndpoint: `${ISSUER}/t`, revocationEndpoint: `${ISSUER}/r` };
  const metadata = {
    ...endpoints,
    issuer: ISSUER,
    authorizationEndpoint: ISSUER,
    jwksUri,
    promisesIss: true,
  };
  const { signal } = new AbortController();
  const client = newOAuth2Client({ id: CLIENT, secret: null }, endpoints, signal);
  const expected = { clientId: CLIENT, nonce: 'the-nonce', metadata, isStandIn };
  return verifyIdToken(client, token, expected, signal);
}

const refused = { code: 'invalid-id-token' };

describe('the program it was made for', () => {
  test.each([
    ['this one', { aud: CLIENT }],
    ['this one, that asked', { aud: CLIENT, azp: CLIENT }],
    ['this one alone, in a list', { aud: [CLIENT] }],
    ['several, of which this one asked', { aud: ['other', CLIENT], azp: CLIENT }],
  ])('%s: taken', async (_what, claims) => {
    await expect(verify(claims)).resolves.toMatchObject({ email: 'jo@a.example' });
  });

  test.each([
    ['another', { aud: 'other' }],
    ['none', { aud: undefined }],
    ['an empty list', { aud: [] }],
    ['a list without it', { aud: ['other', 'more'], azp: CLIENT }],
    ['several, and it is not said which one asked', { aud: [CLIENT, 'other'] }],
    ['several, of which another asked', { aud: [CLIENT, 'other'], azp: 'other' }],
    ['this one, but another asked', { aud: CLIENT, azp: 'other' }],
    ['several, and what asked is no text', { aud: [CLIENT, 'other'], azp: [CLIENT] }],
  ])('%s: refused', async (_what, claims) => {
    await expect(verify(claims)).rejects.toMatchObject(refused);
  });
});

test.each([[undefined], ['true'], [1], [false]])(
  'email_verified that is %j: refused',
  async (email_verified) => {
    await expect(verify({ email_verified })).rejects.toMatchObject(refused);
  },
);

describe('an issuer that publishes no keys', () => {
  beforeAll(() => {
    keys = [];
  });
  afterAll(() => {
    keys = [key.jwk];
  });

  test('is let through as a stand-in, and never as Google', async () => {
    await expect(verify({}, true)).resolves.toMatchObject({ email: 'jo@a.example' });
    await expect(verify({}, false)).rejects.toMatchObject(refused);
  });
});
