/**
 * Domain-wide delegation: a service account gets a token to send in a person's name
 * (developers.google.com/identity/protocols/oauth2/service-account).
 */

import { interrupted, MailError } from '../errors.js';
import { isObject, parseJson } from '../words/json.js';
import { applicationDefaultToken } from './application-default.js';
import { noToken, type SignClaims, tokenByAssertion } from './assertion.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import { textIn } from './fields.js';
import type { Issuer } from './issuer.js';
import type { AccessToken } from './oauth.js';
import { withRetry } from './retry.js';
import { SEND_SCOPE } from './scopes.js';
import { postJson } from './transport.js';

/** Who asks, and in whose name. */
export interface Delegation {
  /** The service account's address. */
  readonly email: string;
  /** The person's own address. */
  readonly account: string;
  readonly signer: SignClaims;
  /** Looks up the service account's numeric id, where the facts do not have it and a refusal has to be explained. */
  numericId(): Promise<string | null>;
}

/**
 * Asks for an access token to send in a person's name: the live proof that the Workspace allows it. Asking again is
 * safe: nothing is spent, and nothing is sent.
 *
 * @throws MailError `admin-policy`, `invalid-settings`, `network`, …: as the catalogue explains Google's answer
 */
export async function delegatedToken(
  { email, account, signer, numericId }: Delegation,
  issuer: Issuer,
  facts: FailureFacts,
  signal: AbortSignal,
): Promise<AccessToken> {
  const request = { iss: email, sub: account, scope: SEND_SCOPE };
  return withRetry(async () => {
    try {
      return await tokenByAssertion(request, signer, issuer, facts.now, signal);
    } catch (error) {
      if (signal.aborted) throw interrupted();
      if (error instanceof MailError) throw error;
      const clientId = facts.serviceAccount?.clientId ?? (await numericId());
      const serviceAccount = { email, clientId };
      throw explainGoogleError(error, 'delegate', { ...facts, serviceAccount }).with({
        details: { serviceAccount: { ...serviceAccount, scope: SEND_SCOPE } },
      });
    }
  }, signal);
}

/** A signer without a key: Google signs, for whoever the Application Default Credentials are. */
export function signerWithoutKey(
  email: string,
  issuer: Issuer,
  environment: NodeJS.ProcessEnv,
  facts: FailureFacts,
  signal: AbortSignal,
): SignClaims {
  let caller: Promise<string> | null = null;
  return async (claims) => {
    caller ??= applicationDefaultToken(issuer, environment, facts, signal);
    const token = await caller;
    try {
      const payload = JSON.stringify(claims);
      const answer = await postJson(iamUrl(issuer, email, 'signJwt'), { payload }, token, signal);
      const signed = isObject(answer) ? textIn(answer, 'signedJwt') : undefined;
      if (signed === undefined) throw noToken();
      return signed;
    } catch (error) {
      if (signal.aborted) throw interrupted();
      throw explainGoogleError(error, 'sign-jwt', facts);
    }
  };
}

/**
 * The numeric id of a service account that is known by its address alone: an ID token of its own names it. Null
 * where it can't be learnt: it sharpens an explanation, and decides nothing.
 */
export async function numericIdOf(
  email: string,
  issuer: Issuer,
  environment: NodeJS.ProcessEnv,
  facts: FailureFacts,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const caller = await applicationDefaultToken(issuer, environment, facts, signal);
    const url = iamUrl(issuer, email, 'generateIdToken');
    const answer = await postJson(url, { audience: 'writeupp-mail' }, caller, signal);
    const token = isObject(answer) ? textIn(answer, 'token') : undefined;
    const part = Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString();
    const claims = parseJson(part);
    const id = isObject(claims) ? (textIn(claims, 'azp') ?? textIn(claims, 'sub')) : undefined;
    return id !== undefined && /^\d+$/.test(id) ? id : null;
  } catch {
    return null;
  }
}

/** docs.cloud.google.com/iam/docs/reference/credentials/rest: the project's place is always a hyphen. */
function iamUrl({ iamRootUrl }: Issuer, email: string, method: string): string {
  return `${iamRootUrl}v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:${method}`;
}
