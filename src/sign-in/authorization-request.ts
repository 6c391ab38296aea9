/** The authorization request (RFC 6749 4.1.1), with PKCE (RFC 7636) and a nonce (OpenID Connect). */

import { createHash, randomBytes } from 'node:crypto';
import { SEND_SCOPE } from '../google/scopes.js';

/** Who the person is, and the permission to send email. Nothing that can read email. */
export const SCOPES = ['openid', 'email', SEND_SCOPE] as const;

/** The values that tie one answer to one request. They exist only in memory, and only for this sign-in. */
export interface RequestSecrets {
  /** RFC 6749 10.12: protects against cross-site request forgery. */
  readonly state: string;
  /** Ties the ID token to this sign-in. */
  readonly nonce: string;
  /** RFC 7636 4.1. */
  readonly codeVerifier: string;
}

export interface RequestTarget {
  readonly authorizationEndpoint: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** The expected account: Google preselects it. */
  readonly loginHint: string | null;
}

/** 256 random bits each; base64url gives 43 characters, as RFC 7636 4.1 recommends for a verifier. */
export function newRequestSecrets(): RequestSecrets {
  const random = () => randomBytes(32).toString('base64url');
  return { state: random(), nonce: random(), codeVerifier: random() };
}

export function authorizationUrl(target: RequestTarget, secrets: RequestSecrets): string {
  const url = new URL(target.authorizationEndpoint);
  const parameters: Record<string, string> = {
    client_id: target.clientId,
    redirect_uri: target.redirectUri,
    response_type: 'code',
    scope: SCOPES.join(' '),
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: createHash('sha256').update(secrets.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    // Both are needed to get a refresh token again from an account that allowed this program before.
    access_type: 'offline',
    prompt: target.loginHint === null ? 'consent select_account' : 'consent',
    ...(target.loginHint === null ? {} : { login_hint: target.loginHint }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
