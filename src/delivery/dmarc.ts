/** What a domain's DMARC asks of receivers, and whether it treats two domains as one (RFC 9989, RFC 7489). */

import { readTags } from './dkim.js';
import type { DnsAnswers } from './dns.js';

/** What receivers are asked to do with email that fails: nothing, treat it as junk, refuse it. */
export type Policy = 'none' | 'quarantine' | 'reject';

/** Whether something can be proven. */
export type Proof = 'yes' | 'no' | 'unknown';

/** A domain as the DNS knows it (lower case, RFC 5891), and the registered domain that it belongs to. */
export interface DomainName {
  readonly name: string;
  /** By the public suffix list, including registries such as uk.com: its owner runs the DNS. */
  readonly registered: string;
}

export type DmarcJudgement =
  | {
      readonly found: true;
      /** The name of the record. */
      readonly name: string;
      readonly policy: Policy;
      /** The percentage of failing email that the policy is requested for (RFC 7489; gone in RFC 9989). */
      readonly percent: number;
      /** Marked as a test: receivers are asked to do less (RFC 9989, `t=y`). */
      readonly testing: boolean;
      /** Strict: only exactly the same domain counts, not another one of the organisation. */
      readonly strictSpf: boolean;
      readonly strictDkim: boolean;
    }
  | {
      readonly found: false;
      /** `nearly`: a record is meant to be DMARC, but receivers don't recognise it. */
      readonly reason: 'no-record' | 'nearly' | 'two-records' | 'unreadable' | 'no-answer';
      readonly name: string;
      /** The record that is meant to be one. */
      readonly nearly: string;
    };

type Unfound = Extract<DmarcJudgement, { found: false }>;

/** The name of a domain's DMARC record. */
export function dmarcName(domain: string): string {
  return `_dmarc.${domain}`;
}

/** A domain and those above it that may have a DMARC record: eight at most (RFC 9989, section 4.10). */
export function namesUp(domain: string): string[] {
  const labels = domain.split('.');
  const above = labels.slice(Math.max(1, labels.length - 7));
  return [domain, ...above.map((_label, index) => above.slice(index).join('.'))];
}

/** Whether anything was found at a domain or below it. */
export function hasRecords(domain: string, answers: DnsAnswers): boolean {
  return [...answers].some(
    ([name, { kind }]) => kind === 'found' && `.${name}`.endsWith(`.${domain}`),
  );
}

/** Whether a domain is in the DNS, as far as the answers show. */
export function isInDns(domain: string, answers: DnsAnswers): boolean {
  return answers.get(domain)?.kind !== 'no-name' || hasRecords(domain, answers);
}

/**
 * The record that applies to a sender: its own, else its organisation's, else its registry's (RFC 9989, section
 * 4.10.1). A record in between applies only to its own domain. Never throws.
 */
export function judgeDmarc(domain: DomainName, answers: DnsAnswers): DmarcJudgement {
  const [, ...above] = namesUp(domain.name);
  const own = recordAt(domain.name, answers, 'p');
  if (isSettled(own)) return own;
  let counts: DmarcJudgement = own;
  let nearly = isNearly(own) ? own : null;
  for (const name of above) {
    const found = recordAt(name, answers, isInDns(domain.name, answers) ? 'sp' : 'np');
    const psd = tagsAt(name, answers).tags?.get('psd')?.toLowerCase();
    if (psd === 'y' || isRegistry(name, domain)) {
      // Few registries have a record, so one that does not answer is not missed.
      if (found.found && !isSettled(counts)) counts = found;
      if (psd === 'y') break;
    } else if (isSettled(found)) {
      // The higher one, unless a lower one says that the organisation starts there.
      counts = found;
      if (psd === 'n' || isSilent(found)) break;
    } else if (isNearly(found)) nearly ??= found;
  }
  return isSettled(counts) ? counts : (nearly ?? counts);
}

/** Whether there is a record, even a faulty one, or may be one. */
function isSettled(judged: DmarcJudgement): boolean {
  return judged.found || (judged.reason !== 'no-record' && judged.reason !== 'nearly');
}

function isNearly(judged: DmarcJudgement): boolean {
  return !judged.found && judged.reason === 'nearly';
}

function isSilent(judged: DmarcJudgement): boolean {
  return !judged.found && judged.reason === 'no-answer';
}

function isRegistry(name: string, { registered }: DomainName): boolean {
  return registered.endsWith(`.${name}`);
}

/**
 * Whether two domains are aligned. Receivers determine the organisation from the records above a domain (RFC 9989,
 * section 4.10.2), or from a list of registries (RFC 7489, section 3.2): if these differ, the result is unknown.
 */
export function alignment(
  one: DomainName,
  other: DomainName,
  strict: boolean,
  answers: DnsAnswers,
): Proof {
  if (one.name === other.name) return 'yes';
  if (strict) return 'no';
  const [mine, theirs] = [one, other].map((domain) => organisation(domain, answers));
  if (mine?.name === theirs?.name) return 'yes';
  const isStated = mine?.isStated || theirs?.isStated;
  return one.registered === other.registered && !isStated ? 'unknown' : 'no';
}

/** `isStated`: the DNS itself says where the organisation starts. */
function organisation(
  domain: DomainName,
  answers: DnsAnswers,
): { readonly name: string; readonly isStated: boolean } {
  let top = domain.name;
  for (const name of namesUp(domain.name)) {
    const { tags } = tagsAt(name, answers);
    if (tags === null) continue;
    const psd = tags.get('psd')?.toLowerCase();
    if (psd === 'n') return { name, isStated: true };
    // A registry without "psd=y" is still not the organisation of the domains below it.
    if (name !== domain.name && (psd === 'y' || isRegistry(name, domain))) {
      const labels = domain.name.split('.').slice(-name.split('.').length - 1);
      return { name: labels.join('.'), isStated: psd === 'y' };
    }
    top = name;
  }
  return { name: top, isStated: false };
}

type TagsAt =
  | { readonly tags: ReadonlyMap<string, string> }
  | (Pick<Unfound, 'reason' | 'nearly'> & { readonly tags: null });

/** The tags of the record at a domain, or why there are none. */
function tagsAt(domain: string, answers: DnsAnswers): TagsAt {
  const answer = answers.get(dmarcName(domain));
  const none = (reason: Unfound['reason'], nearly = ''): TagsAt => ({ tags: null, reason, nearly });
  if (answer === undefined || answer.kind === 'unknown') return none('no-answer');
  const texts = answer.kind === 'found' ? answer.records : [];
  const [record, another] = texts.filter((text) =>
    /^[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text),
  );
  if (another !== undefined) return none('two-records');
  if (record === undefined) {
    const nearly = texts.find((text) => /dmarc|^[^a-z\d]*p\s*=\s*(?:none|quar|rej)/i.test(text));
    return nearly === undefined ? none('no-record') : none('nearly', nearly);
  }
  // Anything that isn't a tag is ignored (RFC 9989, section 4.8); tag names are case-insensitive (RFC 5234, section
  // 2.3).
  const parts = record.split(';').filter((part) => /^[ \t]*[a-z]\w*[ \t]*=/i.test(part));
  const tags = readTags(
    parts.map((part) => part.replace(/^[^=]*/, (name) => name.toLowerCase())).join(';'),
  );
  return tags === null ? none('unreadable') : { tags };
}

/** @param tag the one to read first: `p` for the domain itself, `sp` or `np` for its subdomains */
function recordAt(domain: string, answers: DnsAnswers, tag: 'p' | 'sp' | 'np'): DmarcJudgement {
  const found = tagsAt(domain, answers);
  const name = dmarcName(domain);
  if (found.tags === null)
    return { found: false, name, reason: found.reason, nearly: found.nearly };
  const { tags } = found;
  const policy = policyOf(tags, tag);
  if (policy === null) return { found: false, name, reason: 'unreadable', nearly: '' };
  const percent = Number(/^\d{1,3}$/.exec(tags.get('pct') ?? '')?.[0] ?? 100);
  return {
    found: true,
    name,
    policy,
    percent: Math.min(percent, 100),
    testing: tags.get('t')?.toLowerCase() === 'y',
    strictSpf: tags.get('aspf')?.toLowerCase() === 's',
    strictDkim: tags.get('adkim')?.toLowerCase() === 's',
  };
}

/** A policy that can't be read counts as "none" if reports are requested (RFC 9989, section 4.10.1). */
function policyOf(tags: ReadonlyMap<string, string>, tag: 'p' | 'sp' | 'np'): Policy | null {
  const read = (text: string | undefined): Policy | null => {
    const policy = text?.toLowerCase();
    return policy === 'none' || policy === 'quarantine' || policy === 'reject' ? policy : null;
  };
  const [p, sp = p, np = sp] = ['p', 'sp', 'np'].map((one) => tags.get(one));
  const all = [p, sp, np].map(read);
  if (!all.includes(null)) return read({ p, sp, np }[tag]);
  return /(?:^|,)\s*[a-z][a-z\d+.-]*:[^\s,]/i.test(tags.get('rua') ?? '') ? 'none' : null;
}
