/** The report on whether a sender's email arrives: findings in plain words, and the records to publish. */

import type { CheckFacts } from '../terminal/events.js';
import type { DeliveryCode, DnsRecord, Finding } from './finding.js';
import type { DeliveryQuestion, Subject } from './subject.js';
import type { Verdict } from './verdict.js';

/** The answer to "will it arrive?". */
export interface DeliveryReport {
  readonly subject: Subject;
  readonly verdict: Verdict;
  /** In the order of the report: the domain, SPF, DKIM, and DMARC, which depends on them. */
  readonly findings: readonly Finding[];
}

/**
 * Will email of this sender through this account arrive? Answered within 3 seconds, and never an error. Null once the
 * DNS is no longer asked.
 */
export type AssessDelivery = (question: DeliveryQuestion) => Promise<DeliveryReport | null>;

/** A finding that needs attention, as `status` lists it. */
export interface DeliveryAttention {
  readonly code: DeliveryCode;
  readonly message: string;
  readonly hint: string;
  readonly record: DnsRecord | null;
}

/** What needs attention, starting with the verdict: it says how much the rest matters. All unknowns are one entry. */
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

/** The findings as lines for people, with what to do below each; a remedy that helps twice is shown once. */
export function deliveryLines({ findings }: DeliveryReport): string[] {
  const lines = findings.flatMap(({ message, hint }) => [
    message,
    ...(hint === '' ? [] : hint.split('\n').map((line) => `  ${line}`)),
  ]);
  return [...new Set(lines)];
}

/** The report for scripts. */
export function deliveryFacts({
  subject,
  verdict,
  findings,
}: DeliveryReport): NonNullable<CheckFacts['delivery']> {
  const { sender, account } = subject;
  return { sender, account, dmarc: verdict.outcome, findings };
}
