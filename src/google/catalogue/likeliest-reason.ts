/** The likeliest reason why Google no longer accepts a saved permission, from its response and what is stored. */
import type { SignInReason } from '../../errors.js';
import type { GoogleFailure } from '../failure.js';
import type { FailureFacts } from './catalogue-entry.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A permission given to a project in "Testing" expires after 7 days (support.google.com/cloud/answer/15549945).
 * This is only noticed at the next use, so the window runs from half a day before to a day after.
 */
const TESTING_WINDOW_DAYS = [6.5, 8] as const;

/** An unused permission expires after six months (developers.google.com/identity/protocols/oauth2#expiration). */
const UNUSED_DAYS = 180;

/** Two refusals within a week point to a session length of 1 to 24 hours, set by an administrator. */
const SESSION_REFUSALS = 2;

/**
 * Google says "Token has been expired or revoked." for several causes, so what is stored decides between them;
 * only a session policy has its own mark, in `error_subtype`.
 */
export function likeliestReason(failure: GoogleFailure, facts: FailureFacts): SignInReason {
  const description = failure.errorDescription ?? '';
  const asksToSignInAgain = [failure.errorSubtype, description].some((text) =>
    /invalid_rapt|rapt_required/.test(text ?? ''),
  );
  if (asksToSignInAgain) return 'admin-session-policy';
  if ((facts.sessionRefusals ?? 0) >= SESSION_REFUSALS) return 'admin-session-policy';
  const connectedDays = daysSince(facts.connectedAt, facts.now);
  if (within(connectedDays, TESTING_WINDOW_DAYS)) return 'testing-mode-expiry';
  const unusedDays = daysSince(facts.lastUsedAt ?? facts.connectedAt, facts.now);
  if (unusedDays !== undefined && unusedDays >= UNUSED_DAYS) return 'revoked-or-expired';
  // Changing the password ends a Gmail permission (same Google page), the usual cause of these words.
  return /expired or revoked/i.test(description)
    ? 'password-changed-or-revoked'
    : 'revoked-or-expired';
}

function daysSince(time: string | undefined, now: Date): number | undefined {
  const then = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(then) ? undefined : (now.getTime() - then) / DAY_MS;
}

function within(value: number | undefined, [low, high]: readonly [number, number]): boolean {
  return value !== undefined && value >= low && value <= high;
}
