/** What is reported of the way of a sender's email to its readers: findings in plain words, and what to publish. */

import type { CheckFacts } from '../terminal/events.js';
import type { DeliveryCode, DnsRecord, Finding } from './finding.js';
import type { DeliveryQuestion, Subject } from './subject.js';
import type { Verdict } from './verdict.js';

/** The answer to "will it arrive?". */
export interface DeliveryReport {
  readonly subject: Subject;
  readonly verdict: Verdict;
  /** In the order of the report: the domain, SPF, DKIM, and DMARC, which hangs on them. */
  readonly findings: readonly Finding[];
}

/**
 * Will email of this sender through this account arrive? Answered within 3 seconds, and never an error. Null where it
 * is not asked any more.
 */
export type AssessDelivery = (question: DeliveryQuestion) => Promise<DeliveryReport | null>;

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
export function deliveryFacts({
  subject,
  verdict,
  findings,
}: DeliveryReport): NonNullable<CheckFacts['delivery']> {
  const { sender, account } = subject;
  return { sender, account, dmarc: verdict.outcome, findings };
}
