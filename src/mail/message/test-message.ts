/** The message "Gmail Test Connection from WriteUpp": what it says, and the proof it carries. */

import { isAscii } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { domainToASCII } from 'node:url';
import { encode as quotedPrintable, wrap } from 'nodemailer/lib/qp';
import { splitAddress } from '../../sites/address.js';
import { addressesField, dateField, fromField, messageIdField } from './header-fields.js';
import { testMessageHtml, testMessageText } from './test-message-words.js';
import { TEST_SUBJECT } from './test-subject.js';
import { LINE_LENGTH } from './transfer-encoding.js';

export interface TestMessageFacts {
  readonly siteName: string;
  readonly organisation: string;
  /** The connected Google account: Gmail silently replaces any other From. */
  readonly account: string;
  /** The address in From: the account's own, or one that it may send as. */
  readonly from: string;
  readonly to: string;
  readonly reference: string;
  readonly date: Date;
  /** `migrate` asks for the reference immediately; after `test-connection` it may ask later. */
  readonly isForSwitch: boolean;
  readonly hasSmtp: boolean;
}

/** Letters that can't be confused with one another when read out on the phone. */
const LETTERS = 'ACDEFHJKMNPRTUWXY';

/**
 * A short word for the phone, for example "KTM-472".
 *
 * @param of what identifies this message: the same values give the same reference. If a message is sent again because
 *   a run was killed before it knew that the first was accepted, both carry the same reference, and either one counts.
 */
export function referenceOf(of: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(of)).digest();
  // Two bytes per letter and four for the number, so that none is noticeably likelier than another.
  const letters = [0, 2, 4].map((at) => LETTERS[bytes.readUInt16BE(at) % LETTERS.length]).join('');
  return `${letters}-${100 + (bytes.readUInt32BE(6) % 900)}`;
}

/**
 * The message as RFC 5322 text with CRLF line ends: plain text and HTML as alternatives. It is composed synchronously:
 * nodemailer uses a dozen streams, which a run over thousands of sites would wait for.
 */
export function composeTestMessage(facts: TestMessageFacts): Buffer {
  const words = { ...facts, computer: hostname() };
  const boundary = randomBytes(16).toString('hex');
  const part = (type: 'plain' | 'html', content: string) =>
    `--${boundary}\r\nContent-Type: text/${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n` +
    `${wrap(quotedPrintable(content.replace(/\r\n|\r|\n/g, '\r\n')), LINE_LENGTH)}\r\n`;
  return Buffer.concat([
    Buffer.from('Auto-Submitted: auto-generated\r\n'),
    fromField(facts.organisation, withAsciiDomain(facts.from)).raw,
    addressesField('To', [withAsciiDomain(facts.to)]).raw,
    Buffer.from(`Subject: ${TEST_SUBJECT}\r\n`),
    messageIdField(withAsciiDomain(facts.account)).raw,
    dateField(facts.date).raw,
    Buffer.from(
      `MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n` +
        `${part('plain', testMessageText(words))}${part('html', testMessageHtml(words))}--${boundary}--\r\n`,
    ),
  ]);
}

/** Older mail programs understand an internationalised domain only in its ASCII form (RFC 5890). */
function withAsciiDomain(address: string): string {
  const [local, domain] = splitAddress(address);
  return isAscii(Buffer.from(domain)) ? address : `${local}@${domainToASCII(domain)}`;
}
