/** The stand-in's sign-in and tokens are as strict as Google's. */
import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { useStandIn } from '../support/use-stand-in.js';
import { claimsOf } from './keys.js';
import { connect, exchange, refresh, send, signIn, token } from './program.js';

const INFO = 'info@harbour-physio.example';
const JANE = 'jane@harbour-physio.example';

const { google } = useStandIn();

describe('discovery', () => {
  test('names the endpoints, PKCE and the issuer on the redirect', async () => {
    const response = await fetch(`${google.url}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: google.url,
      authorization_endpoint: `${google.url}/o/oauth2/v2/auth`,
      token_endpoint: `${google.url}/token`,
      revocation_endpoint: `${google.url}/revoke`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });
});

describe('the happy sign-in', () => {
  test('gives the program code, state and iss, and the person the last page', async () => {
    const { answer, page } = await signIn(google, { account: INFO });
    expect(Object.fromEntries(answer)).toEqual({
      code: expect.stringMatching(/^4\/0A/),
      state: 'the-state',
      iss: google.url,
    });
    expect(page).toMatchObject({ status: 200, html: 'Connected' });
    expect(page.finalUrl).toMatch(/\/done$/);
  });

  test('gives tokens as Google does', async () => {
    const { status, body } = await exchange(google, await signIn(google, { account: INFO }));
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^ya29\./),
      refresh_token: expect.stringMatching(/^1\/\/0/),
      id_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3599,
      scope:
        'openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/gmail.send',
    });
    const { client_id } = google.clientFile().installed;
    expect(claimsOf(body.id_token)).toMatchObject({
      iss: google.url,
      aud: client_id,
      azp: client_id,
      nonce: 'the-nonce',
      email: INFO,
      email_verified: true,
      hd: 'harbour-physio.example',
      sub: expect.stringMatching(/^\d{21}$/),
    });
    expect(await isSignedByJwks(body.id_token)).toBe(true);
  });

  test('refreshes for ever with the same token, and gives no new one', async () => {
    const { refresh_token } = await connect(google, { account: INFO });
    for (const _ of [1, 2]) {
      const { status, body } = await refresh(google, refresh_token);
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('refresh_token');
      expect(body.access_token).toMatch(/^ya29\./);
    }
  });

  test('starts at the consent page with a login hint, and lets the person change their mind', async () => {
    const hinted = { login_hint: INFO, prompt: 'consent' };
    const asked = await signIn(google, { account: INFO, decision: 'close' }, hinted);
    expect(asked.page.html).toContain(`Signed in as <strong>${INFO}</strong>`);
    expect(google.requests.at(-1)?.fields).toEqual([]);
    expect(asked.page.html).toContain('not Google');
    expect(asked.page.html).not.toContain('checked');
    const other = await exchange(google, await signIn(google, { account: JANE }, hinted));
    expect(claimsOf(other.body.id_token).email).toBe(JANE);
  });
});

describe('refusals', () => {
  test('an unticked box gives tokens that cannot send', async () => {
    const tokens = await connect(google, { account: INFO, tickSend: false });
    expect(tokens.scope).toBe('openid https://www.googleapis.com/auth/userinfo.email');
    const { status, body } = await send(google, tokens.access_token, 'To: a@b.example\r\n\r\n');
    expect(status).toBe(403);
    expect(body.error.errors[0].reason).toBe('insufficientPermissions');
  });

  test('Cancel redirects with access_denied, state and iss', async () => {
    const { answer } = await signIn(google, { account: INFO, decision: 'cancel' });
    expect(Object.fromEntries(answer)).toEqual({
      error: 'access_denied',
      state: 'the-state',
      iss: google.url,
    });
  });

  test.each([
    ['no PKCE', { code_challenge: '', code_challenge_method: '' }, 400, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 400, 'invalid_request'],
    ['another client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['another path', { redirect_uri: 'http://127.0.0.1:1/else' }, 400, 'redirect_uri_mismatch'],
    ['localhost', { redirect_uri: 'http://localhost:1/oauth2callback' }, 400, 'redirect_uri'],
    ['offline_access', { scope: 'openid offline_access' }, 400, 'invalid_scope'],
  ])('%s ends on a page of Google’s', async (_, parameters, status, error) => {
    const { answer, page } = await signIn(google, { account: INFO }, parameters);
    expect([...answer]).toEqual([]);
    expect(page.status).toBe(status);
    expect(page.html).toContain(`Error ${status}: ${error}`);
  });

  test('a code works once, and its second use ends the tokens', async () => {
    const done = await signIn(google, { account: INFO });
    const { body } = await exchange(google, done);
    expect(await exchange(google, done)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Malformed auth code.' },
    });
    expect((await refresh(google, body.refresh_token)).status).toBe(400);
  });

  test.each([
    [{ code_verifier: '' }, 400, 'Missing code verifier'],
    [{ code_verifier: 'x'.repeat(43) }, 400, 'Invalid code verifier.'],
    [{ client_secret: 'wrong' }, 401, 'Unauthorized'],
    [{ client_secret: '' }, 400, 'client_secret is missing.'],
    [{ client_id: 'nobody' }, 401, 'The OAuth client was not found.'],
    [{ code: '4/0AWrong' }, 400, 'Malformed auth code.'],
    [{ redirect_uri: 'http://127.0.0.1:1/oauth2callback' }, 400, 'Bad Request'],
  ])('an exchange with %j', async (wrong, status, description) => {
    const { answer, verifier, redirectUri } = await signIn(google, { account: INFO });
    const fields = {
      grant_type: 'authorization_code',
      code: answer.get('code') ?? '',
      code_verifier: verifier,
      redirect_uri: redirectUri,
      ...wrong,
    };
    expect(await token(google, fields)).toMatchObject({
      status,
      body: { error_description: description },
    });
  });

  test('no refresh token without access_type=offline', async () => {
    const online = await signIn(google, { account: INFO }, { access_type: 'online' });
    expect((await exchange(google, online)).body).not.toHaveProperty('refresh_token');
  });
});

describe('the end of a connection', () => {
  test('a refresh token that never was one is a bad request', async () => {
    expect((await refresh(google, 'nonsense')).body).toEqual({
      error: 'invalid_grant',
      error_description: 'Bad Request',
    });
  });

  test.each(['query', 'form'])('revocation, token in the %s, ends every grant', async (where) => {
    const first = await connect(google, { account: JANE });
    const second = await connect(google, { account: JANE });
    const fields = new URLSearchParams({ token: first.access_token });
    const revoke = () =>
      where === 'form'
        ? fetch(`${google.url}/revoke`, { method: 'POST', body: fields })
        : fetch(`${google.url}/revoke?${fields}`, { method: 'POST' });
    expect((await revoke()).status).toBe(200);
    expect((await revoke()).status).toBe(400);
    expect(await refresh(google, second.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    });
  });

  test('invalidate ends the grants of that account alone', async () => {
    const jane = await connect(google, { account: JANE });
    const info = await connect(google, { account: INFO });
    google.invalidate(JANE);
    expect((await refresh(google, jane.refresh_token)).status).toBe(400);
    expect((await refresh(google, info.refresh_token)).status).toBe(200);
  });
});

test('secrets() knows every secret, and the request log none', async () => {
  const done = await signIn(google, { account: INFO });
  const { body } = await exchange(google, done);
  const secrets = [
    google.clientFile().installed.client_secret,
    done.answer.get('code'),
    done.verifier,
    body.access_token,
    body.refresh_token,
    body.id_token,
  ];
  expect(google.secrets()).toEqual(expect.arrayContaining(secrets));
  const log = JSON.stringify(google.requests);
  expect(google.secrets().filter((secret) => log.includes(secret))).toEqual([]);
  expect(google.requests.at(-1)).toMatchObject({
    method: 'POST',
    path: '/token',
    point: 'token:code',
    fields: expect.arrayContaining(['code', 'code_verifier', 'grant_type']),
  });
});

async function isSignedByJwks(jwt: string): Promise<boolean> {
  const { keys } = await (await fetch(`${google.url}/oauth2/v3/certs`)).json();
  const [head, claims, signature] = jwt.split('.');
  const key = createPublicKey({ key: keys[0], format: 'jwk' });
  const signed = Buffer.from(`${head}.${claims}`);
  return verify('sha256', signed, key, Buffer.from(signature ?? '', 'base64url'));
}
