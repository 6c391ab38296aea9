/** What is told about DMARC: whether the email would pass, and what receivers are asked to do if it does not. */

import type { DmarcJudgement } from './dmarc.js';
import type { DnsRecord, Finding } from './report.js';
import type { Subject } from './subject.js';
import type { Verdict } from './verdict.js';
import { isMailProvider, notAnswered, SHOW_ORIGINAL } from './who.js';

/** @param records what SPF and DKIM have to publish: one of them mends DMARC too, where it is aligned */
export function findDmarc(
  subject: Subject,
  verdict: Verdict,
  records: { readonly spf: DnsRecord | null; readonly dkim: DnsRecord | null },
): Finding {
  const { dmarc } = verdict;
  if (!dmarc.found) return notFound(subject, dmarc);
  const asks = whatIsAsked(subject, dmarc);
  const email = `Email of ${subject.sender} through ${accountWords(subject)}`;
  if (verdict.outcome === 'passes') {
    return {
      ...{ topic: 'dmarc', status: 'good', code: null, hint: '', record: null },
      message: `${email} passes DMARC, ${byWhat(subject, verdict)}. ${asks}`,
    };
  }
  if (verdict.outcome === 'unknown') {
    return {
      ...{ topic: 'dmarc', status: 'unknown', code: 'dns-unknown', record: null },
      message: `Whether email of ${subject.sender} through ${accountWords(subject)} would pass DMARC can’t be told. ${asks}`,
      hint: SHOW_ORIGINAL,
    };
  }
  const { why, mend, record } = remedy(subject, verdict, records);
  return {
    ...{ topic: 'dmarc', status: 'warning', code: 'dmarc-would-fail', record },
    message: `${email} would fail DMARC: ${why} ${asks}`,
    hint: mend,
  };
}

function accountWords({ account, accountDomain }: Subject): string {
  return account === null
    ? `a Google account of ${accountDomain.name}`
    : `the Google account ${account}`;
}

function byWhat({ senderDomain, accountDomain }: Subject, { bySpf, byDkim }: Verdict): string {
  if (bySpf !== 'yes') {
    const isOther = senderDomain.organisation !== accountDomain.organisation;
    const and = isOther
      ? `${senderDomain.name} is a domain of the same Google Workspace, and `
      : '';
    return `by Google’s signature, if ${and}signing was started in the Admin console`;
  }
  return byDkim === 'yes' ? 'by SPF and by Google’s signature' : 'by SPF';
}

/** What the domain asks of receivers, and how strictly. */
function whatIsAsked(
  { senderDomain }: Subject,
  { policy, percent, testing }: Extract<DmarcJudgement, { found: true }>,
): string {
  const asked = {
    none: 'asks for nothing to be done about email that fails, so far',
    quarantine: 'asks receivers to put email that fails in the junk folder',
    reject: 'asks receivers to refuse email that fails',
  }[policy];
  const part = percent < 100 && policy !== 'none' ? ` (${percent} % of it)` : '';
  const test = testing && policy !== 'none' ? ' It is marked as a test, so they may do less.' : '';
  return `DMARC of ${senderDomain.name} ${asked}${part}.${test}`;
}

interface Remedy {
  readonly why: string;
  readonly mend: string;
  readonly record: DnsRecord | null;
}

function remedy(
  subject: Subject,
  verdict: Verdict,
  records: { readonly spf: DnsRecord | null; readonly dkim: DnsRecord | null },
): Remedy {
  const { senderDomain, accountDomain, account, isPersonal } = subject;
  const [sender, own] = [senderDomain.name, accountDomain.name];
  if (isPersonal || isMailProvider(sender)) {
    return {
      why: `SPF counts for ${own}, the domain of the account, and Google signs nothing for ${sender}.`,
      mend: [
        `Patients can be written to as ${account ?? `an address of ${own}`}, which passes.`,
        ...(isMailProvider(sender)
          ? []
          : [
              `To keep ${subject.sender}: send through a Google Workspace account of ${sender}.`,
              `Or let Gmail hand this email to the email server of ${sender} (Settings > Accounts > "Send mail as" > edit info); then that server’s SPF and DKIM count.`,
            ]),
      ].join('\n'),
      record: null,
    };
  }
  if (senderDomain.organisation !== accountDomain.organisation) {
    return {
      why: `the account is of another domain, ${own}, and Google’s key for ${sender} was not found.`,
      mend: [
        `Your Google Workspace administrator can add ${sender} to the Workspace of ${own} and have Google sign for it (see DKIM).`,
        `Or sign in with a Google account of ${sender}.`,
      ].join('\n'),
      record: records.dkim,
    };
  }
  const { dmarc } = verdict;
  const isStrict = dmarc.found && (dmarc.strictSpf || dmarc.strictDkim) && sender !== own;
  if (isStrict) {
    return {
      why: `it asks for proof of the very domain ${sender} ("strict"), and the account is of ${own}.`,
      mend: `Have Google sign for ${sender} itself (see DKIM), or have whoever runs the DNS take adkim=s and aspf=s out of the record at ${dmarc.name}.`,
      record: records.dkim,
    };
  }
  return {
    why: 'neither SPF nor a signature for the domain was found that proves that Google may send it.',
    mend: 'Mend SPF or DKIM (see there): one of them is enough, and SPF is the quicker.',
    record: records.spf ?? records.dkim,
  };
}

function notFound(
  { senderDomain }: Subject,
  { reason, name }: Extract<DmarcJudgement, { found: false }>,
): Finding {
  const domain = senderDomain.name;
  if (reason === 'no-answer') {
    return notAnswered('dmarc', `What DMARC of ${domain} asks of receivers`);
  }
  const message = {
    'no-record': `${domain} asks nothing of receivers by DMARC. Google wants it only of those who send more than 5,000 emails a day to Gmail.`,
    'two-records': `${domain} has more than one DMARC record (${name}), so receivers use none of them.`,
    unreadable: `The DMARC record of ${domain} (${name}) can’t be read, so receivers don’t use it.`,
  }[reason];
  return { topic: 'dmarc', status: 'note', code: null, message, hint: '', record: null };
}
