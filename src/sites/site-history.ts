/** The history of sites: who did what and when, from which computer, on what proof. It never holds a secret. */

import { hostname, userInfo } from 'node:os';
import type { MailError } from '../errors.js';
import type { ItemFacts } from '../terminal/events.js';
import type { ShownSmtp } from './site.js';

/** The grounds for a deletion of SMTP settings. */
export interface PastProof {
  /** The proof of `migrate`, or the word of a person who explicitly asked for the deletion. */
  readonly by: 'test-message' | 'asked-for';
  /** The last test message over the connection; null if none was accepted. */
  readonly testMessage: {
    readonly id: string;
    readonly to: string;
    readonly acceptedAt: string;
    /** A person typed the reference, or said that it did not arrive; or there is only Gmail's acceptance. */
    readonly receipt: 'confirmed' | 'denied' | 'accepted-by-gmail';
  } | null;
}

/** What happened to a site. */
export interface Happening {
  readonly step: ItemFacts['history']['step'];
  readonly outcome: 'done' | 'confirmed' | 'denied';
  /** The Google account. */
  readonly account?: string;
  readonly testMessage?: { readonly id: string; readonly to: string };
  readonly proof?: PastProof;
  readonly removed?: { readonly smtp?: ShownSmtp; readonly account?: string };
  /** Which settings were changed. */
  readonly fields?: readonly string[];
  /** `move-site`: from where, as shown to people, without a password. */
  readonly from?: string;
  /** `team-…`: whom it is about. */
  readonly member?: { readonly name: string; readonly recipient: string };
}

/** A line of the history. */
export interface HistoryEvent extends Happening {
  /** Unique, so that a line moved to another store arrives there once. */
  readonly id: string;
  /** ISO 8601, UTC: by the computer's clock, or by the server's in a shared database. */
  readonly at: string;
  /** Empty if it concerns no site. */
  readonly site: string;
  /** The command that did it, without the program's name. */
  readonly command: string;
  /** The user account on the computer. */
  readonly who: string;
  readonly host: string;
}

/** The history that a store keeps. Nothing is ever removed from it. */
export interface History {
  /** Adds lines; one whose id is already there is not added again. @throws MailError `storage`, `network` */
  append(events: readonly HistoryEvent[]): Promise<void>;
  /**
   * All lines, or those of one site, in the order in which they were written: runs change a site one after another, so
   * no clock is needed. @throws as `append` does
   */
  read(site: string | null): AsyncIterable<HistoryEvent>;
}

/** Called if lines could not be written. */
export type OnUnwritten = (error: MailError) => void;

/** The lines of what a command does to a site, by this account of this computer. */
export function linesOf(
  { command }: { readonly command: string },
  site: string,
  happenings: readonly Happening[],
): HistoryEvent[] {
  if (happenings.length === 0) return [];
  const at = new Date().toISOString();
  const [who, host] = [accountOfComputer(), hostname()];
  return happenings.map(({ step, outcome, ...facts }) => {
    const event = { at, site, command, step, outcome, who, host };
    return { id: crypto.randomUUID(), ...event, ...facts };
  });
}

/** Its name in the system's list of accounts; its number if it is not listed, as in a container. */
export function accountOfComputer(): string {
  account ??= readAccount();
  return account;
}

/** Looked up once: the list can be long, or on another computer. */
let account: string | null = null;

function readAccount(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
