/** The stand-in goes wrong when told to, where told to, and as often as told to. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { useStandIn } from '../support/use-stand-in.js';
import { GOOGLE_ERRORS, type GoogleErrorName } from './errors.js';
import { rateLimitedUntil } from './gmail-errors.js';
import { claimsOf } from './keys.js';
import type { Point } from './misbehaviour.js';
import { connect, exchange, refresh, send, signIn } from './program.js';
import { startGoogle } from './stand-in.js';
import type { TamperName } from './tampers.js';

const account = 'info@harbour-physio.example';
const RAW = 'To: a@p.example\r\n\r\nhello';

const { google } = useStandIn();
// biome-ignore lint/suspicious/noExplicitAny: an answer from outside
let tokens: any;
beforeAll(async () => {
  tokens = await connect(google, { account });
});

test('named errors are used up one after the other, then all is well', async () => {
  google.fail('gmail-backend-503', { times: 1 });
  google.fail('gmail-rate-limit-until-429', { times: 2 });
  const statuses = [];
  for (const _ of [1, 2, 3, 4]) {
    statuses.push((await send(google, tokens.access_token, RAW)).status);
  }
  expect(statuses).toEqual([503, 429, 429, 200]);
});

test('a point behaves again on its own', async () => {
  google.fail('gmail-backend-503');
  google.fail('invalid_grant-revoked');
  google.behave('send');
  expect((await send(google, tokens.access_token, RAW)).status).toBe(200);
  expect((await refresh(google, tokens.refresh_token)).status).toBe(400);
});

test.each(Object.keys(GOOGLE_ERRORS) as GoogleErrorName[])(
  '%s comes back exactly',
  async (name) => {
    const error = GOOGLE_ERRORS[name];
    google.fail(name);
    if ('behaviour' in error) {
      const { answer } = await signIn(google, { account });
      expect(answer.get('error')).toBe(
        name.replace('redirect-unknown', 'redirect-an_error_of_tomorrow').replace('redirect-', ''),
      );
      expect([answer.has('code'), answer.get('state'), answer.get('iss')]).toEqual([
        false,
        'the-state',
        google.url,
      ]);
    } else if (error.point === 'authorize') {
      const { page, answer } = await signIn(google, { account });
      expect([page.status, page.html, [...answer]]).toEqual([error.status, error.body, []]);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    } else {
      const answers: Partial<Record<Point, () => Promise<unknown>>> = {
        'token:code': async () => exchange(google, await signIn(google, { account })),
        'token:refresh': () => refresh(google, tokens.refresh_token),
        send: () => send(google, tokens.access_token, RAW),
      };
      expect(await answers[error.point]?.()).toEqual({ status: error.status, body: error.body });
    }
  },
);

test('an error can be put at another point', async () => {
  google.fail('invalid_client-unauthorized', { point: 'token:code' });
  expect((await exchange(google, await signIn(google, { account }))).status).toBe(401);
  expect((await refresh(google, tokens.refresh_token)).status).toBe(200);
});

test('a moment can be chosen for "Retry after"', () => {
  expect(JSON.stringify(rateLimitedUntil(new Date(0)).body)).toContain(
    'User-rate limit exceeded.  Retry after 1970-01-01T00:00:00.000Z',
  );
});

describe('the line', () => {
  test('cut before: nothing was sent', async () => {
    const before = google.messages.length;
    google.misbehave('send', { kind: 'cut', when: 'before' });
    await expect(send(google, tokens.access_token, RAW)).rejects.toThrow('fetch failed');
    expect(google.messages.length).toBe(before);
  });

  test('cut or replaced after: the message is delivered all the same', async () => {
    const before = google.messages.length;
    google.misbehave('send', { kind: 'cut', when: 'after' }, { times: 1 });
    await expect(send(google, tokens.access_token, RAW)).rejects.toThrow('fetch failed');
    google.misbehave('send', { kind: 'answer', status: 503, when: 'after' });
    expect((await send(google, tokens.access_token, RAW)).status).toBe(503);
    expect(google.messages.length).toBe(before + 2);
  });

  test('a code whose answer was lost is spent', async () => {
    const done = await signIn(google, { account });
    google.misbehave('token:code', { kind: 'cut', when: 'after' }, { times: 1 });
    await expect(exchange(google, done)).rejects.toThrow('fetch failed');
    expect((await exchange(google, done)).status).toBe(400);
    tokens = await connect(google, { account });
  });

  test('late, and never', async () => {
    google.misbehave('jwks', { kind: 'delay', ms: 120 }, { times: 1 });
    const start = Date.now();
    expect((await fetch(`${google.url}/oauth2/v3/certs`)).status).toBe(200);
    expect(Date.now() - start).toBeGreaterThanOrEqual(100);
    google.misbehave('discovery', { kind: 'delay', ms: Infinity });
    const asked = fetch(`${google.url}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(200),
    });
    await expect(asked).rejects.toThrow('timeout');
  });

  test('closing ends answers that never come', async () => {
    await using other = await startGoogle();
    other.misbehave('jwks', { kind: 'delay', ms: Infinity });
    const asked = fetch(`${other.url}/oauth2/v3/certs`);
    while (other.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([expect(asked).rejects.toThrow('fetch failed'), other.close()]);
  });
});

describe('answers that look right', () => {
  const redirects: [TamperName, string, string | null][] = [
    ['redirect-wrong-iss', 'iss', 'https://issuer.example'],
    ['redirect-no-iss', 'iss', null],
    ['redirect-wrong-state', 'state', 'another-state'],
    ['redirect-no-state', 'state', null],
    ['redirect-wrong-code', 'code', '4/0AnotherCode'],
  ];
  test.each(redirects)('%s', async (name, parameter, value) => {
    google.tamper(name, { times: 1 });
    const { answer } = await signIn(google, { account });
    expect(answer.get(parameter)).toBe(value);
  });

  test.each([
    ['no-refresh-token', 'refresh_token', undefined],
    ['no-id-token', 'id_token', undefined],
    ['no-scope', 'scope', undefined],
    ['scope-without-send', 'scope', 'openid https://www.googleapis.com/auth/userinfo.email'],
  ] as const)('%s', async (name, member, value) => {
    google.tamper(name);
    expect((await connect(google, { account }))[member]).toBe(value);
  });

  test.each([
    ['id-token-wrong-nonce', 'nonce', 'another-nonce'],
    ['id-token-no-nonce', 'nonce', undefined],
    ['id-token-wrong-audience', 'aud', 'another-client.apps.googleusercontent.com'],
    ['id-token-wrong-issuer', 'iss', 'https://issuer.example'],
    ['id-token-email-not-verified', 'email_verified', false],
    ['id-token-no-email', 'email', undefined],
  ] as const)('%s', async (name, claim, value) => {
    google.tamper(name);
    expect(claimsOf((await connect(google, { account })).id_token)[claim]).toBe(value);
  });

  test('id-token-expired', async () => {
    google.tamper('id-token-expired');
    const { exp } = claimsOf((await connect(google, { account })).id_token);
    expect(Number(exp) * 1000).toBeLessThan(Date.now());
  });

  test('id-token-bad-signature', async () => {
    google.tamper('id-token-bad-signature');
    const { id_token } = await connect(google, { account });
    const { keys } = await (await fetch(`${google.url}/oauth2/v3/certs`)).json();
    const key = await crypto.subtle.importKey(
      'jwk',
      keys[0],
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    const [head, claims, signature] = id_token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const signed = Buffer.from(`${head}.${claims}`);
    expect(await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, bytes, signed)).toBe(false);
  });
});

test('a clock that is ahead shows in the Date header and in the ID token', async () => {
  await using ahead = await startGoogle({ clockSkewMs: 600_000 });
  const response = await fetch(`${ahead.url}/oauth2/v3/certs`);
  const now = Date.now();
  expect(Date.parse(response.headers.get('date') ?? '') - now).toBeGreaterThan(590_000);
  const { id_token } = await connect(ahead, { account });
  expect(Number(claimsOf(id_token).iat) * 1000 - now).toBeGreaterThan(590_000);
});
