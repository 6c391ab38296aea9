/**
 * Domain-wide delegation: a service account gets a token to send for a person
 * (developers.google.com/identity/protocols/oauth2/service-account).
 */

import { interrupted, MailError } from '../errors.js';
import { isObject, parseJson } from '../text/json.js';
import { applicationDefaultToken } from './application-default.js';
import { type SignClaims, tokenByAssertion } from './assertion.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import { textIn } from './fields.js';
import type { Issuer } from './issuer.js';
import { type AccessToken, noToken } from './oauth.js';
import { withRetry } from './retry.js';
import { SEND_SCOPE } from './scopes.js';
import { postJson } from './transport.js';

/** Who asks, and for whom. */
export interface Delegation {
  /** The service account's address. */
  readonly email: string;
  /** The person's own address. */
  readonly account: string;
  readonly signer: SignClaims;
  /** Looks up the service account's numeric id if a refusal must be explained and the facts do not have it. */
  numericId(): Promise<string | null>;
}

/**
 * Asks for an access token to send for a person: live proof that the Workspace allows it. Asking again is safe:
 * nothing is used up, and nothing is sent.
 *
 * @throws MailError `admin-policy`, `invalid-settings`, `network`, …: as the catalogue explains Google's response
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

/** A signer without a key: Google signs on behalf of the caller in the Application Default Credentials. */
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
 * The numeric id of a service account of which only the address is known, read from its ID token. Null if it can't
 * be found out: it sharpens an explanation, and decides nothing.
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

/** docs.cloud.google.com/iam/docs/reference/credentials/rest: a hyphen always takes the place of the project. */
function iamUrl({ iamRootUrl }: Issuer, email: string, method: string): string {
  return `${iamRootUrl}v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:${method}`;
}
