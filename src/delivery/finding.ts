/** A single finding about delivery, and words that several findings share. */

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
  /** Null if it must be fetched first: Google generates a DKIM key in the Admin console. */
  readonly value: string | null;
  readonly replaces: readonly string[];
}

export interface Finding {
  readonly topic: 'domain' | 'spf' | 'dkim' | 'dmarc';
  /** `unknown`: could not be determined. `note`: good to know, nothing to do. */
  readonly status: 'good' | 'warning' | 'unknown' | 'note';
  readonly code: DeliveryCode | null;
  /** What was found, and what it means. */
  readonly message: string;
  /** Who can fix it and how; empty if there is nothing to do. */
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

/** The proof that needs no DNS: how a receiver judged a message that arrived. */
export const SHOW_ORIGINAL =
  'To see it for certain: send the test message to a Gmail address, open it there, and choose "Show original" in its menu. SPF, DKIM and DMARC should each say PASS.';

/** Anybody may have written what is in the DNS: shown on one line, without anything that a terminal obeys. */
export function shown(text: string): string {
  return safeText(text).replace(/\s+/g, ' ');
}

/** Just enough of a text to recognise it. */
export function quoted(text: string): string {
  return `"${shown(text).slice(0, 200)}"`;
}
