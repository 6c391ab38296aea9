/** Sign in with Google: one browser round trip on this computer, from the request to a checked identity. */

import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, MailError } from '../errors.js';
import type { FailureFacts } from '../google/explain.js';
import type { Identity } from '../google/id-token.js';
import { verifyIdToken } from '../google/id-token.js';
import type { Issuer } from '../google/issuer.js';
import { fetchMetadata, type IssuerMetadata } from '../google/metadata.js';
import { exchangeCode, type TokenSet } from '../google/oauth.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
import { newOAuth2Client } from '../google/transport.js';
import { isAddress, sameAccount } from '../sites/address.js';
import {
  authorizationUrl,
  newRequestSecrets,
  type RequestSecrets,
} from './authorization-request.js';
import { type Arrival, type CallbackServer, startCallbackServer } from './callback-server.js';
import { accountRefused, requireSendPermission, signInTimedOut, whyDeclined } from './outcome.js';
import { type PageText, renderPage } from './page.js';
import { readPaste } from './pasted-address.js';

/** What to sign in for. */
export interface SignInRequest {
  readonly issuer: Issuer;
  readonly client: OAuthClient;
  /** The site that the account is for, named in the command that mends a failure. */
  readonly site: string;
  /** The Google account that must sign in; null if any may. */
  readonly expectedAccount: string | null;
  readonly useBrowser: boolean;
  readonly timeoutMs: number;
  /** Said on the page and in the terminal when it fails, where it is true: "Your SMTP settings are untouched." */
  readonly reassurance: string | null;
}

/** Why a person must open the address. */
export type ShowReason = 'asked-for' | 'no-browser';

/** What the sign-in needs of the world: a browser, and words to and from the person. */
export interface SignInPorts {
  /** False if no browser could be started. */
  openBrowser(url: string): Promise<boolean>;
  /** A person must open this address. */
  showUrl(url: string, reason: ShowReason): void;
  /** The browser was opened; the address is a way on if it did not show. */
  browserOpened(url: string): void;
  /** Asks for the address the browser ended on; null where nobody can be asked. Ends when the signal aborts. */
  readonly askForPaste: ((signal: AbortSignal) => Promise<string | null>) | null;
  pasteNotUnderstood(why: string): void;
  /** Another account than the expected one signed in: is that right? Null where nobody can be asked. */
  readonly confirmOtherAccount: ((expected: string, actual: string) => Promise<boolean>) | null;
  /** Asks what Google's page said, since its refusals never come back here; null where nobody can be asked. */
  readonly explainSilence: (() => Promise<MailError>) | null;
  readonly signal: AbortSignal;
}

/** A sign-in that Google granted. The browser still waits: call `finish` once the tokens are stored, or failed to be. */
export interface PendingSignIn {
  readonly identity: Identity;
  readonly tokens: TokenSet & { readonly refreshToken: string };
  /** Shows the last page and closes the listener. */
  finish(page: Omit<PageText, 'isRehearsal'>): Promise<void>;
}

/**
 * Runs the loopback flow (RFC 8252) up to a checked identity. Nothing is stored here. The tokens of a sign-in
 * that is refused are dropped: not revoked either, which would cut off other computers of the same account.
 *
 * @throws MailError `sign-in-timeout`, `consent-denied`, `account-mismatch`, `permission-not-granted`,
 *   `no-refresh-token`, `invalid-id-token`, `interrupted`, and what the catalogue of Google's errors says
 */
export async function signIn(request: SignInRequest, ports: SignInPorts): Promise<PendingSignIn> {
  const metadata = await fetchMetadata(request.issuer, ports.signal);
  const secrets = newRequestSecrets();
  const server = await startCallbackServer();
  try {
    server.expect({
      state: secrets.state,
      issuer: metadata.issuer,
      promisesIss: metadata.promisesIss,
    });
    const url = authorizationUrl(
      {
        authorizationEndpoint: metadata.authorizationEndpoint,
        clientId: request.client.id,
        redirectUri: server.redirectUri,
        loginHint: request.expectedAccount,
      },
      secrets,
    );
    const arrival = await waitForArrival(server, url, request, ports);
    return await conclude(arrival, server.redirectUri, { request, ports, metadata, secrets });
  } catch (error) {
    server.close();
    throw error;
  }
}

interface Flow {
  readonly request: SignInRequest;
  readonly ports: SignInPorts;
  readonly metadata: IssuerMetadata;
  readonly secrets: RequestSecrets;
}

/** Turns Google's answer into a checked sign-in, or tells the browser why not. */
async function conclude(arrival: Arrival, redirectUri: string, flow: Flow): Promise<PendingSignIn> {
  const { isStandIn: isRehearsal } = flow.request.issuer;
  const finish = (page: Omit<PageText, 'isRehearsal'>) =>
    arrival.finish(renderPage({ ...page, isRehearsal }));
  try {
    if (arrival.answer.kind === 'error') {
      throw whyDeclined(arrival.answer.error, arrival.answer.description, factsOf(flow.request));
    }
    const granted = await obtainTokens(arrival.answer.code, redirectUri, flow);
    return { ...granted, finish };
  } catch (error) {
    await finish(failurePage(error, flow.request.reassurance));
    throw error;
  }
}

async function obtainTokens(
  code: string,
  redirectUri: string,
  { request, ports, metadata, secrets }: Flow,
): Promise<Pick<PendingSignIn, 'identity' | 'tokens'>> {
  const client = newOAuth2Client(request.client, metadata, ports.signal);
  const grant = { code, redirectUri, codeVerifier: secrets.codeVerifier };
  const tokens = await exchangeCode(client, grant, factsOf(request), ports.signal);
  if (tokens.idToken === null) throw accountRefused.noIdentity();
  const identity = await verifyIdToken(
    client,
    tokens.idToken,
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
  await checkAccount(identity, request, ports);
  requireSendPermission(tokens.scopes, identity.email);
  const { refreshToken } = tokens;
  if (refreshToken === null) throw accountRefused.noRefreshToken(identity.email);
  return { identity, tokens: { ...tokens, refreshToken } };
}

/** What the explanation of a refusal can name. */
function factsOf({ client, site, expectedAccount }: SignInRequest): FailureFacts {
  return {
    now: new Date(),
    clientId: client.id,
    site,
    account: expectedAccount ?? undefined,
  };
}

async function checkAccount(
  identity: Identity,
  request: SignInRequest,
  ports: SignInPorts,
): Promise<void> {
  const expected = request.expectedAccount;
  if (expected === null || sameAccount(expected, identity.email)) return;
  const isRight = (await ports.confirmOtherAccount?.(expected, identity.email)) ?? false;
  if (!isRight) throw accountRefused.mismatch(expected, identity.email);
}

/** Opens the browser and waits: for the redirect, a paste, the time limit or Ctrl-C, whichever comes first. */
async function waitForArrival(
  server: CallbackServer,
  url: string,
  request: SignInRequest,
  ports: SignInPorts,
): Promise<Arrival> {
  const done = new AbortController();
  const stop = AbortSignal.any([done.signal, ports.signal]);
  const timeLimit = sleep(request.timeoutMs, 'time-out' as const, { signal: stop, ref: true });
  // Once the race is over, the losers end by the signal; nobody waits for them.
  timeLimit.catch(() => undefined);
  const pasting = showAddress(url, request, ports).then((isShown) =>
    isShown ? takePastes(server, ports, stop) : undefined,
  );
  pasting.catch(() => undefined);
  try {
    const failure = pasting.then(() => new Promise<never>(() => undefined));
    const outcome = await Promise.race([server.arrival, timeLimit, failure]);
    if (outcome !== 'time-out') return outcome;
  } catch (error) {
    throw ports.signal.aborted ? interrupted() : error;
  } finally {
    done.abort();
    // A prompt that is open must give the terminal back before anything else is asked.
    await pasting.catch(() => undefined);
  }
  server.close();
  throw (await ports.explainSilence?.()) ?? signInTimedOut(request.timeoutMs);
}

/** True if the person was given the address to open by hand, and may paste where it ended. */
async function showAddress(
  url: string,
  request: SignInRequest,
  ports: SignInPorts,
): Promise<boolean> {
  if (!request.useBrowser) {
    ports.showUrl(url, 'asked-for');
    return true;
  }
  if (await ports.openBrowser(url)) {
    ports.browserOpened(url);
    return false;
  }
  ports.showUrl(url, 'no-browser');
  return true;
}

async function takePastes(
  server: CallbackServer,
  ports: SignInPorts,
  signal: AbortSignal,
): Promise<void> {
  while (ports.askForPaste !== null && !signal.aborted) {
    const text = await ports.askForPaste(signal);
    if (text === null || signal.aborted) return;
    const paste = readPaste(text, server.redirectUri);
    if (paste.kind === 'wrong') ports.pasteNotUnderstood(paste.why);
    else if (paste.kind === 'code') return server.submitCode(paste.code);
    else if (server.submit(paste.parameters) === 'accepted') return;
    else
      ports.pasteNotUnderstood(
        'This address belongs to another sign-in, or was changed on the way.',
      );
  }
}

function failurePage(error: unknown, reassurance: string | null): Omit<PageText, 'isRehearsal'> {
  const known = error instanceof MailError ? error : null;
  const lines = [
    ...(reassurance === null ? [] : [reassurance]),
    ...(known?.hint.split('\n') ?? ['The window where you started says more.']),
  ];
  return known?.code === 'consent-denied'
    ? { tone: 'stopped', heading: 'You chose Cancel. Nothing was changed.', lines }
    : { tone: 'failed', heading: known?.message ?? 'The sign-in could not be finished.', lines };
}
