/** Makes the provider's token answers read as Google's do. */
import { claimsOf, type IdTokenClaims } from './keys.js';
import type { TokenResponse } from './misbehaviour.js';
import { REFRESH_TOKEN_PREFIX } from './provider.js';
import { TOKEN_ERRORS } from './token-errors.js';

/** Google names these two scopes by their addresses in what it says was granted. */
const GRANTED_NAMES: Readonly<Record<string, string>> = {
  email: 'https://www.googleapis.com/auth/userinfo.email',
};

/** A successful answer: no refresh token on a refresh, the granted scopes by Google's names. */
export function googleTokenResponse(
  response: TokenResponse,
  grantType: string | null,
): TokenResponse {
  const { refresh_token, scope, ...rest } = response;
  const granted = String(scope)
    .split(' ')
    .map((one) => GRANTED_NAMES[one] ?? one)
    .join(' ');
  const isFirst = grantType === 'authorization_code' && refresh_token !== undefined;
  return { ...rest, ...(isFirst ? { refresh_token } : {}), expires_in: 3599, scope: granted };
}

/** Google names the authorized party always, and its clock is not always this computer's. */
export function googleIdTokenClaims(idToken: string, clockSkewMs: number): IdTokenClaims {
  const claims = claimsOf(idToken);
  const skew = Math.round(clockSkewMs / 1000);
  return {
    ...claims,
    azp: claims.aud,
    iat: Number(claims.iat) + skew,
    exp: Number(claims.exp) + skew,
  };
}

/** Google's words for a refusal that the provider gives in its own. */
export function googleTokenError(
  error: string,
  detail: string,
  fields: URLSearchParams,
): { readonly status: number; readonly body: object | string } {
  if (error === 'invalid_client') {
    return detail.includes('client not found')
      ? TOKEN_ERRORS['invalid_client-not-found']
      : clientSecretError(fields);
  }
  if (error === 'invalid_grant' && fields.get('grant_type') === 'refresh_token') {
    return fields.get('refresh_token')?.startsWith(REFRESH_TOKEN_PREFIX)
      ? TOKEN_ERRORS['invalid_grant-revoked']
      : TOKEN_ERRORS['invalid_grant-bad-request'];
  }
  if (error === 'invalid_grant') {
    return codeError(detail);
  }
  return { status: 400, body: { error, error_description: 'Bad Request' } };
}

function clientSecretError(fields: URLSearchParams) {
  return fields.get('client_secret')
    ? TOKEN_ERRORS['invalid_client-unauthorized']
    : TOKEN_ERRORS['invalid_request-client-secret-missing'];
}

function codeError(detail: string) {
  if (detail.includes('must be provided')) {
    return TOKEN_ERRORS['invalid_grant-missing-verifier'];
  }
  if (detail.includes('code_challenge')) {
    return TOKEN_ERRORS['invalid_grant-invalid-verifier'];
  }
  return detail.includes('redirect_uri mismatch')
    ? TOKEN_ERRORS.redirect_uri_mismatch
    : TOKEN_ERRORS['invalid_grant-malformed-code'];
}
