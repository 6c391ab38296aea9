/** A strict stand-in for Google: sign-in, tokens and Gmail at one loopback origin. For tests. */
import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Account, AccountBook, type AccountOptions, DEFAULT_ACCOUNTS } from './accounts.js';
import { type ClientFile, clientFileOf, newClient } from './client.js';
import { Delegation } from './delegation.js';
import { behaviourOf, GOOGLE_ERRORS, type GoogleErrorName } from './errors.js';
import { frontDoor } from './front-door.js';
import { gmailApi } from './gmail.js';
import { bufferRequest } from './http.js';
import { signingKey } from './keys.js';
import { type Behaviour, type MisbehaveOptions, Misbehaviour, type Point } from './misbehaviour.js';
import { type DeliveredMessage, PostOffice, type SentMessage } from './post-office.js';
import { createProvider } from './provider.js';
import { revocationEndpoint } from './revocation.js';
import { SecretLog } from './secrets.js';
import { UPLOAD_LIMIT } from './send-request.js';
import type { ServiceAccountOptions, StandInServiceAccount } from './service-accounts.js';
import { signInPages } from './sign-in.js';
import { TokenStore } from './store.js';
import { TAMPERS, type TamperName } from './tampers.js';
import type { LoggedRequest } from './traffic.js';

export interface GoogleOptions {
  /** Default: chosen by the system. */
  readonly port?: number;
  /** Default: `DEFAULT_ACCOUNTS`. */
  readonly accounts?: readonly AccountOptions[];
  /** How far Google's clock (`Date` header, ID tokens) is ahead of this computer's. */
  readonly clockSkewMs?: number;
  readonly onMessage?: (message: SentMessage) => void;
  /** False: `messages`, `mailbox`, `requests` and `secrets` stay empty, for a long series. Default: true. */
  readonly remembers?: boolean;
}

export interface GoogleStandIn {
  /** Issuer and origin of everything: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Every message that was accepted, oldest first; the content of the last few hundred alone is kept. */
  readonly messages: readonly SentMessage[];
  readonly requests: readonly LoggedRequest[];
  addAccount(options: AccountOptions): Account;
  /** A service account that the practice's Workspace lets send in its people's names, unless told otherwise. */
  addServiceAccount(options?: ServiceAccountOptions): StandInServiceAccount;
  /** What has been delivered to an address; the content as with `messages`. */
  mailbox(address: string): readonly DeliveredMessage[];
  misbehave(point: Point, behaviour: Behaviour, options?: MisbehaveOptions): void;
  /** Brings a known error of Google's about, where Google gives it or at another point. */
  fail(name: GoogleErrorName, options?: MisbehaveOptions & { readonly point?: Point }): void;
  /** Brings about an answer that looks right and is not. */
  tamper(name: TamperName, options?: MisbehaveOptions): void;
  /** Ends all misbehaviour, or that of one point. */
  behave(point?: Point): void;
  /** Ends all grants of an account, as the person can at myaccount.google.com. */
  invalidate(email: string): void;
  /** Every secret issued or received so far. */
  secrets(): string[];
  clientFile(): ClientFile;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startGoogle(options: GoogleOptions = {}): Promise<GoogleStandIn> {
  const key = await signingKey();
  const server = createServer();
  // A client that takes up a connection again in the very moment in which it is closed for idleness sees a cut
  // that no test asked for. Connections end with the stand-in.
  server.keepAliveTimeout = 0;
  const issuer = await listen(server, options.port ?? 0);

  const client = newClient();
  const accounts = new AccountBook();
  for (const account of options.accounts ?? DEFAULT_ACCOUNTS) {
    accounts.add(account);
  }
  const store = new TokenStore();
  const { remembers = true } = options;
  const postOffice = new PostOffice(options);
  const misbehaviour = new Misbehaviour();
  const secrets = new SecretLog(remembers);
  const requests: LoggedRequest[] = [];
  const closing = new AbortController();
  // Each answer that is held back listens to it.
  setMaxListeners(0, closing.signal);
  secrets.add(client.secret);

  const provider = await createProvider({ issuer, client, accounts, store, key });
  provider.on('grant.error', (ctx, error) => {
    ctx.state.errorDetail = error.error_detail;
  });
  const { clockSkewMs = 0 } = options;
  const delegation = new Delegation(issuer, accounts, secrets, () => Date.now() + clockSkewMs);
  const shared = { provider, accounts, store, postOffice, delegation };
  const log = (entry: LoggedRequest) => {
    if (remembers) requests.push(entry);
  };
  provider.use(
    frontDoor({ misbehaviour, log, secrets, key, clockSkewMs, closing: closing.signal }),
  );
  provider.use(delegation.middleware);
  provider.use(signInPages(shared));
  provider.use(revocationEndpoint(provider, store));
  provider.use(gmailApi(shared));
  server.on('request', answerWith(provider.callback()));

  const close = async () => {
    closing.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: issuer,
    messages: postOffice.messages,
    requests,
    addAccount: (account) => accounts.add(account),
    addServiceAccount: (account = {}) => delegation.add(account),
    mailbox: (address) => postOffice.mailbox(address),
    misbehave: (point, behaviour, times) => misbehaviour.misbehave(point, behaviour, times),
    fail: (name, { point, ...times } = {}) => {
      const error = GOOGLE_ERRORS[name];
      misbehaviour.misbehave(point ?? error.point, behaviourOf(error), times);
    },
    tamper: (name, times) =>
      misbehaviour.misbehave(TAMPERS[name].point, TAMPERS[name].behaviour, times),
    behave: (point) => misbehaviour.behave(point),
    invalidate: (email) => {
      const account = accounts.find(email);
      if (!account) {
        throw new Error(`The stand-in has no account ${email}`);
      }
      store.revokeAccount(account.sub);
    },
    secrets: () => secrets.list(),
    clientFile: () => clientFileOf(client),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Listens on loopback only; resolves to the origin. Rejects if the port is taken. */
function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

/** Room for the largest message together with the wrapping of a multipart upload. */
const BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A request whose sender goes away half-way is dropped, as any server does. */
function answerWith(answer: Answer): Answer {
  return (request, response) => {
    bufferRequest(request, BODY_LIMIT).then(
      (buffered) => answer(buffered, response),
      () => response.destroy(),
    );
  };
}
