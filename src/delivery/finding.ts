/** What is reported of one thing, and words that several findings share. */

import { safeText } from '../text/safe-text.js';

/** What needs attention; each is a warning, and stops nothing. */
export type DeliveryCode =
  | 'spf-without-google'
  | 'dkim-without-google'
  | 'dmarc-would-fail'
  | 'dns-unknown';

/** A record to publish in the DNS. */
export interface DnsRecord {
  readonly name: string;
  readonly type: 'TXT';
  /** Null where it has to be fetched first: Google makes a DKIM key in the Admin console. */
  readonly value: string | null;
  /** The records that it takes the place of. */
  readonly replaces: readonly string[];
}

/** One thing that was found. */
export interface Finding {
  readonly topic: 'domain' | 'spf' | 'dkim' | 'dmarc';
  /** `unknown`: it can't be told. `note`: good to know, nothing to do. */
  readonly status: 'good' | 'warning' | 'unknown' | 'note';
  readonly code: DeliveryCode | null;
  /** What is so, and what it means. */
  readonly message: string;
  /** Who can fix it and how; empty where nothing is to be done. */
  readonly hint: string;
  readonly record: DnsRecord | null;
}

export function nothingToDo(
  topic: Finding['topic'],
  status: 'good' | 'note',
  message: string,
): Finding {
  return { topic, status, code: null, message, hint: '', record: null };
}

export function unknown(topic: Finding['topic'], message: string, hint: string): Finding {
  return { topic, status: 'unknown', code: 'dns-unknown', message, hint, record: null };
}

/** For a question that the DNS did not answer. */
export function notAnswered(topic: Finding['topic'], what: string): Finding {
  return unknown(
    topic,
    `${what} can’t be checked now: the DNS did not answer.`,
    'Try again in a few minutes. If it stays so, ask your internet provider.',
  );
}

/** The proof that needs no DNS: what a receiver made of a message that came. */
export const SHOW_ORIGINAL =
  'To see it for certain: send the test message to a Gmail address, open it there, and choose "Show original" in its menu. SPF, DKIM and DMARC should each say PASS.';

/** What stands in the DNS is anybody's text: on one line, with nothing in it that a terminal obeys. */
export function shown(text: string): string {
  return safeText(text).replace(/\s+/g, ' ');
}

/** As much of it as tells which one it is. */
export function quoted(text: string): string {
  return `"${shown(text).slice(0, 200)}"`;
}
