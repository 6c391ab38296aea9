/** Messages made to take long: the time that a header takes grows with its length, and not with its square. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../../src/errors.js';
import { readIncoming } from '../../../src/mail/message/incoming.js';
import { envelopeRecipients, gmailRecipients } from '../../../src/mail/message/recipients.js';
import { completed, forGmail, forSmtp, forWriteUpp } from '../../../src/mail/message/rewrite.js';

const BYTES = 200_000;
/** In milliseconds of the processor: what grows with the square takes more than twice that, and what does not a tenth. */
const MOST_MS = 2_500;

const SENDER = { organisation: 'Harbour', address: 'info@harbour.example', name: null };
const ASKED = { fromHeader: true, addresses: [] };
const TO = 'To: pat@patient.example\r\n';

const filled = (start: string, piece: string, end = '') =>
  `${start}${piece.repeat(Math.ceil(BYTES / piece.length))}${end}`;

test.each<[string, string]>([
  ['a field with one blank folded line', filled('X: a\r\n \r\n', ' x\r\n')],
  ['blank folded lines', filled('X: a\r\n', ' \t\r\n', ' b\r\n')],
  ['folded lines', filled('X: a\r\n', ' b\r\n')],
  ['many To lines', filled('', 'To: a@b.example\r\n')],
  ['many Bcc lines', filled('', 'Bcc: a@b.example\r\n')],
  ['many From lines', filled('', 'From: a@b.example\r\n')],
  ['many Reply-To lines', filled('From: a@b.example\r\n', 'Reply-To: a@b.example\r\n')],
  ['a long list', filled('To: ', 'a@b.example,', '\r\n')],
  ['open comments', filled('To: a@b.example ', '(', '\r\n')],
  ['comments within comments', filled('To: a@b.example ', '(', `${')'.repeat(BYTES)}\r\n`)],
  ['an open quotation of quotation marks', filled('To: ', '\\"', '\r\n').replace('To: ', 'To: "')],
  ['quotations broken by a control character', filled('To: "', '\\"', '\x01\r\n')],
  ['many quotation marks', filled('To: ', '"', 'a@b.example\r\n')],
  ['many quoted words', filled('To: ', '"a" ', '<a@b.example>\r\n')],
  ['open literals', filled('To: a@', '[', '\r\n')],
  ['a group with an open comment', filled('To: g: a@b.example; (', '\\(', '\r\n')],
  ['a group with many quotation marks', filled('To: g: a@b.example; x ', '\\"', '\r\n')],
  ['a long name', filled('To: ', 'a ', '<a@b.example>\r\n')],
  ['many dots', filled('To: ', 'a.', 'a@b.example\r\n')],
  ['a long name of a field', filled('', 'a', ' : x\r\n')],
  ['white space before the colon', filled('To', ' ', ': a@b.example\r\n')],
  ['From with open comments', filled('From: root ', '(', '\r\n')],
  ['mbox lines', filled('', 'From a@b.example Mon Nov 16 09:30:00 2026\r\n')],
  ['a text without a header', filled('', 'x ', '\r\n')],
])('%s', (_name, header) => {
  const bytes = Buffer.from(`${header}${/^To/m.test(header) ? '' : TO}\r\nx\r\n`, 'latin1');
  const started = process.cpuUsage();
  const attempt = <T>(step: () => T): T | null => {
    try {
      return step();
    } catch (error) {
      if (error instanceof MailError) return null;
      throw error;
    }
  };
  const message = attempt(() => readIncoming(bytes, true));
  if (message !== null) {
    attempt(() => gmailRecipients(message, ASKED));
    attempt(() => envelopeRecipients(message, ASKED));
    attempt(() => forGmail(message, SENDER, ['more@patient.example']));
    forSmtp(message, SENDER);
    forWriteUpp(message, SENDER, null);
    completed(message, SENDER.address, new Date());
  }
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(MOST_MS);
});
