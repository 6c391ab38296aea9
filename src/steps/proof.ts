/** Proof before deletion: the one rule that lets `migrate` delete SMTP settings. Pure, so that it can be tested. */

import { sameAccount } from '../sites/address.js';
import { type GmailConnection, gmailSender, type Site } from '../sites/site.js';
import { issueWarrant, type Warrant } from '../sites/warrant.js';

/** How long an accepted test message proves a connection, in milliseconds: 24 hours. */
const PROOF_LIFE_MS = 24 * 60 * 60 * 1000;

/** What this run itself has seen, in addition to what is stored. */
export interface Evidence {
  /** The connection that Google accepted in this run, with the token read back from the credential store; or null. */
  readonly refreshed: Pick<GmailConnection, 'id'> | null;
  /** The account that must be connected; null if any may be. */
  readonly expectedAccount: string | null;
  /** Who signs people in for this run. */
  readonly issuer: string;
  /** A person must have said that the message arrived (true unless `--yes`). */
  readonly confirmationNeeded: boolean;
  readonly now: Date;
}

/** What is missing, in the order in which a run supplies it. */
export type MissingProof =
  | 'no-connection'
  | 'other-issuer'
  | 'other-account'
  | 'not-refreshed'
  | 'no-test-message'
  | 'test-message-too-old'
  | 'said-not-arrived'
  | 'other-sender'
  | 'not-confirmed';

/** The part of a record that is judged. */
type Judged = Pick<Site, 'gmail' | 'sendAs'>;

/**
 * Judges the proof; a complete one gives the warrant that the deletion requires.
 *
 * @param site the record as it stands in storage now
 * @param claimId the claim under which it was read
 */
export function judgeProof(
  site: Judged,
  claimId: string,
  evidence: Evidence,
): Warrant | MissingProof {
  const missing = missingProof(site, evidence);
  if (missing !== null || site.gmail === null) return missing ?? 'no-connection';
  return issueWarrant(site.gmail.id, claimId, evidence.now);
}

/** What is still missing before a site's SMTP settings may be deleted; null if the proof is complete. */
export function missingProof(site: Judged, evidence: Evidence): MissingProof | null {
  const { gmail } = site;
  if (gmail === null) return 'no-connection';
  if (gmail.issuer !== evidence.issuer) return 'other-issuer';
  const { expectedAccount, refreshed, confirmationNeeded } = evidence;
  if (expectedAccount !== null && !sameAccount(expectedAccount, gmail.email)) {
    return 'other-account';
  }
  // Each sign-in gives its own connection: the same account signed in again is another, with another token.
  if (refreshed?.id !== gmail.id) return 'not-refreshed';
  const test = missingTest(site, gmail, evidence.now);
  if (test !== null) return test;
  return confirmationNeeded && !isConfirmed(site, gmail) ? 'not-confirmed' : null;
}

/** What is missing of the test message alone: whether a new one must be sent. */
export function missingTest(
  site: Pick<Site, 'sendAs'>,
  gmail: GmailConnection,
  now: Date,
): 'no-test-message' | 'test-message-too-old' | 'said-not-arrived' | 'other-sender' | null {
  const { test } = gmail;
  if (test === null) return 'no-test-message';
  if (test.arrival === 'denied') return 'said-not-arrived';
  if (!sameAccount(test.from, gmailSender(site, gmail.email))) return 'other-sender';
  const age = now.getTime() - Date.parse(test.acceptedAt);
  // Nor does a time in the future prove anything, beyond a minute of clock drift.
  return age < PROOF_LIFE_MS && age > -60_000 ? null : 'test-message-too-old';
}

/** A person said that it arrived and, where a send-as address needs proof, that it shows this sender. */
export function isConfirmed({ sendAs }: Pick<Site, 'sendAs'>, { test }: GmailConnection): boolean {
  return test?.arrival === 'confirmed' && (sendAs === null || test.senderSeen);
}
