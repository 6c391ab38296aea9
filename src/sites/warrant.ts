/** What permits the deletion of SMTP settings: a complete proof, or the word of a person who asked for just that. */

import { MailError } from '../errors.js';
import type { GmailConnection } from './site.js';

declare const brand: unique symbol;

/** Issued by the proof alone (see src/steps/proof.ts), for one connection, under one claim, and for a moment. */
export interface Warrant {
  readonly [brand]: 'proven';
  readonly kind: 'proven';
  readonly connectionId: string;
  readonly claimId: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
}

/** Given by `revert-smtp` alone: a person asked for the deletion by name, and was told of its consequences. */
export interface PersonsWord {
  readonly [brand]: 'asked-for';
  readonly kind: 'asked-for';
}

/** For src/steps/proof.ts, once it has judged the proof complete; a test makes sure that nobody else calls it. */
export function issueWarrant(connectionId: string, claimId: string, now: Date): Warrant {
  return { kind: 'proven', connectionId, claimId, issuedAt: now.getTime() } as Warrant;
}

/** How long a warrant is valid, in milliseconds: it is issued right before its use. */
const LIFE_MS = 60_000;

/** @throws MailError `internal` if the proof is for another connection, under another claim, or from another time */
export function requireFitting(
  warrant: Warrant,
  onRecord: GmailConnection | null,
  claimId: string,
  now: Date,
): void {
  const isFitting =
    onRecord?.id === warrant.connectionId &&
    claimId === warrant.claimId &&
    Math.abs(now.getTime() - warrant.issuedAt) < LIFE_MS;
  if (isFitting) return;
  throw new MailError(
    'internal',
    'The proof that Gmail works is of another connection than the one on record, so nothing was removed.',
    'Run the command again: it makes a new proof.',
  );
}

/** For the command `revert-smtp`, once the person has agreed; a test makes sure that nobody else calls it. */
export function confirmByPerson(): PersonsWord {
  return { kind: 'asked-for' } as PersonsWord;
}
