/** What is told about SPF. */

import type { DnsRecord, Finding } from './report.js';
import { LOOK_UPS_MAX, type SpfJudgement, type SpfReason } from './spf.js';
import { spfToPublish } from './spf-to-publish.js';
import {
  type DnsKeeper,
  isMailProvider,
  notAnswered,
  SHOW_ORIGINAL,
  shown,
  whoKeeps,
} from './who.js';

/** @param keeper of the domain's DNS */
export function findSpf(spf: SpfJudgement, keeper: DnsKeeper): Finding {
  if (spf.google === 'pass') return good(spf);
  if (spf.reason === 'no-answer') {
    return notAnswered('spf', `Whether SPF of ${spf.domain} names Google as a sender`);
  }
  if (spf.reason === 'macro') return macro(spf);
  const { record, leftOut } = toPublish(spf);
  return {
    topic: 'spf',
    status: 'warning',
    code: 'spf-without-google',
    message: whatIsWrong(spf),
    hint: isMailProvider(spf.domain) ? ofProvider(spf.domain) : howToMend(record, leftOut, keeper),
    record: isMailProvider(spf.domain) ? null : record,
  };
}

/** The record that names Google, made of what is there. */
function toPublish({ domain, published }: SpfJudgement): {
  readonly record: DnsRecord;
  readonly leftOut: readonly string[];
} {
  const { value, leftOut } = spfToPublish(published);
  return { record: { name: domain, type: 'TXT', value, replaces: published }, leftOut };
}

function good({ domain, lookUps }: SpfJudgement): Finding {
  const more =
    lookUps <= LOOK_UPS_MAX
      ? ''
      : ` It needs ${lookUps} look-ups, and receivers stop after ${LOOK_UPS_MAX}: some count email by Google as failed too. Whoever runs the DNS can take senders out of it that are no longer used.`;
  return {
    topic: 'spf',
    status: more === '' ? 'good' : 'note',
    code: null,
    message: `SPF (the list of who may send email for ${domain}) names Google.${more}`,
    hint: '',
    record: null,
  };
}

function macro({ domain, detail }: SpfJudgement): Finding {
  return {
    topic: 'spf',
    status: 'unknown',
    code: 'dns-unknown',
    message: `SPF of ${domain} works out anew for each email who may send (${quoted(detail)}), so whether it names Google can’t be told from here.`,
    hint: SHOW_ORIGINAL,
    record: null,
  };
}

function whatIsWrong({ domain, reason, detail, published }: SpfJudgement): string {
  const other = detail === null || detail === domain ? '' : detail;
  const sentences: Readonly<Partial<Record<SpfReason, string>>> = {
    'no-record': `${domain} has no SPF record (the list of who may send email for it), so receivers can’t see that Google may.`,
    'sends-no-email': `SPF of ${domain} says that it sends no email at all (${quoted(published[0] ?? null)}), so receivers may refuse what Google sends for it.`,
    'two-records':
      other === ''
        ? `${domain} has ${published.length} SPF records. Only one is allowed: receivers then use none of them.`
        : `SPF of ${domain} refers to ${shown(other)}, which has more than one SPF record. Receivers then use none of it.`,
    'too-many-look-ups': `SPF of ${domain} needs more look-ups than the ${LOOK_UPS_MAX} that receivers make, and Google is not named among the first. Receivers then use none of it.`,
    unreadable: `SPF of ${domain}, or a record that it refers to, holds what receivers can’t read (${quoted(detail)}). They then use none of it.`,
    'empty-reference': `SPF of ${domain} refers to ${quoted(detail)}, where no SPF record is. Receivers then use none of it.`,
    addresses: `SPF of ${domain} lists addresses of Google’s one by one (${quoted(detail)}) instead of naming Google. Google changes its addresses without notice, and email then fails.`,
  };
  return (
    sentences[reason] ??
    `SPF of ${domain} (the list of who may send email for it) does not name Google, so email that Google sends for it looks false to receivers.`
  );
}

function howToMend(record: DnsRecord, leftOut: readonly string[], keeper: DnsKeeper): string {
  const { replaces, value } = record;
  const place =
    replaces.length === 0
      ? 'this TXT record'
      : `this TXT record in place of the SPF ${replaces.length === 1 ? 'record' : 'records'} of now`;
  return [
    `${whoKeeps(keeper)} can publish ${place}, at ${record.name}:`,
    `  ${value}`,
    ...(leftOut.length === 0
      ? []
      : [
          `Left out, because it can’t be read: ${leftOut.map(shown).join(' ')}. Put it right, or leave it out.`,
        ]),
  ].join('\n');
}

function ofProvider(domain: string): string {
  return `${domain} belongs to an email provider, which does not change it for one customer: use the Google account’s own address as the sender.`;
}

function quoted(text: string | null): string {
  return `"${shown(text ?? '').slice(0, 200)}"`;
}
