/**
 * The least Google that a migration can be run against, hundreds of times a minute: no pages, one token a
 * grant, and a book of all that it accepted. (The strict stand-in of test/stand-in is for everything else.)
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Faults } from './faults.js';

const SEND_SCOPE = 'https://www.googleapis.com/auth/gmail.send';

/** A permission that a person gave. */
export interface Grant {
  readonly email: string;
  /** Google's key of the account. */
  readonly subject: string;
  readonly canSend: boolean;
  readonly refreshToken: string;
  /** Google accepts it. */
  isAlive: boolean;
  /** A live refresh was accepted since `forgetRefreshes`. */
  isRefreshed: boolean;
}

/** A message that Gmail accepted. */
export interface AcceptedMessage {
  readonly grant: Grant;
  readonly at: Date;
  readonly reference: string;
}

export class SmallGoogle {
  readonly messages = new Map<string, AcceptedMessage>();
  faults: Faults | null = null;
  now: () => Date = () => new Date();
  readonly #grants: Grant[] = [];
  readonly #codes = new Map<string, { readonly grant: Grant; readonly nonce: string }>();
  #server: Server | null = null;
  #url = '';
  #count = 0;

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  newGrant(
    email: string,
    { canSend = true, isAlive = true, subject = `sub-of-${email}` } = {},
  ): Grant {
    this.#count += 1;
    const refreshToken = `refresh-token-${this.#count}`;
    const grant = { email, subject, canSend, isAlive, isRefreshed: false, refreshToken };
    this.#grants.push(grant);
    return grant;
  }

  grantOf(refreshToken: string | undefined): Grant | undefined {
    return this.#grants.find((grant) => grant.refreshToken === refreshToken);
  }

  /** Notes a message as accepted. */
  accept(grant: Grant, at: Date, reference: string): string {
    this.#count += 1;
    const id = `message-${this.#count}`;
    this.messages.set(id, { grant, at, reference });
    return id;
  }

  forgetRefreshes(): void {
    for (const grant of this.#grants) grant.isRefreshed = false;
  }

  /** The person at the browser: from the address that was opened to the one that the browser ends on. */
  visit(url: string, grant: Grant | null): string {
    const asked = new URL(url).searchParams;
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', this.#url);
    if (grant === null) {
      back.searchParams.set('error', 'access_denied');
      return back.href;
    }
    const code = `code-of-${grant.refreshToken}`;
    this.#codes.set(code, { grant, nonce: asked.get('nonce') ?? '' });
    back.searchParams.set('code', code);
    return back.href;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await bodyOf(request);
    const path = request.url ?? '';
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    try {
      const work = () => this.#work(path, form, request.headers.authorization);
      const { status, body } = await (this.faults?.call(`Google ${path}`, work) ?? work());
      send(status, body);
    } catch {
      // A refusal that is not repeated; an answer that is lost, where that is not repeated either.
      if (path.includes('/send')) request.socket.destroy();
      else send(400, { error: 'invalid_request' });
    }
  }

  #work(path: string, body: string, authorization = ''): Answer {
    const form = new URLSearchParams(body);
    if (path.startsWith('/.well-known/')) return { status: 200, body: this.#metadata() };
    if (path.includes('/send'))
      return this.#takeMessage(authorization.replace('Bearer access-', ''), body);
    return form.get('grant_type') === 'refresh_token'
      ? this.#refresh(form.get('refresh_token') ?? '')
      : this.#exchange(form.get('code') ?? '');
  }

  #metadata(): object {
    return {
      issuer: this.#url,
      authorization_endpoint: `${this.#url}/authorize`,
      token_endpoint: `${this.#url}/token`,
      authorization_response_iss_parameter_supported: true,
    };
  }

  #exchange(code: string): Answer {
    const known = this.#codes.get(code);
    if (known === undefined) return INVALID_GRANT;
    this.#codes.delete(code);
    const { grant, nonce } = known;
    const claims = {
      iss: this.#url,
      aud: 'the-client',
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 3600,
      nonce,
      sub: grant.subject,
      email: grant.email,
      email_verified: true,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return {
      status: 200,
      body: {
        ...accessOf(grant),
        refresh_token: grant.refreshToken,
        scope: grant.canSend ? `openid email ${SEND_SCOPE}` : 'openid email',
        id_token: `${part({ alg: 'none' })}.${part(claims)}.`,
      },
    };
  }

  #refresh(refreshToken: string): Answer {
    const grant = this.grantOf(refreshToken);
    if (grant === undefined || !grant.isAlive) return INVALID_GRANT;
    grant.isRefreshed = true;
    return { status: 200, body: accessOf(grant) };
  }

  #takeMessage(refreshToken: string, body: string): Answer {
    const grant = this.grantOf(refreshToken);
    if (grant === undefined || !grant.isAlive || !grant.canSend) {
      return { status: 403, body: { error: { code: 403, message: 'Forbidden' } } };
    }
    const text = Buffer.from(JSON.parse(body).raw, 'base64url').toString();
    const [reference = ''] = /\b[A-Z]{3}-\d{3}\b/.exec(text) ?? [];
    return { status: 200, body: { id: this.accept(grant, this.now(), reference) } };
  }
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const INVALID_GRANT: Answer = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
};

function accessOf({ refreshToken }: Grant): object {
  return { access_token: `access-${refreshToken}`, expires_in: 3600, token_type: 'Bearer' };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
