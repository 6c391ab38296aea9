/** The history of sites: who did what when, from which computer, on what proof. It never holds a secret. */

import { hostname, userInfo } from 'node:os';
import type { MailError } from '../errors.js';
import type { ItemFacts } from '../terminal/events.js';
import type { ShownSmtp } from './site.js';

/** What a deletion of SMTP settings rested on. */
export interface PastProof {
  /** The proof of `migrate`, or the word of a person who asked for the deletion by name. */
  readonly by: 'test-message' | 'asked-for';
  /** The last test message over the connection; null if none was accepted. */
  readonly testMessage: {
    readonly id: string;
    readonly to: string;
    readonly acceptedAt: string;
    /** A person typed the reference, or said that it did not come; or Gmail's acceptance is all there is. */
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
  /** `move-site`: from where, in words without a password. */
  readonly from?: string;
  /** `team-…`: whom it is about. */
  readonly member?: { readonly name: string; readonly recipient: string };
}

/** A line of the history. */
export interface HistoryEvent extends Happening {
  /** One of its own: what is moved to another store arrives there once. */
  readonly id: string;
  /** ISO 8601, UTC: by the clock of the computer; in a database that several share, by the one of its server. */
  readonly at: string;
  /** Empty for what is of no site. */
  readonly site: string;
  /** The command that did it, without the program's name. */
  readonly command: string;
  /** The account of the computer. */
  readonly who: string;
  readonly host: string;
}

/** The history that a store keeps. Nothing is ever taken out of it. */
export interface History {
  /** Adds lines; one with an id that is there already is not added again. @throws MailError `storage`, `network` */
  append(events: readonly HistoryEvent[]): Promise<void>;
  /**
   * All lines, or those of a site, in the order in which they came to be: one run after another changes a site, so
   * no clock has to be asked. @throws as `append`
   */
  read(site: string | null): AsyncIterable<HistoryEvent>;
}

/** Is notified of lines that could not be written. */
export type OnUntold = (error: MailError) => void;

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

/** As the system's list of accounts has it; its number where it is not in the list, as in a container. */
export function accountOfComputer(): string {
  account ??= readAccount();
  return account;
}

/** Asked for once: the list can be long, or on another computer. */
let account: string | null = null;

function readAccount(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
