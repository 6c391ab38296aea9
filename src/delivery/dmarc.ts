/** What a domain's DMARC asks of receivers, and whether two domains count as one for it (RFC 7489, RFC 9989). */

import type { TxtRecords } from './spf.js';
import { readTags } from './tag-list.js';

/** What receivers are asked to do with email that fails: nothing, put it in junk, refuse it. */
export type Policy = 'none' | 'quarantine' | 'reject';

/** The judgement. */
export type DmarcJudgement =
  | {
      readonly found: true;
      /** The name of the record. */
      readonly name: string;
      readonly policy: Policy;
      /** How much of the email that fails the policy is asked for, in percent (RFC 7489; gone in RFC 9989). */
      readonly percent: number;
      /** Marked as a test: receivers are asked to do less (RFC 9989, `t=y`). */
      readonly testing: boolean;
      /** Strict: only the very same domain counts, not one of the same organisation. */
      readonly strictSpf: boolean;
      readonly strictDkim: boolean;
    }
  | {
      readonly found: false;
      readonly reason: 'no-record' | 'two-records' | 'unreadable' | 'no-answer';
      readonly name: string;
    };

/** The name under which a domain's DMARC stands. */
export function dmarcName(domain: string): string {
  return `_dmarc.${domain}`;
}

/**
 * What counts for a sender: the record of its own domain, else that of its organisation (RFC 7489, section 6.6.3).
 * Never throws.
 *
 * @param organisation the organisational domain (section 3.2)
 */
export function judgeDmarc(domain: string, organisation: string, txt: TxtRecords): DmarcJudgement {
  const own = recordAt(dmarcName(domain), txt, 'p');
  if (own.found || own.reason !== 'no-record') return own;
  return recordAt(dmarcName(organisation), txt, 'sp');
}

/** @param tag the one that counts first: `p` for the domain itself, `sp` for its subdomains */
function recordAt(name: string, txt: TxtRecords, tag: 'p' | 'sp'): DmarcJudgement {
  const answer = txt.get(name);
  const none = (reason: Extract<DmarcJudgement, { found: false }>['reason']): DmarcJudgement => ({
    found: false,
    reason,
    name,
  });
  if (answer === undefined || answer.kind === 'unknown') return none('no-answer');
  const records = (answer.kind === 'found' ? answer.records : []).filter((record) =>
    /^v\s*=\s*DMARC1\s*(?:;|$)/.test(record),
  );
  const [record] = records;
  if (record === undefined) return none('no-record');
  if (records.length > 1) return none('two-records');
  const tags = readTags(record);
  const policy = tags === null ? null : policyOf(tags, tag);
  if (tags === null || policy === null) return none('unreadable');
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

/** Where the policy can't be read, but reports are asked for, it counts as "none" (RFC 7489, section 6.6.3). */
function policyOf(tags: ReadonlyMap<string, string>, tag: 'p' | 'sp'): Policy | null {
  const policy = readPolicy(tags.get('p'));
  const wanted = tag === 'sp' ? (tags.get('sp') ?? tags.get('p')) : tags.get('p');
  const found = readPolicy(wanted);
  if (policy !== null && found !== null) return found;
  return tags.has('rua') ? 'none' : null;
}

function readPolicy(text: string | undefined): Policy | null {
  const policy = text?.toLowerCase();
  return policy === 'none' || policy === 'quarantine' || policy === 'reject' ? policy : null;
}
