/** Proof before deletion: the one rule that lets `migrate` delete SMTP settings. Pure, so that it can be tested by property. */

import { sameAccount } from '../sites/address.js';
import type { GmailConnection, Site } from '../sites/site.js';

/** How long an accepted test message proves a connection, in milliseconds: 24 hours. */
const PROOF_LIFE_MS = 24 * 60 * 60 * 1000;

/** What this run itself has seen, beside what is on record. */
export interface Evidence {
  /** The connection that Google accepted by a live refresh in this run, or null. */
  readonly refreshed: GmailConnection | null;
  /** The refresh token was read back from the credential store in this run. */
  readonly tokenReadBack: boolean;
  /** The account that has to be connected; null if any may. */
  readonly expectedAccount: string | null;
  /** Who signs people in for this run. */
  readonly issuer: string;
  /** A person must have said that the message arrived (true unless `--yes`). */
  readonly confirmationNeeded: boolean;
  readonly now: Date;
}

/** What is missing, in the order in which it is made good. */
export type MissingProof =
  | 'no-connection'
  | 'other-issuer'
  | 'other-account'
  | 'not-refreshed'
  | 'token-not-read-back'
  | 'no-test-message'
  | 'test-message-too-old'
  | 'said-not-arrived'
  | 'not-confirmed';

/**
 * What is still missing before the SMTP settings of a site may be deleted; null if the proof is complete.
 *
 * @param site the record as it stands in storage now
 */
export function missingProof(site: Pick<Site, 'gmail'>, evidence: Evidence): MissingProof | null {
  const { gmail } = site;
  if (gmail === null) return 'no-connection';
  if (gmail.issuer !== evidence.issuer) return 'other-issuer';
  const { expectedAccount } = evidence;
  if (expectedAccount !== null && !sameAccount(expectedAccount, gmail.email))
    return 'other-account';
  if (evidence.refreshed === null || !isSameConnection(evidence.refreshed, gmail)) {
    return 'not-refreshed';
  }
  if (!evidence.tokenReadBack) return 'token-not-read-back';
  const test = missingTest(gmail, evidence.now);
  if (test !== null) return test;
  return evidence.confirmationNeeded && gmail.test?.arrival !== 'confirmed'
    ? 'not-confirmed'
    : null;
}

/** What is missing of the test message alone: whether a new one has to be sent. */
export function missingTest(
  gmail: GmailConnection,
  now: Date,
): 'no-test-message' | 'test-message-too-old' | 'said-not-arrived' | null {
  const { test } = gmail;
  if (test === null) return 'no-test-message';
  if (test.arrival === 'denied') return 'said-not-arrived';
  const age = now.getTime() - Date.parse(test.acceptedAt);
  // A time in the future, beyond a minute of clock drift, proves nothing either.
  return age < PROOF_LIFE_MS && age > -60_000 ? null : 'test-message-too-old';
}

/** One sign-in gives one connection: the same account signed in again is another, with another token. */
function isSameConnection(one: GmailConnection, other: GmailConnection): boolean {
  return (
    one.subject === other.subject &&
    one.issuer === other.issuer &&
    one.clientId === other.clientId &&
    one.tokenSlot === other.tokenSlot &&
    one.connectedAt === other.connectedAt
  );
}
