/** Whether email of a sender through a Google account would pass DMARC: the rules, and nothing else. */

import { type DkimJudgement, judgeDkim } from './dkim.js';
import { alignment, type DmarcJudgement, judgeDmarc, type Proof } from './dmarc.js';
import type { DnsAnswers } from './dns.js';
import { judgeSpf, type SpfJudgement } from './spf.js';
import { isGmail, type Subject } from './subject.js';

/** The judgements, and what follows from them. DMARC accepts either of two proofs. */
export interface Verdict {
  /**
   * `not-asked`: the sender's domain has no DMARC that counts, so there is nothing to pass. `fails`: as far as can be
   * seen; a DKIM key may exist under an unusual name.
   */
  readonly outcome: 'passes' | 'fails' | 'unknown' | 'not-asked';
  /** SPF, for a domain that is aligned with the sender's. */
  readonly bySpf: Proof;
  /** Google's signature, for a domain that is aligned with the sender's. */
  readonly byDkim: Proof;
  /** Whether the two domains belong to one organisation. */
  readonly isOne: Proof;
  /** SPF of the account's domain; null if it is Google's own, or Google does not send. */
  readonly spf: SpfJudgement | null;
  /** The key for the sender's domain; null if it is Google's own, or Google does not sign for it. */
  readonly dkim: DkimJudgement | null;
  readonly dmarc: DmarcJudgement;
}

/** Judges from what was looked up. Never throws. */
export function judge(subject: Subject, answers: DnsAnswers): Verdict {
  const { senderDomain, accountDomain } = subject;
  const dmarc = judgeDmarc(senderDomain, answers);
  const aligned = (strict: boolean) => alignment(accountDomain, senderDomain, strict, answers);
  const isOne = aligned(false);
  const none = { isOne, spf: null, dkim: null, dmarc };
  // Google's own domain, through Google: both proofs are Google's business.
  if (isGmail(accountDomain) && isGmail(senderDomain)) {
    return { ...none, outcome: 'passes', bySpf: 'yes', byDkim: 'yes' };
  }
  if (subject.isElsewhere) {
    const outcome = outcomeOf(dmarc, ['unknown']);
    return { ...none, outcome, bySpf: 'unknown', byDkim: 'unknown' };
  }
  const spf = judgeSpf(accountDomain.name, answers);
  const spfProof = spf.google === 'pass' ? 'yes' : spf.google;
  const bySpf = both(aligned(dmarc.found && dmarc.strictSpf), spfProof);
  const { dkim, byDkim } = judgeSigner(subject, aligned(dmarc.found && dmarc.strictDkim), answers);
  return { outcome: outcomeOf(dmarc, [bySpf, byDkim]), bySpf, byDkim, isOne, spf, dkim, dmarc };
}

function outcomeOf(dmarc: DmarcJudgement, proofs: readonly Proof[]): Verdict['outcome'] {
  if (!dmarc.found) return dmarc.reason === 'no-answer' ? 'unknown' : 'not-asked';
  if (proofs.includes('yes')) return 'passes';
  return proofs.includes('unknown') ? 'unknown' : 'fails';
}

/**
 * The key that would sign. Google signs with the sender's domain if the Workspace has a key for it, else with the
 * account's, which counts if it is aligned, else with its own gappssmtp.com, which never is
 * (support.google.com/a/answer/174124).
 */
function judgeSigner(
  { senderDomain, accountDomain }: Subject,
  aligned: Proof,
  answers: DnsAnswers,
): { readonly dkim: DkimJudgement; readonly byDkim: Proof } {
  const own = judgeDkim(senderDomain.name, answers);
  const other = judgeDkim(accountDomain.name, answers);
  const isOther =
    own.key !== 'found' && aligned !== 'no' && (other.key === 'found' || own.key === 'not-found');
  return isOther
    ? { dkim: other, byDkim: both(aligned, dkimProof(other)) }
    : { dkim: own, byDkim: dkimProof(own) };
}

function dkimProof({ key }: DkimJudgement): Proof {
  if (key === 'no-answer') return 'unknown';
  return key === 'found' ? 'yes' : 'no';
}

function both(one: Proof, other: Proof): Proof {
  if (one === 'no' || other === 'no') return 'no';
  return one === 'yes' ? other : 'unknown';
}
