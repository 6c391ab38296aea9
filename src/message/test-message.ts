/** The message "Gmail Test Connection from WriteUpp": what it says, and the proof it carries. */

import { randomBytes, randomInt } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { splitAddress } from '../sites/address.js';
import { TEST_SUBJECT } from './test-subject.js';

/** What the message is about. */
export interface TestMessageFacts {
  readonly siteName: string;
  readonly organisation: string;
  /** The connected Google account: Gmail replaces any other From without a word. */
  readonly account: string;
  /** The address in From: the account's own, or one that it may send as. */
  readonly from: string;
  readonly to: string;
  readonly reference: string;
  readonly date: Date;
}

/** Letters that can't be mistaken for one another when they are read out on the phone. */
const LETTERS = 'ACDEFHJKMNPRTUWXY';

/** A short word for the phone, for example "KTM-472". */
export function newReference(): string {
  const letters = Array.from({ length: 3 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${letters}-${randomInt(100, 1000)}`;
}

/** The message as RFC 5322 text, CRLF line ends. */
export async function composeTestMessage(facts: TestMessageFacts): Promise<Buffer> {
  const [, domain] = splitAddress(facts.account);
  const paragraphs = testParagraphs(facts);
  return new MailComposer({
    from: { name: facts.organisation, address: facts.from },
    to: { name: '', address: facts.to },
    subject: TEST_SUBJECT,
    date: facts.date,
    messageId: `<${randomBytes(16).toString('hex')}@${domain}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    text: `${paragraphs.join('\n\n')}\n`,
    html: toHtml(paragraphs),
    newline: '\r\n',
  })
    .compile()
    .build();
}

function testParagraphs(facts: TestMessageFacts): string[] {
  return [
    `This test message shows that email for ${facts.organisation} can be sent through the Google account ${facts.account}.`,
    `Site: ${facts.siteName}\nGoogle account: ${facts.account}\nReference: ${facts.reference}`,
    'If you are on the phone with support, read them the reference.',
    'Go back to the window where you started and answer Yes: the message has arrived.',
    'Nobody needs to reply to this message. If you did not expect it, tell the person who looks after WriteUpp at your practice.',
  ];
}

function toHtml(paragraphs: readonly string[]): string {
  const body = paragraphs
    .map((paragraph) => `<p>${escapeHtml(paragraph).replaceAll('\n', '<br>\n')}</p>`)
    .join('\n');
  return (
    '<!doctype html>\n<html lang="en-GB">\n<head><meta charset="utf-8"><title>' +
    `${TEST_SUBJECT}</title></head>\n<body style="font-family:sans-serif;font-size:16px;line-height:1.5">\n` +
    `<h1 style="font-size:20px">${TEST_SUBJECT}</h1>\n${body}\n</body>\n</html>\n`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
