/** Where a team's sealed secrets are, and who can open them: the port that a shared database implements. */

import type { Fence } from './credential-store.js';

/** Somebody who can open the team's secrets. */
export interface Recipient {
  readonly name: string;
  /** An age recipient, `age1…`. */
  readonly recipient: string;
  /** ISO 8601. */
  readonly addedAt: string;
  /** Who added them: an account of a computer. */
  readonly addedBy: string;
}

/** Somebody of a team. */
export type Member = Pick<Recipient, 'name' | 'recipient'>;

/** Those who are not among the known. */
export function newTo<One extends Member>(
  known: readonly Member[],
  members: readonly One[],
): readonly One[] {
  return members.filter((one) => !isAmong(known, one));
}

export function isAmong(members: readonly Member[], { recipient }: Member): boolean {
  return members.some((one) => one.recipient === recipient);
}

/** The team as it is now. */
export interface Team {
  /** Another one after each change. */
  readonly generation: string;
  readonly recipients: readonly Recipient[];
}

/** Where a secret is. */
export interface Place {
  readonly siteKey: string;
  readonly slot: string;
}

/** A sealed secret and its place. */
export interface SealedRow extends Place {
  readonly sealed: Uint8Array;
}

/** The table of sealed secrets. Throws a MailError of the database. */
export interface TeamSecrets {
  /** In words, without a password. */
  readonly description: string;
  team(): Promise<Team>;
  /** Runs `work` as the only one of all computers; it may be run again if the connection ended. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  read(siteKey: string, slot: string): Promise<Uint8Array | null>;
  /**
   * @param fence the claim under which it is written; without one it is no secret of a site
   * @returns false where the team is another than that of the generation: nothing was written then
   * @throws MailError `site-busy` where the claim was lost: nothing was written then either
   */
  write(row: SealedRow, generation: string, fence: Fence | undefined): Promise<boolean>;
  /** @returns false where there was none @throws as `write` */
  delete(siteKey: string, slot: string, fence: Fence | undefined): Promise<boolean>;
  /**
   * Changes the team: nobody can seal for the old one after it, and what is stored is still to be sealed anew. Its
   * lines of the history are written in the same change, as those of `reset`.
   *
   * @returns false where the team is another than that of the generation: nothing was changed then
   */
  change(generation: string, recipients: readonly Recipient[]): Promise<boolean>;
  /** Writes into the history that a person here accepts them. Repeated, it stays one line. */
  noteAccepted(members: readonly Recipient[]): Promise<void>;
  /** The places of all secrets, in order; `isSealed`: for the team as it is now. */
  places(): Promise<readonly (Place & { readonly isSealed: boolean })[]>;
  /**
   * Puts secrets that were sealed anew, each only where it is still what it was.
   *
   * @returns false where the team is another than that of the generation: nothing was changed then
   */
  reseal(
    rows: readonly (SealedRow & { readonly before: Uint8Array })[],
    generation: string,
  ): Promise<boolean>;
  /**
   * Begins a new team, and deletes every secret, as one change: for when nobody can open them any more.
   *
   * @returns the keys of the sites whose secrets are gone; null where the team is another than that of the generation
   */
  reset(generation: string, first: Recipient): Promise<readonly string[] | null>;
}
