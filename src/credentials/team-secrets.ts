/** Where a team's sealed secrets are, and who can open them: the port that a shared database implements. */

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

/** The team as it is now. */
export interface Team {
  /** Another one after each change. */
  readonly generation: string;
  readonly recipients: readonly Recipient[];
}

/** A sealed secret and its place. */
export interface SealedRow {
  readonly siteKey: string;
  readonly slot: string;
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
  /** @returns false where the team is another than that of the generation: nothing was written then */
  write(row: SealedRow, generation: string): Promise<boolean>;
  delete(siteKey: string, slot: string): Promise<boolean>;
  /**
   * Changes the team and every secret, as one change: nobody can seal for the old team after it.
   *
   * @param seal gives a secret as the new team can open it
   * @returns the places of all secrets; null where the team is another than that of the generation
   * @throws what `seal` throws: nothing was changed then
   */
  change(
    generation: string,
    recipients: readonly Recipient[],
    seal: (row: SealedRow) => Promise<Uint8Array>,
  ): Promise<readonly Omit<SealedRow, 'sealed'>[] | null>;
}
