/** Sign in with Google: one browser round trip on this computer, from the request to a checked identity. */

import { MailError } from '../errors.js';
import type { FailureFacts } from '../google/explain.js';
import type { Identity } from '../google/id-token.js';
import { verifyIdToken } from '../google/id-token.js';
import { fetchMetadata, type IssuerMetadata } from '../google/metadata.js';
import { exchangeCode, type TokenSet } from '../google/oauth.js';
import { newOAuth2Client } from '../google/transport.js';
import { isAddress } from '../sites/address.js';
import { agreeOnAccount, requireNamedAccount } from './agreement.js';
import {
  authorizationUrl,
  newRequestSecrets,
  type RequestSecrets,
} from './authorization-request.js';
import { type Arrival, type CallbackServer, startCallbackServer } from './callback-server.js';
import { type Deadline, startDeadline } from './deadline.js';
import { accountRefused, requireSendPermission, whyDeclined } from './outcome.js';
import { type Page, renderPage } from './page.js';
import { otherAccountPage, type PageWords, refusedPage, USED_PAGE } from './pages.js';
import type { SignInPorts, SignInRequest } from './ports.js';
import { answersOf } from './wait.js';

export type { SignInPorts, SignInRequest } from './ports.js';

/** A sign-in that Google granted. The browser still waits: call `finish` once the tokens are stored, or failed to be. */
export interface PendingSignIn {
  readonly identity: Identity;
  readonly tokens: TokenSet & { readonly refreshToken: string };
  /** Shows the last page, unless the browser was told to go back to the terminal, and closes the listener. */
  finish(page: PageWords): Promise<void>;
}

/**
 * Runs the loopback flow (RFC 8252) up to a checked identity, whose account is the expected one or was agreed to.
 * Nothing is stored here. The tokens of a sign-in that is refused are dropped: not revoked either, which would cut
 * off other computers of the same account. The person may sign in again: that is a fresh request, with a time of
 * its own.
 *
 * @throws MailError `usage` where no account is expected and nobody can be asked, before anyone is sent to Google;
 *   `sign-in-timeout`, `consent-denied`, `account-mismatch`, `cancelled`, `permission-not-granted`,
 *   `no-refresh-token`, `invalid-id-token`, `interrupted`, and what the catalogue of Google's errors says
 */
export async function signIn(request: SignInRequest, ports: SignInPorts): Promise<PendingSignIn> {
  requireNamedAccount(request.expectedAccount, ports);
  const metadata = await fetchMetadata(request.issuer, ports.signal);
  let outcome = await attempt({ request, ports, metadata, isFirst: true });
  while (outcome === 'again') {
    outcome = await attempt({ request, ports, metadata, isFirst: false });
  }
  return outcome;
}

interface Flow {
  readonly request: SignInRequest;
  readonly ports: SignInPorts;
  readonly metadata: IssuerMetadata;
  readonly isFirst: boolean;
}

/** One request: the values that tie its answer to it are made for it alone. */
interface Attempt extends Flow {
  readonly secrets: RequestSecrets;
  readonly server: CallbackServer;
  readonly deadline: Deadline;
}

async function attempt(flow: Flow): Promise<PendingSignIn | 'again'> {
  const { request, ports } = flow;
  const server = await startCallbackServer();
  const deadline = startDeadline(request.timeoutMs, ports.signal);
  const running: Attempt = { ...flow, server, deadline, secrets: newRequestSecrets() };
  try {
    const nextAnswer = answersOf({ ...running, ...begin(running) });
    for (;;) {
      const outcome = await conclude(await nextAnswer(), running);
      if (outcome === 'again') server.close();
      if (outcome !== 'paste-again') return outcome;
      server.reopen();
    }
  } catch (error) {
    server.close();
    throw error;
  } finally {
    deadline.end();
  }
}

/** Makes the listener ready for this request, and what the wait for its answer needs beside. */
function begin({ request, ports, metadata, secrets, server, isFirst }: Attempt) {
  const url = authorizationUrl(
    {
      authorizationEndpoint: metadata.authorizationEndpoint,
      clientId: request.client.id,
      redirectUri: server.redirectUri,
      loginHint: request.expectedAccount,
    },
    secrets,
  );
  server.serve({
    authorizationUrl: url,
    usedPage: pageFor(request, USED_PAGE),
    expected: {
      state: secrets.state,
      issuer: metadata.issuer,
      promisesIss: metadata.promisesIss,
    },
  });
  const tell = (refusal: Arrival) =>
    refusal.show(pageFor(request, refusedPage(whyRefused(refusal, request), request.reassurance)));
  const { askAboutRefusal } = ports;
  return {
    url,
    until: new Date(Date.now() + request.timeoutMs),
    waitsForEnter: isFirst,
    tell: (refusal: Arrival) => void tell(refusal),
    weigh:
      askAboutRefusal === null
        ? null
        : async (refusal: Arrival, signal: AbortSignal) => {
            void tell(refusal);
            return (await askAboutRefusal(whyRefused(refusal, request), signal)) ?? 'wait';
          },
  };
}

/** Turns Google's answer into a checked sign-in, or tells the browser why not. */
async function conclude(
  arrival: Arrival,
  running: Attempt,
): Promise<PendingSignIn | 'again' | 'paste-again'> {
  const { request, server } = running;
  const finish = async (words: PageWords) => {
    await arrival.show(pageFor(request, words));
    server.close();
  };
  try {
    if (arrival.answer.kind === 'error') throw whyRefused(arrival, request);
    const tokens = await exchange(arrival.answer.code, running);
    const identity = await identify(tokens, running);
    const tell = () => {
      const words = otherAccountPage(request.expectedAccount, identity.email, request.reassurance);
      void arrival.show(pageFor(request, words));
    };
    const { ports, deadline } = running;
    if ((await agreeOnAccount(identity, request, ports, deadline, tell)) === 'again')
      return 'again';
    requireSendPermission(tokens.scopes, identity.email);
    const { refreshToken } = tokens;
    if (refreshToken === null) throw accountRefused.noRefreshToken(identity.email);
    return { identity, tokens: { ...tokens, refreshToken }, finish };
  } catch (error) {
    if (arrival.isPasted && isNoCodeOfGoogles(error)) {
      running.ports.pasteNotUnderstood(
        'Google does not know this code. Copy the whole address again, and paste it.',
      );
      return 'paste-again';
    }
    await finish(refusedPage(error, request.reassurance));
    throw error;
  }
}

function exchange(
  code: string,
  { request, ports, metadata, secrets, server }: Attempt,
): Promise<TokenSet> {
  const client = newOAuth2Client(request.client, metadata, ports.signal);
  const grant = { code, redirectUri: server.redirectUri, codeVerifier: secrets.codeVerifier };
  return exchangeCode(client, grant, factsOf(request), ports.signal);
}

async function identify(
  { idToken }: TokenSet,
  { request, ports, metadata, secrets }: Attempt,
): Promise<Identity> {
  if (idToken === null) throw accountRefused.noIdentity();
  const identity = await verifyIdToken(
    newOAuth2Client(request.client, metadata, ports.signal),
    idToken,
    {
      clientId: request.client.id,
      nonce: secrets.nonce,
      metadata,
      isStandIn: request.issuer.isStandIn,
    },
    ports.signal,
  );
  // It goes into the record and onto the screen; a record with another text could not be read again.
  if (!isAddress(identity.email)) throw accountRefused.noIdentity();
  return identity;
}

/** A pasted code that Google refuses costs nothing: the code that Google gave is still good. */
function isNoCodeOfGoogles(error: unknown): boolean {
  return error instanceof MailError && error.code === 'sign-in-needed';
}

function whyRefused({ answer }: Arrival, request: SignInRequest): MailError {
  return answer.kind === 'error'
    ? whyDeclined(answer.error, answer.description, factsOf(request))
    : accountRefused.noIdentity();
}

/** What the explanation of a refusal can name. */
function factsOf({ client, site, expectedAccount }: SignInRequest): FailureFacts {
  return {
    now: new Date(),
    clientId: client.id,
    site: site.name,
    account: expectedAccount ?? undefined,
  };
}

function pageFor({ site, issuer }: SignInRequest, words: PageWords): Page {
  return renderPage({ ...words, practice: site.organisation, isRehearsal: issuer.isStandIn });
}
