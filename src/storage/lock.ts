/** A lock that one run holds at a time: who holds it, and how to wait for it. */

/** Who holds a site's lock, in words a person can act on. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

/** A site held for writing. Whoever has it is the only writer of that site. */
export interface SiteLock {
  /** @throws MailError `site-busy` if the lock was lost meanwhile (the computer slept, the disk hung). */
  assertHeld(): void;
  /** Lets the next writer in. Safe to call more than once. */
  release(): Promise<void>;
}

/** How to behave while another run holds the site. */
export interface LockOptions {
  /** The command that will hold the lock, told to whoever waits for it. */
  readonly command: string;
  /** Called once if there is a wait. */
  onWait(holder: LockHolder | null): void;
  readonly signal: AbortSignal;
}
