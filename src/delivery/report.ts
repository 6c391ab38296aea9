/** What is told about the way of a sender's email to its readers: findings in plain words, and what to publish. */

import type { DeliveryQuestion, Subject } from './subject.js';
import type { Verdict } from './verdict.js';

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
  /** Who can mend it and how; empty where nothing is to be done. */
  readonly hint: string;
  readonly record: DnsRecord | null;
}

/** The answer to "will it arrive?". */
export interface DeliveryReport {
  readonly subject: Subject;
  readonly verdict: Verdict;
  /** In the order to be told: the domain, SPF, DKIM, and DMARC, which hangs on them. */
  readonly findings: readonly Finding[];
}

/** Will email of this sender through this account arrive? Answered within 3 seconds, and never an error. */
export type AssessDelivery = (question: DeliveryQuestion) => Promise<DeliveryReport>;

/** A finding that needs attention, as `status` lists it. */
export interface DeliveryAttention {
  readonly code: DeliveryCode;
  readonly message: string;
  readonly hint: string;
  readonly record: DnsRecord | null;
}

/** What needs attention, the verdict first: it says how much the rest matters. What can't be told is said once. */
export function deliveryAttention({ findings }: DeliveryReport): DeliveryAttention[] {
  const found = findings.flatMap(({ code, message, hint, record }) =>
    code === null ? [] : [{ code, message, hint, record }],
  );
  const known = found.filter(({ code }) => code !== 'dns-unknown');
  const first = known.filter(({ code }) => code === 'dmarc-would-fail');
  const rest = known.filter(({ code }) => code !== 'dmarc-would-fail');
  const [unknown, ...more] = found.filter(({ code }) => code === 'dns-unknown');
  if (unknown === undefined) return [...first, ...rest];
  const message = [unknown, ...more].map((one) => one.message).join(' ');
  return [...first, ...rest, { ...unknown, message }];
}

/** The findings as lines for people, what to do below each; what helps twice is said once. */
export function deliveryLines({ findings }: DeliveryReport): string[] {
  const lines = findings.flatMap(({ message, hint }) => [
    message,
    ...(hint === '' ? [] : hint.split('\n').map((line) => `  ${line}`)),
  ]);
  return [...new Set(lines)];
}

/** What scripts read. */
export function deliveryFacts({ subject, verdict, findings }: DeliveryReport): object {
  const { sender, account } = subject;
  return { sender, account, dmarc: verdict.outcome, findings };
}
