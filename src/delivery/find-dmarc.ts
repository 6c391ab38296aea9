/** The finding about DMARC: whether the email would pass, and what receivers are asked to do if it does not. */

import type { DmarcJudgement } from './dmarc.js';
import {
  type DnsRecord,
  type Finding,
  notAnswered,
  nothingToDo,
  quoted,
  SHOW_ORIGINAL,
  unknown,
} from './finding.js';
import type { Subject } from './subject.js';
import type { Verdict } from './verdict.js';
import { isMailProvider } from './who.js';

/** @param records what SPF and DKIM need published: one of them fixes DMARC too, if it is aligned */
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
    return nothingToDo(
      'dmarc',
      'good',
      `${email} passes DMARC, ${byWhat(subject, verdict)}. ${asks}`,
    );
  }
  if (verdict.outcome === 'unknown') {
    const whether = `Whether email of ${subject.sender} through ${accountWords(subject)} would pass DMARC can’t be checked`;
    return subject.isElsewhere
      ? unknown('dmarc', `${whether} from here. ${ELSEWHERE} ${asks}`, ownAddress(subject))
      : unknown('dmarc', `${whether}. ${asks}`, SHOW_ORIGINAL);
  }
  const { why, fix, record } = remedy(subject, verdict, records);
  return {
    ...{ topic: 'dmarc', status: 'warning', code: 'dmarc-would-fail', record },
    message: `${email} would fail DMARC: ${why} ${asks}`,
    hint: fix,
  };
}

const ELSEWHERE =
  'Gmail hands it to the email server that is set for this address in Gmail (Settings > Accounts > "Send mail as"), and that server’s SPF and DKIM count.';

function ownAddress({ sender, account, senderDomain, accountDomain }: Subject): string {
  return [
    SHOW_ORIGINAL,
    `Patients can be written to as ${account ?? `an address of ${accountDomain.name}`}, which passes.`,
    ...(isMailProvider(senderDomain.name)
      ? []
      : [
          `To keep ${sender} with Google’s own proofs: send through a Google Workspace account of ${senderDomain.name}.`,
        ]),
  ].join('\n');
}

function accountWords({ account, accountDomain }: Subject): string {
  return account === null
    ? `a Google account of ${accountDomain.name}`
    : `the Google account ${account}`;
}

function byWhat({ senderDomain }: Subject, { bySpf, byDkim, isOne }: Verdict): string {
  if (bySpf !== 'yes') {
    const and =
      isOne === 'no' ? `${senderDomain.name} is a domain of the same Google Workspace, and ` : '';
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
  readonly fix: string;
  readonly record: DnsRecord | null;
}

function remedy(
  { senderDomain, accountDomain }: Subject,
  { dmarc, isOne }: Verdict,
  records: { readonly spf: DnsRecord | null; readonly dkim: DnsRecord | null },
): Remedy {
  const [sender, own] = [senderDomain.name, accountDomain.name];
  if (isOne === 'no') {
    return {
      why: `the account is of another domain, ${own}, and Google’s key for ${sender} was not found.`,
      fix: [
        `Your Google Workspace administrator can add ${sender} to the Workspace of ${own} and have Google sign for it (see DKIM).`,
        `Or sign in with a Google account of ${sender}.`,
        `Unless Gmail hands it to an email server of ${sender} (Settings > Accounts > "Send mail as"): then that server’s SPF and DKIM count, which can’t be seen from here. ${SHOW_ORIGINAL}`,
      ].join('\n'),
      record: records.dkim,
    };
  }
  const isStrict = dmarc.found && (dmarc.strictSpf || dmarc.strictDkim) && sender !== own;
  if (isStrict) {
    return {
      why: `it asks for proof of the very domain ${sender} ("strict"), and the account is of ${own}.`,
      fix: `Have Google sign for ${sender} itself (see DKIM), or have the person who manages the DNS take adkim=s and aspf=s out of the record at ${dmarc.name}.`,
      record: records.dkim,
    };
  }
  return {
    why: 'neither SPF nor a signature for the domain was found that proves that Google may send it.',
    fix: 'Fix SPF or DKIM (see there): one of them is enough, and SPF is the quicker.',
    record: records.spf ?? records.dkim,
  };
}

function notFound(
  { senderDomain }: Subject,
  { reason, name, nearly }: Extract<DmarcJudgement, { found: false }>,
): Finding {
  const domain = senderDomain.name;
  if (reason === 'no-answer') {
    return notAnswered('dmarc', `What DMARC of ${domain} asks of receivers`);
  }
  const message = {
    'no-record': `${domain} asks nothing of receivers by DMARC. Google wants it only of those who send more than 5,000 emails a day to Gmail.`,
    nearly: `${domain} has a record that is meant as DMARC (${name}: ${quoted(nearly)}), but receivers don’t take it for one: it has to begin with "v=DMARC1;". So it asks nothing of them.`,
    'two-records': `${domain} has more than one DMARC record (${name}), so receivers use none of them.`,
    unreadable: `The DMARC record of ${domain} (${name}) can’t be read, so receivers don’t use it.`,
  }[reason];
  return nothingToDo('dmarc', 'note', message);
}
