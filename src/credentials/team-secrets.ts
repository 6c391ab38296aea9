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

/** A member of a team. */
export type Member = Pick<Recipient, 'name' | 'recipient'>;

/** Those who are not among the known members. */
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
  /** A new one after each change. */
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
  /** As shown to people, without a password. */
  readonly description: string;
  team(): Promise<Team>;
  /** Runs `work` on one computer at a time; it may run again if the connection ended. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  read(siteKey: string, slot: string): Promise<Uint8Array | null>;
  /**
   * @param fence the claim under which it is written; absent if it is not a site's secret
   * @returns false if the team's generation has changed: then nothing was written
   * @throws MailError `site-busy` if the claim was lost: then nothing was written either
   */
  write(row: SealedRow, generation: string, fence: Fence | undefined): Promise<boolean>;
  /** @returns false if there was none @throws as `write` does */
  delete(siteKey: string, slot: string, fence: Fence | undefined): Promise<boolean>;
  /**
   * Changes the team. From then on nobody can seal for the old one, and what is stored has yet to be re-encrypted. The
   * lines for the history are written in the same change, as they are by `reset`.
   *
   * @returns false if the team's generation has changed: then nothing was changed
   */
  change(generation: string, recipients: readonly Recipient[]): Promise<boolean>;
  /** Adds a line to the history: a person here accepts them. Repeating it adds no second line. */
  noteAccepted(members: readonly Recipient[]): Promise<void>;
  /** The places of all secrets, in order; `isSealed` says whether for the team as it is now. */
  places(): Promise<readonly (Place & { readonly isSealed: boolean })[]>;
  /**
   * Stores re-encrypted secrets, each only if it has not changed meanwhile.
   *
   * @returns false if the team's generation has changed: then nothing was changed
   */
  reseal(
    rows: readonly (SealedRow & { readonly before: Uint8Array })[],
    generation: string,
  ): Promise<boolean>;
  /**
   * Starts a new team and deletes every secret, as one change: for when nobody can open them any more.
   *
   * @returns the keys of the sites whose secrets are gone; null if the team's generation has changed
   */
  reset(generation: string, first: Recipient): Promise<readonly string[] | null>;
}
