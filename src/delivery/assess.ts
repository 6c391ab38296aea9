/** Will it arrive? Asks the DNS about a sender, judges the answers, and reports them in plain words. */

import { setMaxListeners } from 'node:events';
import type { DeliveryReport } from './delivery-report.js';
import { findDkim } from './dkim.js';
import { hasRecords, isInDns } from './dmarc.js';
import type { DnsAnswer, DnsResolver } from './dns.js';
import { findDmarc } from './find-dmarc.js';
import { type Finding, notAnswered, nothingToDo, unknown } from './finding.js';
import { type DnsFacts, lookUp } from './look-up.js';
import { findSpf } from './spf.js';
import { type DeliveryQuestion, isGmail, type Subject, subjectOf } from './subject.js';
import { judge, type Verdict } from './verdict.js';
import type { DnsKeeper } from './who.js';

/** In milliseconds: nobody is kept waiting longer. */
export const DNS_LIMIT_MS = 3_000;

/**
 * Whether a sender's email through a Google account is likely to arrive, judging by the DNS of their domains. Ends
 * within `limitMs`: what was not answered by then is reported as unknown. Never throws, whatever the DNS says or does
 * not say.
 *
 * @param options.limitMs milliseconds; 3,000 unless given
 * @param options.signal ends the look-ups early; what is known by then is reported
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
    // Every look-up listens, and Node.js warns about more than ten listeners.
    setMaxListeners(0, signal);
    const facts = await lookUp(subject, resolver, signal);
    const verdict = judge(subject, facts.answers);
    const keeper = { domain: subject.senderDomain.registered, hosts: await hostsOf(facts.ns) };
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
  const { name, registered } = senderDomain;
  if (isSilent(subject, facts))
    return [notAnswered('domain', `Whether email of ${name} will arrive`)];
  const isThere = isInDns(name, facts.answers);
  if (!isThere && !hasRecords(registered, facts.answers)) return [noSuchDomain(name)];
  const spf =
    verdict.spf === null ? null : findSpf(verdict.spf, keeperOf(accountDomain.registered, keeper));
  const dkim = verdict.dkim === null ? notSigned(subject) : findDkim(verdict.dkim, keeper);
  const records = { spf: spf?.record ?? null, dkim: dkim.record };
  return [
    ...(isThere ? [] : [notInDns(name)]),
    ...(spf === null ? [] : [spf]),
    dkim,
    findDmarc(subject, verdict, records),
  ];
}

/** The name servers are known only for the sender's domain. */
function keeperOf(domain: string, keeper: DnsKeeper): DnsKeeper {
  return keeper.domain === domain ? keeper : { domain, hosts: [] };
}

/** Only the practice's own domains count: a registry may answer even if the practice's DNS does not. */
function isSilent({ senderDomain, accountDomain }: Subject, { answers }: DnsFacts): boolean {
  const own = [senderDomain, accountDomain].map(({ registered }) => `.${registered}`);
  return [...answers].every(
    ([name, { kind }]) => kind === 'unknown' || !own.some((domain) => `.${name}`.endsWith(domain)),
  );
}

/**
 * For a domain that does not exist according to the DNS. Nothing else is reported then: a network that blocks look-ups
 * of outside names gives that answer for every domain.
 */
function noSuchDomain(domain: string): Finding {
  return unknown(
    'domain',
    `Whether email of ${domain} will arrive can’t be checked: the DNS, as asked from here, knows no such domain.`,
    `Check the spelling of the sender. If it is right, try it on another network.\nIf it stays so, the registration of ${domain} may have ended: ask the company it was bought from. Receivers refuse email from a domain that is not there.`,
  );
}

function notInDns(domain: string): Finding {
  return {
    ...nothingToDo(
      'domain',
      'note',
      `${domain} itself is not in the DNS. Receivers may refuse email from a domain that is not there: check the spelling of the sender.`,
    ),
    status: 'warning',
  };
}

/** For a sender whose domain Google does not sign for. */
function notSigned({ senderDomain, isPersonal }: Subject): Finding {
  const why = isPersonal ? 'this is a personal account' : 'this is one of an email provider';
  return nothingToDo(
    'dkim',
    'note',
    `Google does not sign for ${senderDomain.name}: it does so only for domains of Google Workspace, and ${why}.`,
  );
}

function ownAddressOfGmail(domain: string): Finding {
  return nothingToDo(
    'dmarc',
    'good',
    `Google itself looks after ${domain}: email of this address through this account passes SPF, DKIM and DMARC.`,
  );
}

/** The companies whose name servers answer for a domain. */
async function hostsOf(ns: DnsAnswer<string>): Promise<string[]> {
  if (ns.kind !== 'found') return [];
  const { getDomain } = await import('tldts');
  const names = ns.records.map((name) => getDomain(name.toLowerCase()));
  return [...new Set(names)].filter((name) => name !== null).sort();
}
