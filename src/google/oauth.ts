/** Tokens: a code exchanged (once), a permission refreshed, a permission revoked. */

import type { OAuth2Client } from 'google-auth-library';
import { interrupted } from '../errors.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import { withRetry } from './retry.js';

/** What the token endpoint gave for a code. */
export interface TokenSet {
  readonly accessToken: string;
  /** When the access token ends, milliseconds since 1970. */
  readonly expiresAt: number;
  /** Null if Google gave none: there is nothing to keep then. */
  readonly refreshToken: string | null;
  /** How long the refresh token lives, in seconds; null where Google sets no end. */
  readonly refreshTokenLife: number | null;
  /** The permissions granted, which can be fewer than were asked for. */
  readonly scopes: readonly string[];
  readonly idToken: string | null;
}

/** An access token and its end. */
export interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** An authorization code and what proves that it is ours (RFC 7636). */
export interface CodeGrant {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** Google's access tokens live an hour; used where an answer does not say. */
const DEFAULT_LIFE_MS = 3_600_000;

/**
 * Exchanges an authorization code, once: a repeated code can cost the grant (RFC 6749 4.1.2).
 *
 * @param facts what sharpens the explanation of a refusal
 * @throws MailError as the catalogue explains Google's answer; `interrupted`
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

/** `refresh_token_expires_in` (native-app page, step 5), which the library's type does not know. */
function lifeIn(tokens: object): number | null {
  const { refresh_token_expires_in: life } = tokens as { refresh_token_expires_in?: unknown };
  return typeof life === 'number' && life > 0 ? life : null;
}

/**
 * Asks for a new access token: the live proof that Google still accepts a connection.
 *
 * @param facts what is stored of the connection, to tell the likeliest cause of a refusal
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
      return {
        token: credentials.access_token ?? '',
        expiresAt: credentials.expiry_date ?? Date.now() + DEFAULT_LIFE_MS,
      };
    } catch (error) {
      if (signal.aborted) throw interrupted();
      throw explainGoogleError(error, 'refresh', facts);
    }
  }, signal);
}

/**
 * Ends a permission at Google, on every computer (RFC 7009). Google answers 400 for a token that is gone
 * already, which is what was wanted.
 *
 * @returns whether Google said that it ended now
 * @throws MailError `network`, `google-unavailable`, …
 */
export async function revokeToken(
  client: OAuth2Client,
  token: string,
  signal: AbortSignal,
): Promise<'revoked' | 'gone-already'> {
  return withRetry(async () => {
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
