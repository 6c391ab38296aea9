/** A message, ready to forward, that asks the person who runs a domain's DNS for the missing records. */

import { paragraph } from '../text/paragraph.js';
import type { DeliveryReport } from './delivery-report.js';
import { ADMIN_PAGE } from './dkim.js';
import { type DnsRecord, shown } from './finding.js';

/** The most bytes that one string of a TXT record can hold (RFC 1035, section 3.3.14). */
const STRING_MAX = 255;

/**
 * The note as plain text. No line is longer than 78 characters except records, which must stay whole. Null if no record
 * would fix anything.
 *
 * @param practice the practice's name
 */
export function dnsNote(report: DeliveryReport, practice: string): string | null {
  const { subject, verdict, findings } = report;
  const records = findings.flatMap(({ topic, record }) =>
    record === null || topic === 'dmarc' ? [] : [record],
  );
  if (records.length === 0) return null;
  const domains = [...new Set([subject.senderDomain.name, subject.accountDomain.name])];
  const account = subject.account === null ? '' : ` (${subject.account})`;
  const sections = [
    `Subject: Please change the DNS of ${domains.join(' and ')}, so that our email arrives`,
    'Hello,',
    paragraph(
      `We send the email of ${practice} to our patients through our Google account${account}, as ${subject.sender}. Part of what tells receivers that Google may do that is missing in our DNS. Please could you publish the following?`,
    ),
    ...records.map((record, index) => asked(record, `${index + 1}. `)),
    paragraph(
      verdict.outcome === 'fails'
        ? 'It is urgent: as it is, this email fails DMARC, and appointment reminders, invoices and messages may not reach our patients.'
        : 'Without it, appointment reminders, invoices and messages to our patients may end in junk folders.',
    ),
    'Please leave every other record as it is, and tell us when it is done.',
    'Thank you.',
  ];
  return `${sections.join('\n\n')}\n`;
}

function asked(record: DnsRecord, number: string): string {
  return record.value === null ? askedKey(record, number) : askedSpf(record, record.value, number);
}

function askedSpf({ name, replaces }: DnsRecord, value: string, number: string): string {
  const instead =
    replaces.length === 0
      ? ['   There is no SPF record now.']
      : [
          `   in place of the SPF ${replaces.length === 1 ? 'record' : 'records'} of now, of which only one is allowed:`,
          ...replaces.map((one) => `     ${shown(one)}`),
        ];
  return [
    `${number}SPF, a TXT record at ${name}:`,
    `     ${shown(value)}`,
    ...instead,
    ...(value.length > STRING_MAX
      ? [
          paragraph(
            'It is longer than 255 characters: split it into two strings of one record.',
            '   ',
          ),
        ]
      : []),
    paragraph('Google: https://support.google.com/a/answer/33786', '   '),
  ].join('\n');
}

function askedKey({ name }: DnsRecord, number: string): string {
  return [
    `${number}DKIM, a TXT record at ${name}:`,
    paragraph(
      `Our Google Workspace administrator makes its value (admin.google.com, ${ADMIN_PAGE}, "Generate new record"), and presses "Start authentication" there once the record is published.`,
      '   ',
    ),
    paragraph('Google: https://support.google.com/a/answer/180504', '   '),
  ].join('\n');
}
