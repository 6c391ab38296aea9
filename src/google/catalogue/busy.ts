/** Limits and outages, which pass with time. */
import type { GoogleFailure } from '../failure.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { during, type Match, matching } from './match.js';
import { CHECK_SENT_FOLDER } from './words.js';

/** A server error, or the words of one under any status. */
const OUTAGE: readonly Match[] = [
  { status: [500, 599] },
  { status: 408 },
  { errors: ['internal_failure', 'server_error', 'temporarily_unavailable'] },
  { reasons: ['backendError'] },
  { text: /^backend error/i },
];

/** Takes precedence over anything the body says: such a response never proves that the message did not leave. */
export const SEND_OUTCOME_UNKNOWN: CatalogueEntry = {
  id: 'send-outcome-unknown',
  googleSays: '500, 502, 503, 504 (backendError) while sending',
  // A refusal by the token endpoint during a send is never about a message, but looks the same here.
  when: during(['send'], ...OUTAGE),
  code: 'delivery-unknown',
  what: 'Gmail failed while it took the message, so it is not known whether it was sent.',
  who: 'you',
  hint: [CHECK_SENT_FOLDER],
  sent: 'unknown',
};

/** Gmail API, "Resolve errors" and "Usage limits"; support.google.com/a/answer/166852 for the mailbox. */
export const BUSY_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'google-unavailable',
    googleSays: '500, 502, 503, 504, internal_failure, server_error: Backend Error',
    when: matching(...OUTAGE),
    code: 'google-unavailable',
    what: 'Google has a fault at the moment.',
    who: 'nobody-wait',
    hint: ['Try again in a few minutes. Google reports faults at www.google.com/appsstatus.'],
  },
  {
    id: 'mailbox-daily-limit',
    googleSays: '429 User-rate limit exceeded (Mail sending); Daily sending quota exceeded',
    when: matching({ text: /\(mail sending\)|daily (?:user )?sending (?:quota|limit)/i }),
    code: 'daily-limit',
    what: 'This Google account has sent as many emails as Google allows in a day.',
    who: 'nobody-wait',
    hint: [
      'Google counts over 24 hours: about 2,000 messages in Google Workspace, about 500 in a personal account.',
      'Email sent from Gmail itself or by other programs counts too.',
    ],
    moreHints: waitUntil,
    details: retryAt,
  },
  {
    id: 'project-daily-limit',
    googleSays: 'dailyLimitExceeded: Daily Limit Exceeded',
    when: matching({ reasons: ['dailyLimitExceeded'] }, { text: /^daily limit exceeded/i }),
    code: 'daily-limit',
    what: 'The app that the Google client file belongs to has used up the daily limit set for it.',
    who: 'oauth-client-owner',
    hint: [
      'They can raise it: Google Cloud console, APIs & Services > Gmail API > Quotas.',
      'It starts again at midnight, Pacific Time.',
    ],
  },
  {
    id: 'too-much-data',
    googleSays: '429 User-rate limit exceeded (bandwidth)',
    when: matching({ text: /\(bandwidth\)/i }),
    code: 'rate-limited',
    what: 'This Google account has moved more data than Google allows for now.',
    who: 'nobody-wait',
    hint: [],
    moreHints: waitUntil,
    details: retryAt,
  },
  {
    id: 'too-many-at-once',
    googleSays: '429 Too many concurrent requests for user',
    when: matching({ text: /too many concurrent requests/i }),
    code: 'rate-limited',
    what: 'Several programs use this Google account at the same moment, more than Google allows.',
    who: 'nobody-wait',
    hint: [
      'Try again in a minute, and let other programs that send through this account finish first.',
    ],
    moreHints: waitUntilIfNamed,
    details: retryAt,
  },
  {
    id: 'quota-per-minute',
    googleSays: 'RATE_LIMIT_EXCEEDED: Quota exceeded for quota metric … per minute per user',
    when: matching(
      { reasons: ['RATE_LIMIT_EXCEEDED'] },
      { text: /^quota exceeded for quota metric/i },
    ),
    code: 'rate-limited',
    what: 'More emails were sent in one minute than Google allows.',
    who: 'nobody-wait',
    hint: ['Try again in a minute.'],
    moreHints: waitUntilIfNamed,
    details: retryAt,
  },
  {
    id: 'rate-limited',
    googleSays: 'rateLimitExceeded, userRateLimitExceeded, HTTP 429',
    when: matching(
      { reasons: ['rateLimitExceeded', 'userRateLimitExceeded'] },
      { status: 429 },
      { text: /user-rate limit exceeded/i },
      { errors: ['rate_limit_exceeded'] },
    ),
    code: 'rate-limited',
    what: 'Google asks this account to slow down.',
    who: 'nobody-wait',
    hint: [],
    moreHints: waitUntil,
    details: retryAt,
  },
];

function waitUntilIfNamed(failure: GoogleFailure): readonly string[] {
  return parseRetryAfter(failure.message) === undefined ? [] : waitUntil(failure);
}

/** Calls before the time that Google names push it back, so the hint says so. */
function waitUntil(failure: GoogleFailure): readonly string[] {
  const time = parseRetryAfter(failure.message);
  return time === undefined
    ? ['Try again in a few minutes; if it goes on, wait until tomorrow.']
    : [`Wait until ${localTime(time)}: trying before then makes the wait longer.`];
}

function retryAt(failure: GoogleFailure): { readonly retryAt?: string } {
  const time = parseRetryAfter(failure.message);
  return time === undefined ? {} : { retryAt: time.toISOString() };
}

/**
 * The time in a rate limit's message; undefined if it has none that can be parsed.
 * Google writes ISO 8601 in UTC: `User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z`.
 */
export function parseRetryAfter(message: string | undefined): Date | undefined {
  const text = /Retry after (\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))/i.exec(
    message ?? '',
  )?.[1];
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** For example "Friday 11 September 2026 at 21:00", in the computer's own time zone unless one is given. */
export function localTime(time: Date, timeZone?: string): string {
  const words = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'full',
    timeStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(time);
  // Some versions of Node's locale data add a comma after the weekday.
  return words.replace(',', '');
}
