/** How a row recognises a failure of Google's. */
import type { SignInReason } from '../../errors.js';
import type { GoogleFailure, GoogleOperation } from '../failure.js';
import type { CatalogueEntry, FailureFacts } from './catalogue-entry.js';
import { likeliestReason } from './likeliest-reason.js';

/** One way to recognise it: every criterion given must hold; in a list, any one. */
export interface Match {
  /** OAuth `error` values. */
  readonly errors?: readonly string[];
  /** `errors[].reason` or `details[].reason` values. */
  readonly reasons?: readonly string[];
  /** Google's words: the error description or the message. */
  readonly text?: RegExp;
  /** An HTTP status, or the first and last of a range. */
  readonly status?: number | readonly [first: number, last: number];
  /** Connection codes, or `any`. */
  readonly networkCodes?: readonly string[] | 'any';
  readonly beforeSending?: true;
  readonly viaProxy?: true;
  readonly proxyAnswer?: true;
  readonly html?: true;
  /** The likeliest reason, from the response and the facts. */
  readonly signInReason?: SignInReason;
}

/** In any operation; one of these ways is enough. */
export function matching(...ways: readonly Match[]): CatalogueEntry['when'] {
  return (failure, facts) => ways.some((way) => matches(way, failure, facts));
}

/** In some operations only; one of these ways is enough. */
export function during(
  operations: readonly GoogleOperation[],
  ...ways: readonly Match[]
): CatalogueEntry['when'] {
  const matchesOne = matching(...ways);
  return (failure, facts) => operations.includes(failure.operation) && matchesOne(failure, facts);
}

function matches(match: Match, failure: GoogleFailure, facts: FailureFacts): boolean {
  return (
    anyOf(match.errors, failure.error) &&
    (match.reasons === undefined || match.reasons.some((r) => failure.reasons.includes(r))) &&
    (match.text === undefined || match.text.test(googleWords(failure))) &&
    (match.status === undefined || statusMatches(match.status, failure.status)) &&
    networkMatches(match.networkCodes, failure.networkCode) &&
    (match.beforeSending === undefined || failure.beforeSending) &&
    (match.viaProxy === undefined || failure.viaProxy) &&
    (match.proxyAnswer === undefined || failure.proxyAnswer) &&
    (match.html === undefined || failure.html) &&
    (match.signInReason === undefined || match.signInReason === likeliestReason(failure, facts))
  );
}

/** Google's explanation: the description of an OAuth error and the message of an API error. */
function googleWords(failure: GoogleFailure): string {
  return [failure.errorDescription, failure.message].filter(Boolean).join(' ');
}

function anyOf(wanted: readonly string[] | undefined, value: string | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}

function networkMatches(wanted: Match['networkCodes'], code: string | undefined): boolean {
  return wanted === 'any' ? code !== undefined : anyOf(wanted, code);
}

function statusMatches(wanted: NonNullable<Match['status']>, status: number | undefined): boolean {
  if (status === undefined) return false;
  if (typeof wanted === 'number') return status === wanted;
  const [first, last] = wanted;
  return status >= first && status <= last;
}
