/** What the stand-in's sign-in refuses, as Google does: where it were laxer, tests of the program would prove nothing. */
import { describe, expect, test } from '@jest/globals';
import { useStandIn } from '../support/use-stand-in.js';
import { connect, exchange, refresh, send, signIn, token } from './program.js';

const INFO = 'info@harbour-physio.example';

const { google } = useStandIn();

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
