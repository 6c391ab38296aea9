/** Finds the row for a failure. */
import type { GoogleFailure } from '../failure.js';
import type { CatalogueEntry, FailureFacts, Match } from './catalogue-entry.js';
import { likeliestReason } from './likeliest-reason.js';

/** The first row that recognises the failure, or undefined. */
export function findEntry(
  entries: readonly CatalogueEntry[],
  failure: GoogleFailure,
  facts: FailureFacts,
): CatalogueEntry | undefined {
  return entries.find(
    ({ operations, match }) =>
      (operations === undefined || operations.includes(failure.operation)) &&
      match.some((way) => matches(way, failure, facts)),
  );
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
