/** Access tokens in exchange for an assertion (RFC 7523) signed for a service account; nobody signs in. */

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { isObject } from '../text/json.js';
import { textIn } from './fields.js';
import type { Issuer } from './issuer.js';
import { oauthEndpoints } from './metadata.js';
import { type AccessToken, noToken } from './oauth.js';
import { readStoredKey } from './service-account.js';
import { postForm } from './transport.js';

/** Google refuses assertions valid for more than an hour: a minute less allows for clock differences. */
const ASSERTION_LIFE_S = 3_540;
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** RFC 6749 5.1: `expires_in` is optional; Google's tokens live for an hour. */
const DEFAULT_LIFE_S = 3_600;

const signAsync = promisify(sign);

/** Signs claims for a service account as a JSON Web Token (RS256). */
export type SignClaims = (claims: object) => Promise<string>;

/** A signer that uses a stored key; null if the stored value is not a key. */
export function signerWithKey(stored: string): SignClaims | null {
  const found = readStoredKey(stored);
  if (found === null) return null;
  const { keyId, pkcs8 } = found;
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    return null;
  }
  const head = encode({ alg: 'RS256', typ: 'JWT', kid: keyId });
  return async (claims) => {
    const body = `${head}.${encode(claims)}`;
    return `${body}.${(await signAsync('sha256', Buffer.from(body), key)).toString('base64url')}`;
  };
}

export interface TokenRequest {
  /** The service account's address. */
  readonly iss: string;
  /** The person to act for; absent: the service account itself. */
  readonly sub?: string;
  /** Separated by spaces. */
  readonly scope: string;
}

/** Asks once for a token. @throws what signing throws, or the library's own error: callers explain it */
export async function tokenByAssertion(
  request: TokenRequest,
  signClaims: SignClaims,
  issuer: Issuer,
  now: Date,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { tokenEndpoint } = await oauthEndpoints(issuer, signal);
  const iat = Math.floor(now.getTime() / 1000);
  const claims = { ...request, aud: tokenEndpoint, iat, exp: iat + ASSERTION_LIFE_S };
  const fields = { grant_type: GRANT_TYPE, assertion: await signClaims(claims) };
  const answer = await postForm(tokenEndpoint, fields, signal);
  const token = isObject(answer) ? textIn(answer, 'access_token') : undefined;
  if (token === undefined || !isObject(answer)) throw noToken();
  const life = typeof answer.expires_in === 'number' ? answer.expires_in : DEFAULT_LIFE_S;
  return { token, expiresAt: now.getTime() + life * 1000 };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
