/**
 * What a domain's SPF says about email that Google sends for it: judged as a receiver would (RFC 7208), and described.
 */

import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { DnsAnswer, DnsAnswers } from './dns.js';
import {
  type Finding,
  notAnswered,
  nothingToDo,
  quoted,
  SHOW_ORIGINAL,
  shown,
  unknown,
} from './finding.js';
import {
  GOOGLE_SPF,
  hasMacro,
  nearlySpf,
  parseSpf,
  type SpfTerm,
  spfRecordsOf,
  spfToPublish,
} from './spf-record.js';
import { type DnsKeeper, isMailProvider, whoKeeps } from './who.js';

export type SpfReason =
  | 'named'
  /** Google is not named, but everybody may send. */
  | 'everybody'
  | 'not-named'
  | 'no-record'
  /** A TXT record is meant to be SPF, but receivers don't recognise it. */
  | 'nearly'
  /** `v=spf1 -all`, and nothing else. */
  | 'sends-no-email'
  | 'two-records'
  | 'too-many-look-ups'
  /** A term that can't be read, in this record or in one that it refers to. */
  | 'unreadable'
  /** It refers to a name that has no SPF record. */
  | 'empty-reference'
  /** Google is named, but after more missing names than some receivers look up. */
  | 'names-gone'
  | 'macro'
  /** Some of Google's addresses are listed, or every address of one version is. */
  | 'addresses'
  | 'no-answer';

interface Result {
  /** Whether Google's email passes SPF. */
  readonly google: 'pass' | 'no' | 'unknown';
  readonly reason: SpfReason;
  /** The term or the name that the reason is about. */
  readonly detail: string;
}

export interface SpfJudgement extends Result {
  readonly domain: string;
  /** The SPF records that the domain has now, or the one that is meant to be one. */
  readonly published: readonly string[];
  /** How many look-ups the whole record needs. */
  readonly lookUps: number;
}

/** Section 4.6.4: the limits on look-ups, on those without an answer, and on the mail servers of one name. */
const [LOOK_UPS_MAX, GONE_MAX, SERVERS_MAX] = [10, 2, 10];
/** More than any record needs that receivers still follow. */
export const QUESTIONS_MAX = 3 * LOOK_UPS_MAX;

/** What was used up before reaching the term that decides. */
interface Spent {
  lookUps: number;
  readonly gone: string[];
}

/** Judges from what was looked up (see `spfQuestions`). Never throws. */
export function judgeSpf(domain: string, answers: DnsAnswers): SpfJudgement {
  const answer = answers.get(domain);
  const records = answer?.kind === 'found' ? answer.records : [];
  const own = spfRecordsOf(records);
  const nearly = own.length === 0 ? nearlySpf(records) : null;
  const spent: Spent = { lookUps: 0, gone: [] };
  let found = check(domain, answers, spent);
  if (nearly !== null) found = result('no', 'nearly', nearly);
  if (own.length === 1 && own.every(saysNoEmail)) found = { ...found, reason: 'sends-no-email' };
  // Some receivers have this limit, others don't.
  if (found.google === 'pass' && spent.gone.length > GONE_MAX) {
    found = result('unknown', 'names-gone', spent.gone.join(' '));
  }
  return {
    domain,
    ...found,
    published: nearly === null ? own : [nearly],
    lookUps: countLookUps(domain, answers, new Set()),
  };
}

function saysNoEmail(record: string): boolean {
  const terms = parseSpf(record).filter(({ kind }) => kind !== 'modifier');
  return terms.length === 1 && terms[0]?.text.toLowerCase() === '-all';
}

/** What to look up to judge a domain's records, in the notation of `DnsAnswers`: what they refer to, records first. */
export function spfQuestions(records: readonly string[], domain: string): string[] {
  const terms = spfRecordsOf(records).flatMap(parseSpf);
  const questions = [...terms.map(referenceOf), ...terms.map((term) => hostsOf(term, domain))];
  return [...new Set(questions)].filter((one) => one !== null && !hasMacro(one)) as string[];
}

/** The domain whose SPF record a term refers to. */
function referenceOf(term: SpfTerm): string | null {
  if (term.kind === 'redirect') return term.domain;
  return term.kind === 'mechanism' && term.name === 'include' ? term.value : null;
}

/** The look-up for the hosts that a term names. */
function hostsOf(term: SpfTerm, domain: string): string | null {
  if (term.kind !== 'mechanism') return null;
  if (term.name === 'a' || term.name === 'exists') return `A ${term.value ?? domain}`;
  return term.name === 'mx' ? `MX ${term.value ?? domain}` : null;
}

/** Section 4: what a domain's record says about one of Google's servers. */
function check(domain: string, answers: DnsAnswers, spent: Spent): Result {
  // Google's own record names Google: no need to ask for it.
  if (domain === GOOGLE_SPF) return result('pass', 'named');
  const answer = answers.get(domain);
  if (answer === undefined || answer.kind === 'unknown') {
    return result('unknown', 'no-answer', domain);
  }
  const records = answer.kind === 'found' ? spfRecordsOf(answer.records) : [];
  const [record] = records;
  if (record === undefined) return result('no', 'no-record', domain);
  if (records.length > 1) return result('no', 'two-records', domain);
  const terms = parseSpf(record);
  const fault = terms.find(({ kind }) => kind === 'faulty');
  if (fault !== undefined) return result('no', 'unreadable', fault.text);
  const open: Open[] = [];
  for (const term of terms) {
    if (term.kind !== 'mechanism') continue;
    const found = checkMechanism(term, domain, answers, spent);
    if (found === null) continue;
    if (!('may' in found)) return settle(open, found);
    open.push(found);
  }
  return settle(open, checkRedirect(terms, answers, spent));
}

/** Section 6.1: what counts if no mechanism matched. */
function checkRedirect(terms: readonly SpfTerm[], answers: DnsAnswers, spent: Spent): Result {
  const redirect = terms.find((term) => term.kind === 'redirect');
  if (redirect?.kind !== 'redirect') return result('no', 'not-named');
  spent.lookUps += 1;
  if (spent.lookUps > LOOK_UPS_MAX) return result('no', 'too-many-look-ups');
  if (hasMacro(redirect.domain)) return result('unknown', 'macro', redirect.text);
  const found = check(redirect.domain, answers, spent);
  return found.reason === 'no-record' ? result('no', 'empty-reference', redirect.domain) : found;
}

/** A mechanism that may or may not match. */
interface Open {
  /** Its result if it matches. */
  readonly may: Result['google'];
  readonly reason: SpfReason;
  readonly detail: string;
}

/** What one mechanism decides; null if it does not match Google's servers. */
function checkMechanism(
  term: Extract<SpfTerm, { kind: 'mechanism' }>,
  domain: string,
  answers: DnsAnswers,
  spent: Spent,
): Result | Open | null {
  const { name, qualifier, value, text } = term;
  if (needsLookUp(term)) spent.lookUps += 1;
  if (spent.lookUps > LOOK_UPS_MAX) return result('no', 'too-many-look-ups');
  const match = qualifier === '+' ? result('pass', 'everybody', text) : result('no', 'not-named');
  const perhaps = (reason: SpfReason, detail: string): Open => ({
    may: match.google,
    reason,
    detail,
  });
  if (name === 'all') return match;
  if (name === 'ip4' || name === 'ip6') {
    return value !== null && isOfGoogle(value) ? perhaps('addresses', text) : null;
  }
  if (value !== null && hasMacro(value)) return perhaps('macro', text);
  if (name === 'ptr') {
    return value !== null && /(?:^|\.)google\.com$/.test(value) ? perhaps('macro', text) : null;
  }
  if (name !== 'include') {
    const hosts = answers.get(hostsOf(term, domain) ?? '');
    const isGone = hosts?.kind === 'none' || hosts?.kind === 'no-name';
    // Section 5.7: "exists" asks for IPv4 addresses, whatever address the sender has.
    const isThere = hosts?.kind === 'found' && (name !== 'exists' || hosts.records.some(isIPv4));
    if (isGone || (hosts?.kind === 'found' && !isThere)) spent.gone.push(text);
    if (name === 'mx' && tooManyServers(hosts)) return result('no', 'too-many-look-ups');
    if (name !== 'exists') {
      // "a" and "mx" name a domain's own hosts. Google's servers for receiving email are not those that send it.
      return isThere && EVERY_ADDRESS.test(text) ? perhaps('addresses', text) : null;
    }
    if (isThere) return match;
    return hosts === undefined || hosts.kind === 'unknown' ? perhaps('no-answer', text) : null;
  }
  if (value === null) return null;
  const found = check(value, answers, spent);
  if (found.google === 'pass') return qualifier === '+' ? found : match;
  if (found.google === 'unknown') return perhaps(found.reason, found.detail);
  // Section 5.2: a record that can't be used makes the one that includes it useless too.
  if (found.reason === 'no-record') return result('no', 'empty-reference', value);
  return FAULTS.has(found.reason) ? found : null;
}

/** A prefix length of 0 (section 5.3): whatever the host, every address of one IP version. */
const EVERY_ADDRESS = /\/0(?:\/\/\d+)?$/;

function tooManyServers(hosts: DnsAnswer<string> | undefined): boolean {
  return hosts?.kind === 'found' && hosts.records.length > SERVERS_MAX;
}

/** An open mechanism matters only if the rest decides otherwise. */
function settle(open: readonly Open[], last: Result): Result {
  return open.reduceRight<Result>(
    (rest, { may, reason, detail }) =>
      rest.google === may || rest.google === 'unknown' ? rest : result('unknown', reason, detail),
    last,
  );
}

/** With these, a receiver ignores the whole record ("permerror"). */
const FAULTS: ReadonlySet<SpfReason> = new Set([
  'two-records',
  'too-many-look-ups',
  'unreadable',
  'empty-reference',
]);

function result(google: Result['google'], reason: SpfReason, detail = ''): Result {
  return { google, reason, detail };
}

/** Section 4.6.4. */
function needsLookUp(term: SpfTerm): boolean {
  if (term.kind === 'redirect') return true;
  return term.kind === 'mechanism' && !['all', 'ip4', 'ip6'].includes(term.name);
}

/** The look-ups of the whole record, as SPF checkers count them; those in a loop once. */
function countLookUps(domain: string, answers: DnsAnswers, on: Set<string>): number {
  const answer = answers.get(domain);
  if (answer?.kind !== 'found' || on.has(domain)) return 0;
  on.add(domain);
  let count = 0;
  for (const term of spfRecordsOf(answer.records).flatMap(parseSpf)) {
    if (needsLookUp(term)) count += 1;
    const reference = referenceOf(term);
    if (reference !== null) count += countLookUps(reference, answers, on);
  }
  return count;
}

/**
 * Where Google's email leaves from, as _spf.google.com said in 2026 (formerly through _netblocks): enough to notice
 * that a record lists Google's addresses instead of its name. Google changes them without notice.
 */
const NETWORKS = {
  ipv4: [
    ...['35.190.247.0/24', '64.233.160.0/19', '66.102.0.0/20', '66.249.80.0/20', '72.14.192.0/18'],
    ...['74.125.0.0/16', '108.177.8.0/21', '142.250.0.0/15', '172.217.0.0/16', '173.194.0.0/16'],
    ...['209.85.128.0/17', '216.239.32.0/19', '216.58.192.0/19'],
  ],
  ipv6: [
    ...['2001:4860:4000::/36', '2404:6800:4000::/36', '2607:f8b0:4000::/36', '2800:3f0:4000::/36'],
    ...['2a00:1450:4000::/36', '2c0f:fb50:4000::/36'],
  ],
} as const;

const OWN = { ipv4: listOf(NETWORKS.ipv4), ipv6: listOf(NETWORKS.ipv6) };

/**
 * Whether a network ("address/length") overlaps with Google's. "ip6" never matches an IPv4 sender, however its address
 * is written (section 5.6).
 */
function isOfGoogle(network: string): boolean {
  const version = versionOf(addressOf(network));
  const isIn = (list: BlockList, other: string) => list.check(addressOf(other), version);
  if (isIn(OWN[version], network)) return true;
  const list = listOf([network]);
  return NETWORKS[version].some((own) => isIn(list, own));
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', length] = network.split('/');
    list.addSubnet(base, Number(length), versionOf(base));
  }
  return list;
}

function addressOf(network: string): string {
  return network.split('/')[0] ?? '';
}

function versionOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** @param keeper of the domain's DNS */
export function findSpf(spf: SpfJudgement, keeper: DnsKeeper): Finding {
  const { domain, google, reason, detail, lookUps, published } = spf;
  if (reason === 'everybody') {
    return nothingToDo(
      'spf',
      'note',
      `SPF of ${domain} lets everybody send (${quoted(detail)}), and so Google too. It stops nobody who writes in your name.`,
    );
  }
  if (google === 'pass') {
    const names = `SPF (the list of who may send email for ${domain}) names Google.`;
    if (lookUps <= LOOK_UPS_MAX) return nothingToDo('spf', 'good', names);
    return nothingToDo(
      'spf',
      'note',
      `${names} It needs ${lookUps} look-ups, and receivers stop after ${LOOK_UPS_MAX}: some count email by Google as failed too. The person who manages the DNS can take senders out of it that are no longer used.`,
    );
  }
  if (reason === 'no-answer') {
    return notAnswered('spf', `Whether SPF of ${domain} names Google as a sender`);
  }
  if (reason === 'macro') {
    return unknown(
      'spf',
      `SPF of ${domain} works out for each email who may send (${quoted(detail)}), so whether it names Google can’t be checked from here.`,
      SHOW_ORIGINAL,
    );
  }
  const isProvider = isMailProvider(domain);
  const { value, leftOut } = spfToPublish(published);
  return {
    ...{ topic: 'spf', status: 'warning', code: 'spf-without-google' },
    message: whatIsWrong(spf),
    hint: isProvider
      ? `${domain} belongs to an email provider, which does not change it for one customer: use the Google account’s own address as the sender.`
      : howToFix(spf, value, leftOut, keeper),
    record: isProvider ? null : { name: domain, type: 'TXT', value, replaces: published },
  };
}

function whatIsWrong({ domain, reason, detail, published }: SpfJudgement): string {
  switch (reason) {
    case 'no-record':
      return `${domain} has no SPF record (the list of who may send email for it), so receivers can’t see that Google may.`;
    case 'nearly':
      return `${domain} has a TXT record that is meant as SPF (the list of who may send email for it), but receivers don’t take it for one: ${quoted(detail)}. It has to begin with "v=spf1" and a space, without quotation marks.`;
    case 'sends-no-email':
      return `SPF of ${domain} says that it sends no email at all (${quoted(published[0] ?? '')}), so receivers may refuse what Google sends for it.`;
    case 'two-records':
      return detail === domain
        ? `${domain} has ${published.length} SPF records. Only one is allowed: receivers then use none of them.`
        : `SPF of ${domain} refers to ${shown(detail)}, which has more than one SPF record. Receivers then use none of it.`;
    case 'too-many-look-ups':
      return `SPF of ${domain} needs more look-ups than the ${LOOK_UPS_MAX} that receivers make, and Google is not named among the first. Receivers then use none of it.`;
    case 'unreadable':
      return `SPF of ${domain}, or a record that it refers to, holds what receivers can’t read (${quoted(detail)}). They then use none of it.`;
    case 'empty-reference':
      return `SPF of ${domain} refers to ${quoted(detail)}, where no SPF record is. Receivers then use none of it.`;
    case 'names-gone':
      return `SPF of ${domain} names Google, but only behind names that are no longer in the DNS (${quoted(detail)}). Some receivers stop after ${GONE_MAX} such names, and then use none of it.`;
    case 'addresses':
      return EVERY_ADDRESS.test(detail)
        ? `SPF of ${domain} lets every IPv4 address, or every IPv6 address, send (${quoted(detail)}) instead of naming Google. Email that Google sends from the other kind fails.`
        : `SPF of ${domain} lists addresses of Google’s one by one (${quoted(detail)}) instead of naming Google. Google changes its addresses without notice, and email then fails.`;
    default:
      return `SPF of ${domain} (the list of who may send email for it) does not name Google, so email that Google sends for it looks false to receivers.`;
  }
}

function howToFix(
  { domain, reason, published }: SpfJudgement,
  value: string,
  leftOut: readonly string[],
  keeper: DnsKeeper,
): string {
  const place =
    published.length === 0
      ? 'this TXT record'
      : reason === 'nearly'
        ? 'this TXT record in place of the one of now'
        : `this TXT record in place of the SPF ${published.length === 1 ? 'record' : 'records'} of now`;
  return [
    `${whoKeeps(keeper)} can publish ${place}, at ${domain}:`,
    `  ${value}`,
    ...(leftOut.length === 0
      ? []
      : [
          `Left out, because it can’t be read: ${leftOut.map(shown).join(' ')}. Put it right, or leave it out.`,
        ]),
  ].join('\n');
}
