/** The message "Gmail Test Connection from WriteUpp": what it says, and the proof it carries. */

import { randomBytes, randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import MailComposer from 'nodemailer/lib/mail-composer';
import { splitAddress } from '../sites/address.js';
import { testMessageHtml, testMessageText } from './test-message-words.js';
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
  /** `migrate` asks for the reference to be typed; `test-connection` asks for nothing. */
  readonly asksForReference: boolean;
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
  const words = { ...facts, computer: hostname() };
  return new MailComposer({
    from: { name: facts.organisation, address: facts.from },
    to: { name: '', address: facts.to },
    subject: TEST_SUBJECT,
    date: facts.date,
    messageId: `<${randomBytes(16).toString('hex')}@${domain}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    text: testMessageText(words),
    html: testMessageHtml(words),
    newline: '\r\n',
  })
    .compile()
    .build();
}
