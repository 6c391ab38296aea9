/** Sign in with Google: one browser round trip on this computer, from the request to a checked identity. */

import { MailError } from '../errors.js';
import type { FailureFacts } from '../google/explain.js';
import type { Identity } from '../google/id-token.js';
import { verifyIdToken } from '../google/id-token.js';
import { fetchMetadata, type IssuerMetadata } from '../google/metadata.js';
import { exchangeCode, type TokenSet } from '../google/oauth.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
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
import { type Page, renderPage } from './page.js';
import {
  otherAccountPage,
  type PageWords,
  refusedPage,
  type SignedInAs,
  USED_PAGE,
} from './pages.js';
import { accountRefused, requireSendPermission, whyDeclined } from './refusals.js';
import type { SignInRequest, SignInWorld } from './request.js';
import { type Talk, talkWith } from './talk.js';
import { answersOf, weigh } from './wait.js';

/** A sign-in that Google granted. The browser still waits: call `finish` once storing the tokens succeeds or fails. */
export interface PendingSignIn {
  readonly identity: Identity;
  readonly tokens: TokenSet & { readonly refreshToken: string };
  /** Shows the last page, unless the browser already sent the person to the terminal, and closes the listener. */
  finish(page: PageWords): Promise<void>;
}

/**
 * Runs the loopback flow (RFC 8252) up to a checked identity, whose account is the expected one or was agreed to.
 * Nothing is stored here. The tokens of a refused sign-in are dropped but not revoked, which would cut off other
 * computers that use the account. The person may sign in again: that is a new request, with its own time limit.
 *
 * @throws MailError `usage` if no account is expected and nobody can be asked, before anyone is sent to Google;
 *   `sign-in-timeout`, `consent-denied`, `account-mismatch`, `cancelled`, `permission-not-granted`,
 *   `no-refresh-token`, `invalid-id-token`, `interrupted`, and the errors in the catalogue of Google's refusals
 */
export async function signIn(request: SignInRequest, world: SignInWorld): Promise<PendingSignIn> {
  const talk = talkWith(world, request);
  requireNamedAccount(request.expectedAccount, talk);
  const app = await world.client();
  const metadata = await fetchMetadata(world.issuer, world.signal);
  const flow = { request, world, talk, app, metadata };
  let outcome = await attempt({ ...flow, isFirst: true });
  while ('again' in outcome) {
    outcome = await attempt({ ...flow, request: outcome.again, isFirst: false });
  }
  return outcome;
}

interface Flow {
  readonly request: SignInRequest;
  readonly world: SignInWorld;
  readonly talk: Talk;
  readonly app: OAuthClient;
  readonly metadata: IssuerMetadata;
  readonly isFirst: boolean;
}

/** One request, with its own values that tie the answer to it. */
interface Attempt extends Flow {
  readonly secrets: RequestSecrets;
  readonly server: CallbackServer;
  readonly deadline: Deadline;
}

/** The person signs in again, with a new request. */
interface Again {
  readonly again: SignInRequest;
}

/** This request goes on, with an answer that has already arrived, or the next one. */
interface GoesOn {
  readonly next: Arrival | null;
}

async function attempt(flow: Flow): Promise<PendingSignIn | Again> {
  const { request, world } = flow;
  const server = await startCallbackServer();
  const deadline = startDeadline(request.timeoutMs, world.signal);
  const running: Attempt = { ...flow, server, deadline, secrets: newRequestSecrets() };
  try {
    const nextAnswer = answersOf({ ...running, ...begin(running) });
    let arrival = await nextAnswer();
    for (;;) {
      const outcome = await conclude(arrival, running);
      if ('again' in outcome) server.close();
      if (!('next' in outcome)) return outcome;
      arrival = outcome.next ?? (await nextAnswer());
    }
  } catch (error) {
    server.close();
    throw error;
  } finally {
    deadline.end();
  }
}

/** Sets up the listener for this request, and returns what else the wait for its answer needs. */
function begin(running: Attempt) {
  const { request, app, metadata, secrets, server, isFirst } = running;
  const url = authorizationUrl(
    {
      authorizationEndpoint: metadata.authorizationEndpoint,
      clientId: app.id,
      redirectUri: server.redirectUri,
      loginHint: request.expectedAccount,
    },
    secrets,
  );
  server.serve({
    authorizationUrl: url,
    usedPage: pageFor(running, USED_PAGE),
    expected: {
      state: secrets.state,
      issuer: metadata.issuer,
      promisesIss: metadata.promisesIss,
    },
  });
  return { url, until: new Date(Date.now() + request.timeoutMs), waitsForEnter: isFirst };
}

/** Turns Google's answer into a checked sign-in; or explains why not, and asks what to do if anyone can be asked. */
async function conclude(
  arrival: Arrival,
  running: Attempt,
): Promise<PendingSignIn | Again | GoesOn> {
  const { request, world, talk, server, deadline } = running;
  const show = (words: PageWords) => arrival.show(pageFor(running, words));
  const finish = async (words: PageWords) => {
    await show(words);
    server.close();
  };
  let agreed = request.expectedAccount;
  try {
    if (arrival.answer.kind === 'error') throw whyRefused(arrival, running);
    const tokens = await exchange(arrival.answer.code, running);
    const identity = await identify(tokens, running);
    const tell = (account: SignedInAs) => void show(otherAccountPage(account, request.reassurance));
    const issuer = world.issuer.id;
    const decision = await agreeOnAccount(identity, request, talk, deadline, issuer, tell);
    if (decision === 'again') return { again: request };
    agreed = identity.email;
    requireSendPermission(tokens.scopes, identity.email);
    const { refreshToken } = tokens;
    if (refreshToken === null) throw accountRefused.noRefreshToken(identity.email);
    return { identity, tokens: { ...tokens, refreshToken }, finish };
  } catch (error) {
    if (arrival.isPasted && isNoCodeOfGoogles(error)) {
      talk.pasteNotUnderstood(
        'Google does not know this code. Copy the whole address again, and paste it.',
      );
      server.reopen();
      return { next: null };
    }
    const page = refusedPage(error, request.reassurance);
    if (talk.canAsk && error instanceof MailError && isWorthAnother(error, arrival)) {
      const shown = show(page);
      const decision = await askOn(error, arrival, running);
      if (decision === 'again') {
        // The browser fetches the page from this listener, which closes next.
        await shown;
        return { again: { ...request, expectedAccount: agreed } };
      }
      if (decision === 'wait') return { next: null };
      if (decision !== 'stop') return { next: decision };
    }
    await finish(page);
    throw error;
  }
}

/** Whether signing in again, or waiting longer, can have another outcome. */
function isWorthAnother(error: MailError, { answer }: Arrival): boolean {
  return (
    answer.kind === 'error' || isNoCodeOfGoogles(error) || error.code === 'permission-not-granted'
  );
}

/** If Google issued no token, the refused answer may be forged: then Google's real answer still counts. */
function askOn(why: MailError, { answer, isPasted }: Arrival, running: Attempt) {
  const { server, request } = running;
  const maybeForged = !isPasted && why.code !== 'permission-not-granted';
  if (maybeForged && answer.kind === 'code') server.reopen();
  const tell = (further: Arrival) => {
    const page = refusedPage(whyRefused(further, running), request.reassurance);
    void further.show(pageFor(running, page));
  };
  return weigh({ why, maybeForged, tell }, running);
}

function exchange(
  code: string,
  { request, world, app, metadata, secrets, server }: Attempt,
): Promise<TokenSet> {
  const client = newOAuth2Client(app, metadata, world.signal);
  const grant = { code, redirectUri: server.redirectUri, codeVerifier: secrets.codeVerifier };
  return exchangeCode(client, grant, factsOf({ request, app }), world.signal);
}

async function identify(
  { idToken }: TokenSet,
  { world, app, metadata, secrets }: Attempt,
): Promise<Identity> {
  if (idToken === null) throw accountRefused.noIdentity();
  const identity = await verifyIdToken(
    newOAuth2Client(app, metadata, world.signal),
    idToken,
    {
      clientId: app.id,
      nonce: secrets.nonce,
      metadata,
      isStandIn: world.issuer.isStandIn,
    },
    world.signal,
  );
  // It goes into the record and onto the screen; a record with anything else could not be read back.
  if (!isAddress(identity.email)) throw accountRefused.noIdentity();
  return identity;
}

/** A code that Google does not know does no harm: the code that Google issued is still valid. */
function isNoCodeOfGoogles(error: unknown): boolean {
  return error instanceof MailError && error.code === 'sign-in-needed';
}

function whyRefused({ answer }: Arrival, flow: Pick<Flow, 'request' | 'app'>): MailError {
  return answer.kind === 'error'
    ? whyDeclined(answer.error, answer.description, factsOf(flow))
    : accountRefused.noIdentity();
}

function factsOf({ request, app }: Pick<Flow, 'request' | 'app'>): FailureFacts {
  return {
    now: new Date(),
    clientId: app.id,
    site: request.site.name,
    account: request.expectedAccount ?? undefined,
  };
}

function pageFor({ request, world }: Pick<Flow, 'request' | 'world'>, words: PageWords): Page {
  const { organisation } = request.site;
  return renderPage({ ...words, practice: organisation, isRehearsal: world.issuer.isStandIn });
}
