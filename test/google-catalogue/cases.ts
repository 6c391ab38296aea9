/** Google's exact refusals, and what the catalogue must make of each. */
import type { ErrorCode, ErrorDetails } from '../../src/errors.js';
import type { FailureFacts } from '../../src/google/explain.js';
import type { Refusal, Requested } from './real-refusal.js';

/** The moment at which the cases happen. */
export const NOW = new Date('2026-09-11T12:00:00Z');

/** One answer of Google's and its explanation. */
export interface HttpCase extends Refusal {
  /** The row that must recognise it. */
  readonly id: string;
  readonly operation: Requested;
  readonly code: ErrorCode;
  readonly details?: ErrorDetails;
  readonly facts?: Partial<FailureFacts>;
}

/** A refusal of the token endpoint (RFC 6749 section 5.2). */
function token(
  id: string,
  operation: Requested,
  status: number,
  [error, description, subtype]: readonly [string, string?, string?],
  code: ErrorCode,
  more: Pick<HttpCase, 'details' | 'facts'> = {},
): HttpCase {
  const body = { error, error_description: description, error_subtype: subtype };
  return { id, operation, status, body, code, ...more };
}

interface ApiBody {
  readonly message: string;
  readonly status?: string;
  readonly reason?: string;
  readonly info?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A refusal of the Gmail API (AIP-193, with the older `errors` list). */
function api(
  id: string,
  httpStatus: number,
  { message, status, reason, info, metadata }: ApiBody,
  code: ErrorCode,
  details: ErrorDetails = { sent: 'no' },
): HttpCase {
  const body = {
    error: {
      code: httpStatus,
      message,
      ...(reason === undefined ? {} : { errors: [{ message, domain: 'global', reason }] }),
      ...(status === undefined ? {} : { status }),
      ...(info === undefined
        ? {}
        : {
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                reason: info,
                domain: 'googleapis.com',
                metadata,
              },
            ],
          }),
    },
  };
  return { id, operation: 'send', status: httpStatus, body, code, details };
}

const expired = ['invalid_grant', 'Token has been expired or revoked.'] as const;
const connected = (connectedAt: string): Pick<HttpCase, 'facts'> => ({ facts: { connectedAt } });
const reason = (value: NonNullable<ErrorDetails['reason']>) => ({ details: { reason: value } });

const TOKEN_CASES: readonly HttpCase[] = [
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

/** developers.google.com/identity/protocols/oauth2/service-account, "JWT error codes". */
const SERVICE_ACCOUNT_CASES: readonly HttpCase[] = [
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

const unknown: ErrorDetails = { sent: 'unknown' };
const at = (retryAt: string): ErrorDetails => ({ retryAt, sent: 'no' });
const ACTIVATION =
  'https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=123456789012';

const GMAIL_CASES: readonly HttpCase[] = [
  api(
    'invalid-credentials',
    401,
    { message: 'Invalid Credentials', status: 'UNAUTHENTICATED', reason: 'authError' },
    'sign-in-needed',
    { reason: 'password-changed-or-revoked', sent: 'no' },
  ),
  api(
    'credentials-missing',
    401,
    {
      message: 'Login Required.',
      status: 'UNAUTHENTICATED',
      reason: 'required',
      info: 'CREDENTIALS_MISSING',
    },
    'internal',
  ),
  api(
    'permission-insufficient',
    403,
    {
      message: 'Request had insufficient authentication scopes.',
      status: 'PERMISSION_DENIED',
      reason: 'insufficientPermissions',
      info: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      metadata: {
        service: 'gmail.googleapis.com',
        method: 'caribou.api.proto.MailboxService.SendMessage',
      },
    },
    'permission-insufficient',
  ),
  api(
    'gmail-api-disabled',
    403,
    {
      message: `Gmail API has not been used in project 123456789012 before or it is disabled. Enable it by visiting ${ACTIVATION} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
      status: 'PERMISSION_DENIED',
      reason: 'accessNotConfigured',
      info: 'SERVICE_DISABLED',
      metadata: {
        service: 'gmail.googleapis.com',
        consumer: 'projects/123456789012',
        activationUrl: ACTIVATION,
      },
    },
    'gmail-api-disabled',
  ),
  api(
    'gmail-api-disabled',
    403,
    { message: 'Access Not Configured. Gmail API has not been used in project 1 before.' },
    'gmail-api-disabled',
  ),
  api(
    'domain-policy',
    403,
    {
      message: 'The domain administrators have disabled Gmail apps.',
      reason: 'domainPolicy',
    },
    'admin-policy',
  ),
  api(
    'no-mailbox',
    400,
    {
      message: 'Mail service not enabled',
      status: 'FAILED_PRECONDITION',
      reason: 'failedPrecondition',
    },
    'no-mailbox',
  ),
  api(
    'no-mailbox-precondition',
    400,
    {
      message: 'Precondition check failed.',
      status: 'FAILED_PRECONDITION',
      reason: 'failedPrecondition',
    },
    'no-mailbox',
  ),
  api(
    'delegation-denied',
    403,
    {
      message: 'Delegation denied for info@practice.example',
      status: 'PERMISSION_DENIED',
      reason: 'forbidden',
    },
    'account-mismatch',
  ),
  api(
    'recipient-invalid',
    400,
    { message: 'Invalid To header', status: 'INVALID_ARGUMENT', reason: 'invalidArgument' },
    'invalid-recipient',
  ),
  api(
    'recipient-missing',
    400,
    { message: 'Recipient address required', reason: 'invalidArgument' },
    'invalid-recipient',
  ),
  api(
    'message-missing',
    400,
    {
      message:
        "'raw' RFC822 payload message string or uploading message via /upload/* URL required",
      reason: 'invalidArgument',
    },
    'invalid-message',
  ),
  api(
    'message-invalid',
    400,
    { message: 'Invalid From header', reason: 'invalidArgument' },
    'invalid-message',
  ),
  api(
    'thread-unknown',
    404,
    { message: 'Requested entity was not found.', status: 'NOT_FOUND', reason: 'notFound' },
    'invalid-message',
  ),
  api(
    'project-daily-limit',
    403,
    { message: 'Daily Limit Exceeded', reason: 'dailyLimitExceeded' },
    'daily-limit',
  ),
  api(
    'rate-limited',
    403,
    { message: 'Rate Limit Exceeded', reason: 'rateLimitExceeded' },
    'rate-limited',
  ),
  api(
    'rate-limited',
    403,
    { message: 'User Rate Limit Exceeded', reason: 'userRateLimitExceeded' },
    'rate-limited',
  ),
  api(
    'rate-limited',
    403,
    {
      message: 'User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z',
      status: 'PERMISSION_DENIED',
      reason: 'rateLimitExceeded',
    },
    'rate-limited',
    at('2026-09-11T20:00:00.000Z'),
  ),
  api(
    'quota-per-minute',
    429,
    {
      message:
        "Quota exceeded for quota metric 'Total quota usage' and limit 'Total quota usage per minute per user' of service 'gmail.googleapis.com' for consumer 'project_number:1'.",
      status: 'RESOURCE_EXHAUSTED',
      reason: 'rateLimitExceeded',
      info: 'RATE_LIMIT_EXCEEDED',
    },
    'rate-limited',
  ),
  api(
    'too-many-at-once',
    429,
    {
      message: 'Too many concurrent requests for user',
      status: 'RESOURCE_EXHAUSTED',
      reason: 'rateLimitExceeded',
    },
    'rate-limited',
  ),
  api(
    'mailbox-daily-limit',
    429,
    {
      message: 'User-rate limit exceeded (Mail sending)',
      status: 'RESOURCE_EXHAUSTED',
      reason: 'userRateLimitExceeded',
    },
    'daily-limit',
  ),
  api(
    'rate-limited',
    429,
    {
      message: 'User-rate limit exceeded.  Retry after 2026-09-12T08:30:00.000Z',
      reason: 'userRateLimitExceeded',
    },
    'rate-limited',
    at('2026-09-12T08:30:00.000Z'),
  ),
  api('too-much-data', 429, { message: 'User-rate limit exceeded (bandwidth)' }, 'rate-limited'),
  api('rate-limited', 429, { message: 'Slow down.' }, 'rate-limited'),
  ...[500, 502, 503, 504].map((status) =>
    api(
      'send-outcome-unknown',
      status,
      { message: 'Backend Error', reason: 'backendError' },
      'delivery-unknown',
      unknown,
    ),
  ),
  api(
    'message-too-large',
    400,
    {
      message: 'Request payload size exceeds the limit: 1048576 bytes.',
      reason: 'badRequest',
    },
    'message-too-large',
  ),
];

const page = (title: string) =>
  `<!DOCTYPE html><html><title>${title}</title><p><b>${title}</b> That’s an error.</html>`;

const PAGE_CASES: readonly HttpCase[] = [
  {
    id: 'message-too-large',
    operation: 'send',
    status: 413,
    body: page('Error 413 (Request Entity Too Large)!!1'),
    code: 'message-too-large',
    details: { sent: 'no' },
  },
  {
    id: 'message-too-large-page',
    operation: 'send',
    status: 400,
    body: page('Error 400 (Bad Request)!!1'),
    code: 'message-too-large',
    details: { sent: 'no' },
  },
  {
    id: 'send-outcome-unknown',
    operation: 'send',
    status: 502,
    body: page('Error 502 (Server Error)!!1'),
    code: 'delivery-unknown',
    details: unknown,
  },
  {
    id: 'google-unavailable',
    operation: 'exchange-code',
    status: 503,
    body: page('Error 503 (Service Unavailable)!!1'),
    code: 'google-unavailable',
  },
  {
    id: 'proxy-password',
    operation: 'refresh',
    status: 407,
    body: page('Proxy Authentication Required'),
    code: 'proxy',
  },
  {
    id: 'unknown',
    operation: 'refresh',
    status: 418,
    body: { error: 'short_and_stout', error_description: 'A new reason.' },
    code: 'internal',
  },
];

/** Every refusal that comes over HTTP. */
export const HTTP_CASES: readonly HttpCase[] = [
  ...TOKEN_CASES,
  ...SERVICE_ACCOUNT_CASES,
  ...GMAIL_CASES,
  ...PAGE_CASES,
];

/** Errors of a connection: Node's code, the library's words, and the row. */
export interface NetworkCase {
  readonly id: string;
  readonly operation: Requested;
  readonly networkCode: string;
  readonly reason: string;
  readonly code: ErrorCode;
  readonly sent?: 'no' | 'unknown';
  readonly viaProxy?: true;
}

export const NETWORK_CASES: readonly NetworkCase[] = (
  [
    [
      'tls-intercepted',
      'refresh',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'self-signed certificate in certificate chain',
      'network',
    ],
    [
      'tls-intercepted',
      'send',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'unable to verify the first certificate',
      'network',
    ],
    [
      'tls-intercepted',
      'send',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'unable to get local issuer certificate',
      'network',
    ],
    [
      'tls-intercepted',
      'send',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'self-signed certificate',
      'network',
    ],
    ['tls-dates', 'refresh', 'CERT_HAS_EXPIRED', 'certificate has expired', 'network'],
    ['tls-dates', 'send', 'CERT_NOT_YET_VALID', 'certificate is not yet valid', 'network'],
    [
      'tls-wrong-name',
      'send',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "Hostname/IP does not match certificate's altnames",
      'network',
    ],
    ['no-name', 'send', 'EAI_AGAIN', 'getaddrinfo EAI_AGAIN gmail.googleapis.com', 'network'],
    ['not-connected', 'send', 'ETIMEDOUT', 'connect ETIMEDOUT 142.250.1.1:443', 'network'],
    ['not-connected', 'send', 'ENETUNREACH', '', 'network'],
    ['send-answer-lost', 'send', 'ETIMEDOUT', 'read ETIMEDOUT', 'delivery-unknown'],
    ['send-answer-lost', 'send', 'EPIPE', 'write EPIPE', 'delivery-unknown'],
    ['code-answer-lost', 'exchange-code', 'ECONNRESET', 'socket hang up', 'network'],
    ['timed-out', 'refresh', 'ETIMEDOUT', 'read ETIMEDOUT', 'network'],
    ['connection-broke', 'refresh', 'ERR_STREAM_PREMATURE_CLOSE', 'Premature close', 'network'],
  ] as const
).map(([id, operation, networkCode, text, code]) => ({
  id,
  operation,
  networkCode,
  reason: text,
  code,
  ...(operation === 'send' ? { sent: code === 'delivery-unknown' ? 'unknown' : 'no' } : {}),
}));
