/** The token endpoint's exact refusals of a person's sign-in. */
import type { ErrorDetails } from '../../src/errors.js';
import { type HttpCase, token } from './http-case.js';

const expired = ['invalid_grant', 'Token has been expired or revoked.'] as const;
const connected = (connectedAt: string): Pick<HttpCase, 'facts'> => ({ facts: { connectedAt } });
const reason = (value: NonNullable<ErrorDetails['reason']>) => ({ details: { reason: value } });

export const TOKEN_CASES: readonly HttpCase[] = [
  token('password-changed', 'refresh', 400, expired, 'sign-in-needed', {
    ...reason('password-changed-or-revoked'),
    ...connected('2026-09-01T12:00:00Z'),
  }),
  token('testing-mode', 'refresh', 400, expired, 'sign-in-needed', {
    ...reason('testing-mode-expiry'),
    ...connected('2026-09-04T11:00:00Z'),
  }),
  token('permission-ended', 'refresh', 400, ['invalid_grant', 'Bad Request'], 'sign-in-needed', {
    ...reason('revoked-or-expired'),
  }),
  token('permission-ended', 'refresh', 400, expired, 'sign-in-needed', {
    ...reason('revoked-or-expired'),
    ...connected('2026-01-01T00:00:00Z'),
  }),
  token(
    'session-policy',
    'refresh',
    400,
    ['invalid_grant', 'reauth related error (invalid_rapt)', 'invalid_rapt'],
    'sign-in-needed',
    reason('admin-session-policy'),
  ),
  token(
    'session-policy',
    'refresh',
    400,
    ['invalid_grant', 'reauth related error (rapt_required)'],
    'sign-in-needed',
    reason('admin-session-policy'),
  ),
  token('session-policy', 'refresh', 400, expired, 'sign-in-needed', {
    ...reason('admin-session-policy'),
    facts: { sessionRefusals: 2 },
  }),
  token(
    'account-deleted',
    'refresh',
    400,
    ['invalid_grant', 'The account has been deleted'],
    'sign-in-needed',
    reason('revoked-or-expired'),
  ),
  token('password-changed', 'send', 400, expired, 'sign-in-needed', {
    details: { reason: 'password-changed-or-revoked', sent: 'no' },
  }),
  token(
    'code-not-valid',
    'exchange-code',
    400,
    ['invalid_grant', 'Malformed auth code.'],
    'sign-in-needed',
    reason('not-connected'),
  ),
  token('code-not-valid', 'exchange-code', 400, ['invalid_grant', 'Bad Request'], 'sign-in-needed'),
  token(
    'code-proof-missing',
    'exchange-code',
    400,
    ['invalid_grant', 'Missing code verifier'],
    'internal',
  ),
  token(
    'code-proof-wrong',
    'exchange-code',
    400,
    ['invalid_grant', 'Invalid code verifier.'],
    'sign-in-needed',
    reason('not-connected'),
  ),
  token(
    'client-not-found',
    'refresh',
    401,
    ['invalid_client', 'The OAuth client was not found.'],
    'invalid-oauth-client',
  ),
  token(
    'client-secret-wrong',
    'refresh',
    401,
    ['invalid_client', 'Unauthorized'],
    'invalid-oauth-client',
  ),
  token(
    'client-secret-missing',
    'exchange-code',
    400,
    ['invalid_request', 'client_secret is missing.'],
    'invalid-oauth-client',
  ),
  token('client-deleted', 'refresh', 400, ['deleted_client'], 'invalid-oauth-client'),
  token(
    'client-disabled',
    'refresh',
    400,
    ['disabled_client', 'The OAuth client was disabled.'],
    'invalid-oauth-client',
  ),
  token(
    'client-wrong-redirect',
    'exchange-code',
    400,
    ['redirect_uri_mismatch', 'Bad Request'],
    'invalid-oauth-client',
  ),
  token('client-unauthorized', 'refresh', 401, ['unauthorized_client'], 'invalid-oauth-client'),
  token('proof-of-possession', 'refresh', 400, ['invalid_dpop_proof'], 'invalid-oauth-client'),
  token('proof-of-possession', 'refresh', 400, ['use_dpop_nonce'], 'invalid-oauth-client'),
  token('admin-policy-enforced', 'refresh', 400, ['admin_policy_enforced'], 'admin-policy'),
  token(
    'org-internal',
    'exchange-code',
    403,
    ['org_internal', 'This client is restricted to users within its organization.'],
    'admin-policy',
  ),
  token(
    'account-restricted',
    'refresh',
    400,
    ['access_denied', 'Account restricted'],
    'admin-policy',
  ),
  token(
    'client-not-authorized',
    'refresh',
    400,
    ['access_denied', 'Requested client not authorized'],
    'admin-policy',
  ),
  token('client-not-authorized', 'refresh', 400, ['access_denied'], 'admin-policy'),
  token(
    'scope-unknown',
    'refresh',
    400,
    ['invalid_scope', 'Invalid OAuth scope or ID token audience provided.'],
    'internal',
  ),
  token('request-invalid', 'refresh', 400, ['invalid_request', 'Bad Request'], 'internal'),
  token(
    'google-unavailable',
    'refresh',
    400,
    ['internal_failure', 'Backend Error'],
    'google-unavailable',
  ),
  token('google-unavailable', 'refresh', 500, ['internal_failure'], 'google-unavailable'),
  token('rate-limited', 'refresh', 403, ['rate_limit_exceeded'], 'rate-limited'),
];
