/**
 * The history of sites: who did what when, from which computer, on what proof. It is made of what a change of a
 * record is, so nothing can happen to a record that the history does not know; and it never holds a secret.
 */

import { hostname, userInfo } from 'node:os';
import type { MailError } from '../errors.js';
import type { GmailConnection, Site, SmtpSettings } from './site.js';
import type { PersonsWord, Warrant } from './warrant.js';

/** SMTP settings as history tells them: never a password. */
export type PastSmtp = Omit<SmtpSettings, 'password'>;

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
    /** Told once a person has confirmed it. */
    readonly reference?: string;
  } | null;
}

/** What can happen to a site. */
export const HAPPENINGS = [
  ...(['add-site', 'change-site', 'remove-site', 'move-site', 'sign-in', 'sign-out'] as const),
  ...(['test-message', 'confirm-receipt', 'revert-smtp', 'done-in-writeupp'] as const),
] as const;

/** What happened to a site. */
export interface Happening {
  readonly step: (typeof HAPPENINGS)[number];
  readonly outcome: 'done' | 'confirmed' | 'denied';
  /** The Google account. */
  readonly account?: string;
  readonly testMessage?: { readonly id: string; readonly to: string };
  readonly proof?: PastProof;
  readonly removed?: { readonly smtp?: PastSmtp; readonly account?: string };
  /** Which settings were changed. */
  readonly fields?: readonly string[];
  /** `move-site`: from where, in words without a password. */
  readonly from?: string;
}

/** A line of the history. */
export interface HistoryEvent extends Happening {
  /** One of its own: what is moved to another store arrives there once. */
  readonly id: string;
  /** ISO 8601, UTC: by the clock of the computer; in a database that several share, by the one of its server. */
  readonly at: string;
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

/** Hears of lines that could not be written. */
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

/**
 * What a change of a record is, in the words of the history.
 *
 * @param before null for a new site
 * @param after null for a site that was forgotten
 * @param authority what a deletion of SMTP settings rested on
 */
export function whatHappened(
  before: Site | null,
  after: Site | null,
  authority?: Warrant | PersonsWord,
): Happening[] {
  if (before === null) return after === null ? [] : [{ ...of('add-site'), ...settings(after) }];
  if (after === null) return [{ ...of('remove-site'), removed: removedOf(before) }];
  const happenings = [...aboutGmail(before.gmail, after.gmail)];
  if (before.smtp !== null && after.smtp === null && after.smtpRevertedAt !== null) {
    const proof = proofOf(before.gmail, authority);
    happenings.push({
      ...of('revert-smtp'),
      ...(after.gmail === null ? {} : { account: after.gmail.email }),
      proof,
      removed: { smtp: withoutPassword(before.smtp) },
    });
  }
  const fields = changedFields(before, after);
  if (fields.length > 0) happenings.push({ ...of('change-site'), fields });
  if (before.doneInWriteUpp === null && after.doneInWriteUpp !== null) {
    happenings.push(of('done-in-writeupp'));
  }
  return happenings;
}

function aboutGmail(before: GmailConnection | null, after: GmailConnection | null): Happening[] {
  if (after === null) {
    if (before === null) return [];
    return [{ ...of('sign-out'), removed: { account: before.email } }];
  }
  if (before?.id !== after.id) return [{ ...of('sign-in'), account: after.email }];
  const [old, test] = [before.test, after.test];
  if (test === null) return [];
  const testMessage = { id: test.id, to: test.to };
  if (old?.id !== test.id) return [{ ...of('test-message'), account: after.email, testMessage }];
  if (old.arrival === test.arrival || test.arrival === 'unanswered') return [];
  return [{ step: 'confirm-receipt', outcome: test.arrival, account: after.email, testMessage }];
}

function proofOf(gmail: GmailConnection | null, authority?: Warrant | PersonsWord): PastProof {
  const test = gmail?.test ?? null;
  const by = authority?.kind === 'proven' ? 'test-message' : 'asked-for';
  if (test === null) return { by, testMessage: null };
  const { id, to, acceptedAt, arrival, reference } = test;
  return {
    by,
    testMessage: {
      ...{ id, to, acceptedAt },
      receipt: arrival === 'unanswered' ? 'accepted-by-gmail' : arrival,
      ...(arrival === 'confirmed' ? { reference } : {}),
    },
  };
}

/** What people set, in their words. */
const FIELDS = {
  organisation: 'organisation',
  organisationEmail: 'organisation-email',
  login: 'login',
  sendAs: 'send-as',
  account: 'account',
} as const satisfies Partial<Record<keyof Site, string>>;

function changedFields(before: Site, after: Site): string[] {
  const fields: string[] = [];
  for (const [key, words] of Object.entries(FIELDS)) {
    if (before[key as keyof typeof FIELDS] !== after[key as keyof typeof FIELDS])
      fields.push(words);
  }
  if (after.smtp === null) return fields;
  const smtp = (site: Site) => JSON.stringify(site.smtp && withoutPassword(site.smtp));
  if (smtp(before) !== smtp(after)) fields.push('smtp');
  // The first password belongs to the settings that it comes with.
  const old = before.smtp?.password ?? null;
  if (old !== null && old.id !== after.smtp.password?.id) fields.push('smtp-password');
  return fields;
}

function settings({ smtp }: Site): Pick<Happening, 'fields'> {
  return smtp === null ? {} : { fields: ['smtp'] };
}

function removedOf({ smtp, gmail }: Site): NonNullable<Happening['removed']> {
  return {
    ...(smtp === null ? {} : { smtp: withoutPassword(smtp) }),
    ...(gmail === null ? {} : { account: gmail.email }),
  };
}

function withoutPassword({ host, port, security, user, from }: SmtpSettings): PastSmtp {
  return { host, port, security, user, from };
}

function of(step: Happening['step']): Pick<Happening, 'step' | 'outcome'> & { outcome: 'done' } {
  return { step, outcome: 'done' };
}

/** As the system's list of accounts has it; its number where it is not in the list, as in a container. */
function accountOfComputer(): string {
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
