/** What allows the deletion of SMTP settings: a complete proof, or the word of a person who asked for just that. */

declare const brand: unique symbol;

/** Given by the proof alone (see src/migration/proof.ts), for one connection, under one claim, and for a moment. */
export interface Warrant {
  readonly [brand]: 'proven';
  readonly kind: 'proven';
  readonly connectionId: string;
  readonly claimId: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
}

/** Given by `revert-smtp` alone: a person named the deletion, and was told what follows from it. */
export interface PersonsWord {
  readonly [brand]: 'asked-for';
  readonly kind: 'asked-for';
}

/** For src/migration/proof.ts, which has judged that the proof is complete; a test holds that nobody else calls it. */
export function issueWarrant(connectionId: string, claimId: string, now: Date): Warrant {
  return { kind: 'proven', connectionId, claimId, issuedAt: now.getTime() } as Warrant;
}

/** For the command `revert-smtp`, once the person has agreed; a test holds that nobody else calls it. */
export function takePersonsWord(): PersonsWord {
  return { kind: 'asked-for' } as PersonsWord;
}
