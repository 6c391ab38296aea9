/** The Gmail API's refusals, word for word as seen in the field. */
import { PROJECT_NUMBER } from './client.js';
import type { NamedError } from './errors.js';

interface GmailError {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  /** Canonical code of Google's RPC layer; Gmail's own samples leave it out. */
  readonly status?: string;
  readonly domain?: string;
  /** The text of `errors[0]` where it differs from `message`. */
  readonly inner?: string;
  readonly location?: string;
  readonly details?: readonly object[];
}

/** An error of `users.messages.send`, ready to be answered. */
export function gmailError(error: GmailError): NamedError & { readonly body: object } {
  const { code, message, reason, status, domain = 'global', location, details } = error;
  const where = location ? { location, locationType: 'header' } : {};
  const inner = { message: error.inner ?? message, domain, reason, ...where };
  return {
    point: 'send',
    status: code,
    body: {
      error: {
        code,
        message,
        errors: [inner],
        ...(status ? { status } : {}),
        ...(details ? { details } : {}),
      },
    },
  };
}

/** "Retry after" comes in the text of the message, with two spaces, and in no header. */
export function rateLimitedUntil(when: Date, code: 403 | 429 = 429): NamedError {
  return gmailError({
    code,
    message: `User-rate limit exceeded.  Retry after ${when.toISOString()}`,
    reason: code === 403 ? 'rateLimitExceeded' : 'userRateLimitExceeded',
    status: code === 403 ? 'PERMISSION_DENIED' : 'RESOURCE_EXHAUSTED',
  });
}

export function delegationDenied(userId: string) {
  return gmailError({
    code: 403,
    message: `Delegation denied for ${userId}`,
    reason: 'forbidden',
    status: 'PERMISSION_DENIED',
  });
}

export function invalidHeader(name: 'To' | 'Cc' | 'Bcc') {
  return gmailError({
    code: 400,
    message: `Invalid ${name} header`,
    reason: 'invalidArgument',
    status: 'INVALID_ARGUMENT',
  });
}

/** Too large for the JSON endpoint: Google's front end answers, with a page and not with JSON. */
const TOO_LARGE_PAGE = `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 413 (Request Entity Too Large)!!1</title>
  <p><b>413.</b> <ins>That’s an error.</ins>
  <p>Your client issued a request that was too large. <ins>That’s all we know.</ins>
`;

const BAD_REQUEST_PAGE = `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 400 (Bad Request)!!1</title>
  <p><b>400.</b> <ins>That’s an error.</ins>
  <p>Your client has issued a malformed or illegal request. <ins>That’s all we know.</ins>
`;

const BAD_GATEWAY_PAGE = `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 502 (Server Error)!!1</title>
  <p><b>502.</b> <ins>That’s an error.</ins>
  <p>The server encountered a temporary error and could not complete your request.
`;

const SERVICE = 'gmail.googleapis.com';
const ACTIVATION_URL = `https://console.developers.google.com/apis/api/${SERVICE}/overview?project=${PROJECT_NUMBER}`;

function errorInfo(reason: string, metadata: object): readonly object[] {
  return [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason,
      domain: 'googleapis.com',
      metadata,
    },
  ];
}

function backendError(code: 500 | 502 | 503 | 504): NamedError {
  const status = code === 500 ? 'INTERNAL' : 'UNAVAILABLE';
  return gmailError({ code, message: 'Backend Error', reason: 'backendError', status });
}

function usageLimit(reason: string, message: string): NamedError {
  return gmailError({ code: 403, message, reason, domain: 'usageLimits' });
}

export const GMAIL_ERRORS = {
  'gmail-invalid-credentials': gmailError({
    code: 401,
    message: 'Invalid Credentials',
    reason: 'authError',
    status: 'UNAUTHENTICATED',
    location: 'Authorization',
  }),
  'gmail-login-required': gmailError({
    code: 401,
    message: 'Login Required.',
    reason: 'required',
    status: 'UNAUTHENTICATED',
    location: 'Authorization',
    details: errorInfo('CREDENTIALS_MISSING', { service: SERVICE }),
  }),
  'gmail-insufficient-permissions': gmailError({
    code: 403,
    message: 'Request had insufficient authentication scopes.',
    inner: 'Insufficient Permission',
    reason: 'insufficientPermissions',
    status: 'PERMISSION_DENIED',
    details: errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', {
      service: SERVICE,
      method: 'caribou.api.proto.MailboxService.SendMessage',
    }),
  }),
  'gmail-api-disabled': gmailError({
    code: 403,
    message: `Gmail API has not been used in project ${PROJECT_NUMBER} before or it is disabled. Enable it by visiting ${ACTIVATION_URL} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    reason: 'accessNotConfigured',
    domain: 'usageLimits',
    status: 'PERMISSION_DENIED',
    details: errorInfo('SERVICE_DISABLED', {
      service: SERVICE,
      serviceTitle: 'Gmail API',
      containerInfo: PROJECT_NUMBER,
      activationUrl: ACTIVATION_URL,
    }),
  }),
  'gmail-api-disabled-old-wording': usageLimit(
    'accessNotConfigured',
    `Access Not Configured. Gmail API has not been used in project ${PROJECT_NUMBER} before or it is disabled. Enable it by visiting ${ACTIVATION_URL} then retry.`,
  ),
  'gmail-domain-policy': gmailError({
    code: 403,
    message: 'The domain administrators have disabled Gmail apps.',
    reason: 'domainPolicy',
  }),
  'gmail-mail-service-not-enabled': gmailError({
    code: 400,
    message: 'Mail service not enabled',
    reason: 'failedPrecondition',
    status: 'FAILED_PRECONDITION',
  }),
  'gmail-precondition-failed': gmailError({
    code: 400,
    message: 'Precondition check failed.',
    reason: 'failedPrecondition',
    status: 'FAILED_PRECONDITION',
  }),
  'gmail-delegation-denied': delegationDenied('info@harbour-physio.example'),
  'gmail-invalid-to-header': invalidHeader('To'),
  'gmail-recipient-required': gmailError({
    code: 400,
    message: 'Recipient address required',
    reason: 'invalidArgument',
  }),
  'gmail-raw-required': gmailError({
    code: 400,
    message: "'raw' RFC822 payload message string or uploading message via /upload/* URL required",
    reason: 'badRequest',
  }),
  'gmail-payload-size': gmailError({
    code: 400,
    message: 'Request payload size exceeds the limit: 1048576 bytes.',
    reason: 'badRequest',
  }),
  'gmail-not-found': gmailError({
    code: 404,
    message: 'Requested entity was not found.',
    reason: 'notFound',
    status: 'NOT_FOUND',
  }),
  'gmail-daily-limit': usageLimit('dailyLimitExceeded', 'Daily Limit Exceeded'),
  'gmail-rate-limit': usageLimit('rateLimitExceeded', 'Rate Limit Exceeded'),
  'gmail-user-rate-limit': usageLimit('userRateLimitExceeded', 'User Rate Limit Exceeded'),
  'gmail-rate-limit-until-403': rateLimitedUntil(new Date('2099-01-01T20:00:00Z'), 403),
  'gmail-rate-limit-until-429': rateLimitedUntil(new Date('2099-01-01T20:00:00Z')),
  'gmail-quota-403': quotaExceeded(403),
  'gmail-quota-429': quotaExceeded(429),
  'gmail-too-many-concurrent': gmailError({
    code: 429,
    message: 'Too many concurrent requests for user',
    reason: 'rateLimitExceeded',
    status: 'RESOURCE_EXHAUSTED',
  }),
  'gmail-mail-sending-limit': gmailError({
    code: 429,
    message: 'User-rate limit exceeded (Mail sending)',
    reason: 'userRateLimitExceeded',
    status: 'RESOURCE_EXHAUSTED',
  }),
  'gmail-bandwidth-limit': gmailError({
    code: 429,
    message: 'User-rate limit exceeded (bandwidth)',
    reason: 'userRateLimitExceeded',
  }),
  'gmail-backend-500': backendError(500),
  'gmail-backend-502': backendError(502),
  'gmail-backend-503': backendError(503),
  'gmail-backend-504': backendError(504),
  'gmail-too-large-page': { point: 'send', status: 413, body: TOO_LARGE_PAGE },
  'gmail-bad-request-page': { point: 'send', status: 400, body: BAD_REQUEST_PAGE },
  'gmail-bad-gateway-page': { point: 'send', status: 502, body: BAD_GATEWAY_PAGE },
} as const satisfies Record<string, NamedError>;

function quotaExceeded(code: 403 | 429): NamedError {
  return gmailError({
    code,
    message: `Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service '${SERVICE}' for consumer 'project_number:${PROJECT_NUMBER}'.`,
    reason: 'rateLimitExceeded',
    status: 'RESOURCE_EXHAUSTED',
    details: errorInfo('RATE_LIMIT_EXCEEDED', {
      service: SERVICE,
      consumer: `projects/${PROJECT_NUMBER}`,
      quota_metric: `${SERVICE}/default`,
    }),
  });
}
