/** The token endpoint's exact refusals of a service account. */
import { type HttpCase, token } from './http-case.js';

/** developers.google.com/identity/protocols/oauth2/service-account, "JWT error codes". */
export const SERVICE_ACCOUNT_CASES: readonly HttpCase[] = [
  token(
    'delegation-missing',
    'refresh',
    401,
    ['unauthorized_client', 'Unauthorized client or scope in request.'],
    'admin-policy',
  ),
  token(
    'delegation-wrong-id',
    'refresh',
    401,
    [
      'unauthorized_client',
      'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
    ],
    'admin-policy',
  ),
  token(
    'jwt-clock',
    'refresh',
    400,
    [
      'invalid_grant',
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your 'iat' and 'exp' values in the JWT claim.",
    ],
    'invalid-settings',
  ),
  token(
    'jwt-signature',
    'refresh',
    400,
    ['invalid_grant', 'Invalid JWT Signature.'],
    'invalid-oauth-client',
  ),
  token(
    'jwt-signature',
    'refresh',
    400,
    ['invalid_grant', 'Invalid JWT: No valid verifier found for issuer'],
    'invalid-oauth-client',
  ),
  token(
    'delegated-user-unknown',
    'refresh',
    400,
    ['invalid_grant', 'Invalid email or User ID'],
    'invalid-settings',
  ),
  token(
    'delegated-user-unknown',
    'refresh',
    400,
    ['invalid_grant', 'Not a valid email.'],
    'invalid-settings',
  ),
  token(
    'delegated-user-unknown',
    'refresh',
    400,
    ['invalid_request', 'Invalid impersonation prn email address.'],
    'invalid-settings',
  ),
];
