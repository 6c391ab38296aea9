/** The token endpoint's refusals, word for word as seen in the field. */
import type { NamedError } from './errors.js';
import type { Point } from './misbehaviour.js';

type TokenPoint = Extract<Point, 'token:code' | 'token:refresh'>;

/** RFC 6749, section 5.2, with the further members that Google adds. */
function tokenError(
  point: TokenPoint,
  error: string,
  description?: string,
  { status = 400, ...members }: { status?: number; [member: string]: string | number } = {},
): NamedError & { readonly body: object } {
  const text = description === undefined ? {} : { error_description: description };
  return { point, status, body: { error, ...text, ...members } };
}

const REAUTH_HELP = { error_uri: 'https://support.google.com/a/answer/9368756' };

const CODE_ERRORS = {
  'invalid_grant-malformed-code': tokenError('token:code', 'invalid_grant', 'Malformed auth code.'),
  'invalid_grant-missing-verifier': tokenError(
    'token:code',
    'invalid_grant',
    'Missing code verifier',
  ),
  'invalid_grant-invalid-verifier': tokenError(
    'token:code',
    'invalid_grant',
    'Invalid code verifier.',
  ),
  'invalid_request-client-secret-missing': tokenError(
    'token:code',
    'invalid_request',
    'client_secret is missing.',
  ),
  'invalid_request-code': tokenError('token:code', 'invalid_request', 'Bad Request'),
  redirect_uri_mismatch: tokenError('token:code', 'redirect_uri_mismatch', 'Bad Request'),
} as const;

const REFRESH_ERRORS = {
  'invalid_grant-revoked': tokenError(
    'token:refresh',
    'invalid_grant',
    'Token has been expired or revoked.',
  ),
  'invalid_grant-bad-request': tokenError('token:refresh', 'invalid_grant', 'Bad Request'),
  'invalid_grant-account-deleted': tokenError(
    'token:refresh',
    'invalid_grant',
    'The account has been deleted',
  ),
  'invalid_grant-invalid-email-or-user': tokenError(
    'token:refresh',
    'invalid_grant',
    'Invalid email or User ID',
  ),
  'invalid_grant-not-a-valid-email': tokenError(
    'token:refresh',
    'invalid_grant',
    'Not a valid email.',
  ),
  'invalid_grant-invalid-rapt': tokenError(
    'token:refresh',
    'invalid_grant',
    'reauth related error (invalid_rapt)',
    { ...REAUTH_HELP, error_subtype: 'invalid_rapt' },
  ),
  'invalid_grant-rapt-required': tokenError(
    'token:refresh',
    'invalid_grant',
    'reauth related error (rapt_required)',
    { ...REAUTH_HELP, error_subtype: 'rapt_required' },
  ),
  'invalid_client-not-found': tokenError(
    'token:refresh',
    'invalid_client',
    'The OAuth client was not found.',
    { status: 401 },
  ),
  'invalid_client-unauthorized': tokenError('token:refresh', 'invalid_client', 'Unauthorized', {
    status: 401,
  }),
  unauthorized_client: tokenError('token:refresh', 'unauthorized_client', 'Unauthorized', {
    status: 401,
  }),
  invalid_scope: tokenError('token:refresh', 'invalid_scope', 'Bad Request'),
  'access_denied-client-not-authorized': tokenError(
    'token:refresh',
    'access_denied',
    'Requested client not authorized',
    { status: 403 },
  ),
  'access_denied-account-restricted': tokenError(
    'token:refresh',
    'access_denied',
    'Account restricted',
    { status: 403 },
  ),
  internal_failure: tokenError('token:refresh', 'internal_failure', 'Backend Error', {
    status: 500,
  }),
  admin_policy_enforced: tokenError('token:refresh', 'admin_policy_enforced', undefined),
  deleted_client: tokenError('token:refresh', 'deleted_client', 'The OAuth client was deleted.', {
    status: 401,
  }),
  disabled_client: tokenError(
    'token:refresh',
    'disabled_client',
    'The OAuth client was disabled.',
    { status: 401 },
  ),
  org_internal: tokenError(
    'token:refresh',
    'org_internal',
    'This client is restricted to users within its organization.',
    { status: 403 },
  ),
  invalid_dpop_proof: tokenError('token:refresh', 'invalid_dpop_proof', 'Invalid DPoP proof.'),
  use_dpop_nonce: {
    ...tokenError('token:refresh', 'use_dpop_nonce', 'A DPoP nonce is required.'),
    headers: { 'DPoP-Nonce': 'stand-in-nonce' },
  },
} as const;

/** Service accounts with domain-wide delegation; Google's own table, and field reports below it. */
const DELEGATION_ERRORS = {
  'delegation-unauthorized-client-or-scope': tokenError(
    'token:refresh',
    'unauthorized_client',
    'Unauthorized client or scope in request.',
    { status: 401 },
  ),
  'delegation-client-is-unauthorized': tokenError(
    'token:refresh',
    'unauthorized_client',
    'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
    { status: 401 },
  ),
  'delegation-jwt-not-short-lived': tokenError(
    'token:refresh',
    'invalid_grant',
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your 'iat' and 'exp' values in the JWT claim.",
  ),
  'delegation-jwt-signature': tokenError(
    'token:refresh',
    'invalid_grant',
    'Invalid JWT Signature.',
  ),
  'delegation-invalid-scope': tokenError(
    'token:refresh',
    'invalid_scope',
    'Invalid OAuth scope or ID token audience provided.',
  ),
  'delegation-invalid-prn': tokenError(
    'token:refresh',
    'invalid_request',
    'Invalid impersonation prn email address.',
  ),
  'delegation-no-verifier': tokenError(
    'token:refresh',
    'invalid_grant',
    'Invalid JWT: No valid verifier found for issuer',
  ),
} as const;

/** What stands before Google's endpoint now and then answers in its place, with a page. */
const FRONT_END_ERRORS = {
  'token-page-502': {
    point: 'token:refresh',
    status: 502,
    body: '<!DOCTYPE html><html lang=en><title>Error 502 (Server Error)!!1</title><p><b>502.</b> <ins>That’s an error.</ins>',
  },
  'token-unavailable': {
    point: 'token:refresh',
    status: 503,
    body: '<!DOCTYPE html><html lang=en><title>Error 503 (Service Unavailable)</title><p><b>503.</b> <ins>That’s an error.</ins>',
  },
} as const satisfies Record<string, NamedError>;

export const TOKEN_ERRORS = {
  ...CODE_ERRORS,
  ...REFRESH_ERRORS,
  ...DELEGATION_ERRORS,
  ...FRONT_END_ERRORS,
};
