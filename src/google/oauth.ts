/** Exchanges a code for tokens (once), refreshes an access token, and revokes a permission. */

import type { OAuth2Client } from 'google-auth-library';
import { interrupted, MailError } from '../errors.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import { withRetry } from './retry.js';

/** What the token endpoint issues for a code. */
export interface TokenSet {
  readonly accessToken: string;
  /** When the access token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Null if Google issued none: then there is nothing to store. */
  readonly refreshToken: string | null;
  /** How long the refresh token lives, in seconds; null if Google sets no limit. */
  readonly refreshTokenLife: number | null;
  /** The scopes granted, which can be fewer than requested. */
  readonly scopes: readonly string[];
  readonly idToken: string | null;
}

export interface AccessToken {
  readonly token: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/** An authorization code and the proof that it is ours (RFC 7636). */
export interface CodeGrant {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** Google's access tokens live for an hour; used if the response does not say. */
const DEFAULT_LIFE_MS = 3_600_000;

/**
 * Exchanges an authorization code, once: reusing a code can revoke the grant (RFC 6749 4.1.2).
 *
 * @param facts what sharpens the explanation of a refusal
 * @throws MailError as the catalogue explains Google's response; `interrupted`
 */
export async function exchangeCode(
  client: OAuth2Client,
  grant: CodeGrant,
  facts: FailureFacts,
  signal: AbortSignal,
): Promise<TokenSet> {
  try {
    const { tokens } = await client.getToken({
      code: grant.code,
      codeVerifier: grant.codeVerifier,
      redirect_uri: grant.redirectUri,
    });
    return {
      accessToken: tokens.access_token ?? '',
      expiresAt: tokens.expiry_date ?? Date.now() + DEFAULT_LIFE_MS,
      refreshToken: tokens.refresh_token ?? null,
      refreshTokenLife: lifeIn(tokens),
      scopes: tokens.scope?.split(' ').filter((scope) => scope !== '') ?? [],
      idToken: tokens.id_token ?? null,
    };
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainGoogleError(error, 'exchange-code', facts);
  }
}

/** `refresh_token_expires_in` (native-app page, step 5), which the library's type does not have. */
function lifeIn(tokens: object): number | null {
  const { refresh_token_expires_in: life } = tokens as { refresh_token_expires_in?: unknown };
  return typeof life === 'number' && life > 0 ? life : null;
}

/**
 * Asks for a new access token: live proof that Google still accepts a connection.
 *
 * @param facts what is stored about the connection, to find the likeliest cause of a refusal
 * @throws MailError `sign-in-needed` with a reason, `network`, `google-unavailable`, …
 */
export async function refreshAccessToken(
  client: OAuth2Client,
  refreshToken: string,
  facts: FailureFacts,
  signal: AbortSignal,
): Promise<AccessToken> {
  return withRetry(async () => {
    try {
      client.setCredentials({ refresh_token: refreshToken });
      const { credentials } = await client.refreshAccessToken();
      if (!credentials.access_token) throw noToken();
      return {
        token: credentials.access_token,
        expiresAt: credentials.expiry_date ?? Date.now() + DEFAULT_LIFE_MS,
      };
    } catch (error) {
      if (signal.aborted) throw interrupted();
      // The library throws a TypeError if it gets a web page instead of the tokens.
      throw explainGoogleError(error instanceof TypeError ? noToken() : error, 'refresh', facts);
    }
  }, signal);
}

/** The error for a response that did not come from Google. */
export function noToken(): MailError {
  return new MailError(
    'google-unavailable',
    'Google’s answer held no token.',
    'A filter on your network may have answered instead. Try again in a few minutes, or on another network.',
  );
}

/**
 * Revokes a permission at Google, for every computer (RFC 7009). Google answers 400 if the token is gone already, which
 * is just as good.
 *
 * @param mayRepeat whether it is still right to ask again, after a request that Google did not answer
 * @returns whether Google confirmed that it was revoked now; `not-repeated` if that is unknown
 * @throws MailError `network`, `google-unavailable`, …
 */
export async function revokeToken(
  client: OAuth2Client,
  token: string,
  signal: AbortSignal,
  mayRepeat: () => Promise<boolean>,
): Promise<'revoked' | 'gone-already' | 'not-repeated'> {
  let isAgain = false;
  return withRetry(async () => {
    if (isAgain && !(await mayRepeat())) return 'not-repeated';
    isAgain = true;
    try {
      await client.revokeToken(token);
      return 'revoked';
    } catch (error) {
      if (signal.aborted) throw interrupted();
      if ((error as { status?: unknown }).status === 400) return 'gone-already';
      throw explainGoogleError(error, 'revoke');
    }
  }, signal);
}
