/** Will it arrive? Asks the DNS about a sender, judges, and tells it in plain words. */

import { setMaxListeners } from 'node:events';
import type { Answer, DnsResolver } from './dns.js';
import { findDkim, noDkimOfPersonalAccount } from './find-dkim.js';
import { findDmarc } from './find-dmarc.js';
import { findDomain, noSuchDomain } from './find-domain.js';
import { findSpf } from './find-spf.js';
import { type DnsFacts, lookUp } from './look-up.js';
import type { DeliveryReport, Finding } from './report.js';
import { type DeliveryQuestion, isGmail, type Subject, subjectOf } from './subject.js';
import { judge, type Verdict } from './verdict.js';
import type { DnsKeeper } from './who.js';

/** Nobody is held up for longer, in milliseconds. */
export const DNS_LIMIT_MS = 3_000;

/**
 * Whether email of a sender through a Google account is likely to arrive, by the DNS of their domains. Ends within
 * `limitMs`: what was not answered by then can't be told. Never throws for what the DNS says or does not say.
 *
 * @param options.limitMs milliseconds; 3,000 unless given
 * @param options.signal ends the look-ups early; what is known by then is told
 */
export async function assessDelivery(
  question: DeliveryQuestion,
  resolver: DnsResolver,
  options: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<DeliveryReport> {
  const subject = await subjectOf(question);
  if (subject.isPersonal && isGmail(subject.senderDomain)) {
    const verdict = judge(subject, new Map());
    return { subject, verdict, findings: [ownAddressOfGmail(subject.senderDomain.name)] };
  }
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), options.limitMs ?? DNS_LIMIT_MS);
  const signals = options.signal === undefined ? [] : [options.signal];
  try {
    const signal = AbortSignal.any([limit.signal, ...signals]);
    // Every look-up listens, and Node.js warns of more than ten listeners.
    setMaxListeners(0, signal);
    const facts = await lookUp(subject, resolver, signal);
    const verdict = judge(subject, facts.txt);
    const keeper = { domain: subject.senderDomain.organisation, hosts: await hostsOf(facts.ns) };
    return { subject, verdict, findings: findAll(subject, verdict, facts, keeper) };
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

function findAll(
  subject: Subject,
  verdict: Verdict,
  facts: DnsFacts,
  keeper: DnsKeeper,
): Finding[] {
  const { senderDomain, accountDomain } = subject;
  if (isSilent(facts)) return [nothingCanBeSaid(senderDomain.name)];
  if (isMissing(senderDomain.name, facts)) return [noSuchDomain(senderDomain.name)];
  const spf =
    verdict.spf === null
      ? null
      : findSpf(verdict.spf, keeperOf(accountDomain.organisation, keeper));
  const dkim =
    verdict.dkim === null
      ? noDkimOfPersonalAccount(senderDomain.name)
      : findDkim(verdict.dkim, keeper);
  const records = { spf: spf?.record ?? null, dkim: dkim.record };
  return [
    ...findDomain(senderDomain.name, facts.mx),
    ...(spf === null ? [] : [spf]),
    dkim,
    findDmarc(subject, verdict, records),
  ];
}

/** The name servers are known of the sender's domain only. */
function keeperOf(domain: string, keeper: DnsKeeper): DnsKeeper {
  return keeper.domain === domain ? keeper : { domain, hosts: [] };
}

function isSilent({ txt, mx }: DnsFacts): boolean {
  return [mx, ...txt.values()].every(({ kind }) => kind === 'unknown');
}

/** Nothing is at the domain or below it, whatever a server says of the name itself. */
function isMissing(domain: string, { txt, mx }: DnsFacts): boolean {
  const isThere = [...txt].some(
    ([name, { kind }]) => kind === 'found' && `.${name}`.endsWith(`.${domain}`),
  );
  return mx.kind === 'no-name' && !isThere;
}

function nothingCanBeSaid(domain: string): Finding {
  return {
    topic: 'domain',
    status: 'unknown',
    code: 'dns-unknown',
    message: `Whether email of ${domain} will arrive can’t be told now: the DNS did not answer.`,
    hint: 'Try again in a few minutes. If it stays so, ask whoever looks after your internet connection.',
    record: null,
  };
}

function ownAddressOfGmail(domain: string): Finding {
  return {
    topic: 'dmarc',
    status: 'good',
    code: null,
    message: `Google itself looks after ${domain}: email of this address through this account passes SPF, DKIM and DMARC.`,
    hint: '',
    record: null,
  };
}

/** The companies whose name servers answer for a domain. */
async function hostsOf(ns: Answer<string>): Promise<string[]> {
  if (ns.kind !== 'found') return [];
  const { getDomain } = await import('tldts-icann');
  const names = ns.records.map((name) => getDomain(name.toLowerCase()));
  return [...new Set(names)].filter((name) => name !== null).sort();
}
