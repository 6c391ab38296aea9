/** Whether email of a sender through a Google account would pass DMARC: the rules, and nothing else. */

import { type DkimJudgement, judgeDkim } from './dkim.js';
import { type DmarcJudgement, judgeDmarc } from './dmarc.js';
import { judgeSpf, type SpfJudgement, type TxtRecords } from './spf.js';
import { isAligned, isGmail, type Subject } from './subject.js';

/** How one of the two proofs stands that DMARC takes: one is enough. */
export type Proof = 'yes' | 'no' | 'unknown';

/** What was judged, and what follows. */
export interface Verdict {
  /**
   * `not-asked`: the sender's domain has no DMARC that counts, so there is nothing to pass. `fails` is as far as can
   * be seen: a DKIM key may stand under an unusual name.
   */
  readonly outcome: 'passes' | 'fails' | 'unknown' | 'not-asked';
  /** SPF, for a domain that is aligned with the sender's. */
  readonly bySpf: Proof;
  /** Google's signature, for a domain that is aligned with the sender's. */
  readonly byDkim: Proof;
  /** SPF of the account's domain; null for a personal account: Google looks after it. */
  readonly spf: SpfJudgement | null;
  /** The key for the sender's domain; null for a personal account: Google signs for it or for nobody. */
  readonly dkim: DkimJudgement | null;
  readonly dmarc: DmarcJudgement;
}

/** Judges by what was looked up. Never throws. */
export function judge(subject: Subject, txt: TxtRecords): Verdict {
  const { senderDomain, accountDomain, isPersonal } = subject;
  const dmarc = judgeDmarc(senderDomain.name, senderDomain.organisation, txt);
  const spf = isPersonal ? null : judgeSpf(accountDomain.name, txt);
  const dkim = isPersonal ? null : judgeSigner(subject, dmarc, txt);
  // Google's own domain, through Google: both proofs are Google's business.
  if (isPersonal && isGmail(senderDomain)) {
    return { outcome: 'passes', bySpf: 'yes', byDkim: 'yes', spf, dkim, dmarc };
  }
  const strict = dmarc.found && dmarc.strictSpf;
  const bySpf = isAligned(accountDomain, senderDomain, strict) ? spfProof(spf) : 'no';
  const byDkim = dkimProof(dkim);
  return { outcome: outcomeOf(dmarc, [bySpf, byDkim]), bySpf, byDkim, spf, dkim, dmarc };
}

function outcomeOf(dmarc: DmarcJudgement, proofs: readonly Proof[]): Verdict['outcome'] {
  if (!dmarc.found) return dmarc.reason === 'no-answer' ? 'unknown' : 'not-asked';
  if (proofs.includes('yes')) return 'passes';
  return proofs.includes('unknown') ? 'unknown' : 'fails';
}

function spfProof(spf: SpfJudgement | null): Proof {
  if (spf === null) return 'no';
  return spf.google === 'pass' ? 'yes' : spf.google;
}

/**
 * The key that would sign. Google signs with the sender's domain where the Workspace has a key for it, else with that
 * of the account, which counts if it is aligned; else with one of its own, gappssmtp.com, which never is
 * (support.google.com/a/answer/174124).
 */
function judgeSigner(
  { senderDomain, accountDomain }: Subject,
  dmarc: DmarcJudgement,
  txt: TxtRecords,
): DkimJudgement {
  const own = judgeDkim(senderDomain.name, txt);
  if (own.key === 'found') return own;
  const strict = dmarc.found && dmarc.strictDkim;
  if (!isAligned(accountDomain, senderDomain, strict)) return own;
  const other = judgeDkim(accountDomain.name, txt);
  return other.key === 'found' || own.key === 'not-found' ? other : own;
}

function dkimProof(dkim: DkimJudgement | null): Proof {
  if (dkim === null) return 'no';
  if (dkim.key === 'no-answer') return 'unknown';
  return dkim.key === 'found' ? 'yes' : 'no';
}
