/** What a domain's SPF says of email that Google sends for it: judged as a receiver does (RFC 7208, section 4). */

import type { Answer } from './dns.js';
import { GOOGLE_SPF, isOfGoogle } from './google-senders.js';
import { hasMacro, parseSpf, type Qualifier, type SpfTerm, spfRecordsOf } from './spf-record.js';

/** Why it is so. */
export type SpfReason =
  | 'named'
  | 'not-named'
  | 'no-record'
  /** `v=spf1 -all`, and nothing else. */
  | 'sends-no-email'
  | 'two-records'
  | 'too-many-look-ups'
  /** A term that can't be read, in this record or in one that it refers to. */
  | 'unreadable'
  /** It refers to a name that has no SPF record. */
  | 'empty-reference'
  | 'macro'
  /** Some of Google's addresses are listed one by one. */
  | 'addresses'
  | 'no-answer';

/** The judgement. */
export interface SpfJudgement {
  readonly domain: string;
  /** Whether Google's email passes SPF. */
  readonly google: 'pass' | 'no' | 'unknown';
  readonly reason: SpfReason;
  /** The term or the name that the reason is about. */
  readonly detail: string | null;
  /** The SPF records that the domain has now. */
  readonly published: readonly string[];
  /** How many look-ups the whole record needs. */
  readonly lookUps: number;
}

/** Section 4.6.4. */
export const LOOK_UPS_MAX = 10;

/** What is known of TXT records, by name; what is missing there was not answered. */
export type TxtRecords = ReadonlyMap<string, Answer<string>>;

interface Result {
  readonly google: 'pass' | 'no' | 'unknown';
  readonly reason: SpfReason;
  readonly detail: string | null;
}

/** Judges by what was looked up (see `spfReferences`). Never throws. */
export function judgeSpf(domain: string, txt: TxtRecords): SpfJudgement {
  const answer = txt.get(domain);
  const published = answer?.kind === 'found' ? spfRecordsOf(answer.records) : [];
  const found = check(domain, txt, { lookUps: 0 });
  return {
    domain,
    ...found,
    ...(published.length === 1 && published.every(saysNoEmail) ? { reason: 'sends-no-email' } : {}),
    published,
    lookUps: countLookUps(domain, txt, new Set()),
  };
}

function saysNoEmail(record: string): boolean {
  const terms = parseSpf(record).filter(({ kind }) => kind !== 'modifier');
  return terms.length === 1 && terms[0]?.text.toLowerCase() === '-all';
}

/** The names that a domain's SPF records refer to directly: what has to be looked up to judge them. */
export function spfReferences(records: readonly string[]): string[] {
  const domains = spfRecordsOf(records).flatMap(parseSpf).map(referenceOf);
  return [...new Set(domains)].filter((domain) => domain !== null && !hasMacro(domain)) as string[];
}

function referenceOf(term: SpfTerm): string | null {
  if (term.kind === 'redirect') return term.domain;
  return term.kind === 'mechanism' && term.name === 'include' ? term.value : null;
}

/** Section 4: what the record of a domain says of a computer of Google's. */
function check(domain: string, txt: TxtRecords, spent: { lookUps: number }): Result {
  // What Google publishes there names Google: no answer of today is needed.
  if (domain === GOOGLE_SPF) return result('pass', 'named');
  const answer = txt.get(domain);
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
  return checkTerms(terms, txt, spent);
}

function checkTerms(
  terms: readonly SpfTerm[],
  txt: TxtRecords,
  spent: { lookUps: number },
): Result {
  const open: Open[] = [];
  for (const term of terms) {
    if (term.kind !== 'mechanism') continue;
    if (needsLookUp(term.name)) spent.lookUps += 1;
    const found =
      spent.lookUps > LOOK_UPS_MAX
        ? result('no', 'too-many-look-ups')
        : checkMechanism(term, txt, spent);
    if (found === null) continue;
    if (!('may' in found)) return settle(open, found);
    open.push(found);
  }
  return settle(open, checkRedirect(terms, txt, spent));
}

/** Section 6.1: what counts where no mechanism matched. */
function checkRedirect(
  terms: readonly SpfTerm[],
  txt: TxtRecords,
  spent: { lookUps: number },
): Result {
  const redirect = terms.find((term) => term.kind === 'redirect');
  if (redirect?.kind !== 'redirect') return result('no', 'not-named');
  spent.lookUps += 1;
  if (spent.lookUps > LOOK_UPS_MAX) return result('no', 'too-many-look-ups');
  if (hasMacro(redirect.domain)) return result('unknown', 'macro', redirect.text);
  const found = check(redirect.domain, txt, spent);
  return found.reason === 'no-record' ? result('no', 'empty-reference', redirect.domain) : found;
}

/** A mechanism of which it can't be told whether it matches. */
interface Open {
  /** What it says if it does. */
  readonly may: Result['google'];
  readonly reason: SpfReason;
  readonly detail: string | null;
}

/** What one mechanism decides; null if it does not match a computer of Google's. */
function checkMechanism(
  { name, qualifier, value, text }: Extract<SpfTerm, { kind: 'mechanism' }>,
  txt: TxtRecords,
  spent: { lookUps: number },
): Result | Open | null {
  const match = matched(qualifier);
  const perhaps = (reason: SpfReason, detail: string | null): Open => ({
    may: match.google,
    reason,
    detail,
  });
  if (name === 'all') return match;
  if (name === 'ip4' || name === 'ip6') {
    return value !== null && isOfGoogle(value) ? perhaps('addresses', text) : null;
  }
  if (name === 'exists' || (value !== null && hasMacro(value))) return perhaps('macro', text);
  if (name === 'ptr') {
    return value !== null && /(?:^|\.)google\.com$/.test(value) ? perhaps('macro', text) : null;
  }
  // "a" and "mx" name a domain's own computers. Google's for receiving email are not those that send it.
  if (name !== 'include' || value === null) return null;
  const found = check(value, txt, spent);
  if (found.google === 'pass') return match;
  if (found.google === 'unknown') return perhaps(found.reason, found.detail);
  // Section 5.2: a record that can't be used makes this one useless too.
  if (found.reason === 'no-record') return result('no', 'empty-reference', value);
  return FAULTS.has(found.reason) ? found : null;
}

/** What was left open counts only where the rest decides otherwise. */
function settle(open: readonly Open[], last: Result): Result {
  return open.reduceRight<Result>(
    (rest, { may, reason, detail }) =>
      rest.google === may || rest.google === 'unknown' ? rest : result('unknown', reason, detail),
    last,
  );
}

const FAULTS: ReadonlySet<SpfReason> = new Set([
  'two-records',
  'too-many-look-ups',
  'unreadable',
  'empty-reference',
]);

function matched(qualifier: Qualifier): Result {
  return qualifier === '+' ? result('pass', 'named') : result('no', 'not-named');
}

function result(google: Result['google'], reason: SpfReason, detail: string | null = null): Result {
  return { google, reason, detail };
}

/** Section 4.6.4. */
function needsLookUp(name: string): boolean {
  return ['include', 'a', 'mx', 'ptr', 'exists'].includes(name);
}

/** The look-ups of the whole record, as checkers of records count them; those of a circle once. */
function countLookUps(domain: string, txt: TxtRecords, on: Set<string>): number {
  const answer = txt.get(domain);
  if (answer?.kind !== 'found' || on.has(domain)) return 0;
  on.add(domain);
  let count = 0;
  for (const term of spfRecordsOf(answer.records).flatMap(parseSpf)) {
    const isCounted =
      term.kind === 'redirect' || (term.kind === 'mechanism' && needsLookUp(term.name));
    if (isCounted) count += 1;
    const reference = referenceOf(term);
    if (reference !== null) count += countLookUps(reference, txt, on);
  }
  return count;
}
