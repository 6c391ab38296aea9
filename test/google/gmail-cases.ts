/** The Gmail API's exact refusals. */
import type { ErrorCode, ErrorDetails } from '../../src/errors.js';
import type { HttpCase } from './http-case.js';

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

const unknown: ErrorDetails = { sent: 'unknown' };
const at = (retryAt: string): ErrorDetails => ({ retryAt, sent: 'no' });
const ACTIVATION =
  'https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=123456789012';

export const GMAIL_CASES: readonly HttpCase[] = [
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
