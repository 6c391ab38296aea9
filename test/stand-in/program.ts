/** The least program that signs in and sends, written from the RFCs: it puts the stand-in to test. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PersonOptions, playPerson } from './person.js';
import type { GoogleStandIn } from './stand-in.js';

const SCOPE = 'openid email https://www.googleapis.com/auth/gmail.send';

export interface SignIn {
  readonly answer: URLSearchParams;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Signs in; the callback listener ends with a redirect to a clean page, as programs should. */
export async function signIn(
  google: GoogleStandIn,
  person: PersonOptions,
  parameters: Record<string, string> = {},
): Promise<SignIn & { readonly page: Awaited<ReturnType<typeof playPerson>> }> {
  const verifier = randomBytes(48).toString('base64url');
  let answer = new URLSearchParams();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    if (url.pathname === '/oauth2callback') {
      answer = url.searchParams;
      response.writeHead(303, { Location: '/done' }).end();
    } else {
      response.end('Connected');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const redirectUri = `http://127.0.0.1:${port}/oauth2callback`;
  const query = new URLSearchParams({
    client_id: google.clientFile().installed.client_id,
    response_type: 'code',
    scope: SCOPE,
    redirect_uri: redirectUri,
    state: 'the-state',
    nonce: 'the-nonce',
    access_type: 'offline',
    prompt: 'consent select_account',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  });
  try {
    const page = await playPerson(`${google.url}/o/oauth2/v2/auth?${query}`, person);
    return { answer, verifier, redirectUri, page };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export function exchange(google: GoogleStandIn, { answer, verifier, redirectUri }: SignIn) {
  return token(google, {
    grant_type: 'authorization_code',
    code: answer.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: redirectUri,
  });
}

export function refresh(google: GoogleStandIn, refreshToken: string) {
  return token(google, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** A request to the token endpoint with the client's credentials in the form. */
export async function token(google: GoogleStandIn, fields: Record<string, string>) {
  const { client_id, client_secret } = google.clientFile().installed;
  const response = await fetch(`${google.url}/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id, client_secret, ...fields }),
  });
  return { status: response.status, body: await jsonOrText(response) };
}

/** A signed-in account's tokens. */
export async function connect(google: GoogleStandIn, person: PersonOptions) {
  const { body } = await exchange(google, await signIn(google, person));
  return body;
}

/** Sends a message through the JSON endpoint. */
export function send(google: GoogleStandIn, accessToken: string, raw: string, userId = 'me') {
  return post(google, accessToken, `/gmail/v1/users/${userId}/messages/send`, {
    type: 'application/json',
    body: JSON.stringify({ raw: Buffer.from(raw).toString('base64url') }),
  });
}

export async function post(
  google: GoogleStandIn,
  accessToken: string,
  path: string,
  { type, body }: { readonly type: string; readonly body: string },
) {
  const response = await fetch(`${google.url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': type },
    body,
  });
  return { status: response.status, body: await jsonOrText(response) };
}

// biome-ignore lint/suspicious/noExplicitAny: an answer from outside, looked into by assertions
async function jsonOrText(response: Response): Promise<any> {
  const text = await response.text();
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
}
