/** Gets the errors that Google's own libraries throw, by letting them meet a server that refuses. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAuth2Client } from 'google-auth-library';
import { gmail } from 'googleapis/build/src/apis/gmail/index.js';
import { exchangeWithin } from '../../src/google/exchange.js';
import type { GoogleOperation } from '../../src/google/failure.js';

/** What the server answers. */
export interface Refusal {
  readonly status: number;
  /** An object is sent as JSON, a text as a web page. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Secrets that the requests carry; none of them may come out again. */
export const SECRETS = {
  refreshToken: '1//0refreshTOKEN-refresh_refresh',
  accessToken: 'ya29.a0accessTOKEN-access_access',
  code: '4/0AcodeCODEcode-code_code',
  verifier: 'verifierVERIFIERverifierVERIFIERverifierVERIFIER',
  clientSecret: 'GOCSPX-clientSECRETclientSECRET',
  message: 'To: patient@example.org\r\nSubject: Private\r\n\r\nclinical words',
} as const;

/** The operations that send a request. */
export type Requested = Extract<GoogleOperation, 'exchange-code' | 'refresh' | 'revoke' | 'send'>;

/** Options of the transport under test. */
export interface TransportOptions {
  readonly proxy?: string;
  readonly timeoutMs?: number;
}

/** Runs one operation against an origin and gives the error that the library threw. */
export async function errorFrom(
  origin: string,
  operation: Requested,
  { timeoutMs = 20_000, ...options }: TransportOptions = {},
): Promise<unknown> {
  const transport = { ...options, fetchImplementation: exchangeWithin(timeoutMs) };
  const client = new OAuth2Client({
    clientId: 'id.apps.googleusercontent.com',
    clientSecret: SECRETS.clientSecret,
    redirectUri: 'http://127.0.0.1:1/oauth2callback',
    endpoints: { oauth2TokenUrl: `${origin}/token`, oauth2RevokeUrl: `${origin}/revoke` },
    transporterOptions: { ...transport, retryConfig: { retry: 0, noResponseRetries: 0 } },
  });
  try {
    await request(client, operation, origin, transport);
  } catch (error) {
    return error;
  }
  throw new Error('the request was not refused');
}

async function request(
  client: OAuth2Client,
  operation: Requested,
  origin: string,
  transport: object,
): Promise<unknown> {
  switch (operation) {
    case 'exchange-code':
      return client.getToken({ code: SECRETS.code, codeVerifier: SECRETS.verifier });
    case 'refresh':
      client.setCredentials({ refresh_token: SECRETS.refreshToken });
      return client.refreshAccessToken();
    case 'revoke':
      return client.revokeToken(SECRETS.refreshToken);
    case 'send':
      client.setCredentials({
        access_token: SECRETS.accessToken,
        expiry_date: Number.MAX_SAFE_INTEGER,
      });
      return gmail({ version: 'v1', auth: client as never }).users.messages.send(
        { userId: 'me', requestBody: { raw: Buffer.from(SECRETS.message).toString('base64url') } },
        { rootUrl: `${origin}/`, retry: false, ...transport },
      );
  }
}

/** A server whose next answer is set by each case. */
export class RefusingServer {
  readonly #server: Server;
  #refusal: Refusal = { status: 500, body: '' };

  constructor() {
    this.#server = createServer((incoming, response) => {
      incoming.resume();
      incoming.on('end', () => answer(response, this.#refusal));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The error that the library throws for this refusal. */
  async error(operation: Requested, refusal: Refusal): Promise<unknown> {
    this.#refusal = refusal;
    return errorFrom(this.origin, operation);
  }
}

function answer(response: ServerResponse, { status, body, headers }: Refusal): void {
  const isPage = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isPage ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8',
    ...headers,
  });
  response.end(isPage ? body : JSON.stringify(body));
}
