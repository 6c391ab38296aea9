/** A message as programs hand it over: what some of them put before its header is taken off, and text alone is taken. */

import { isAscii, isUtf8 } from 'node:buffer';
import { parseRawMessage, type RawMessage } from './raw-message.js';
import { refusal } from './refusal.js';

const LF = 0x0a;

/** The byte order mark of UTF-8, which editors on Windows put before a text. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** mbox files put such a line before each message (RFC 4155, appendix A); its date tells it from a sentence. */
const MBOX_LINE =
  /^>*From \S+\s.*\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b.*\b\d\d?:\d\d\b/;
const FROM_LINE = /^>*From /;
const FIELD = /^[!-9;-~]+[ \t]*:/;

/** Longer than any line that is told by its look, in bytes. */
const LOOK = 1_000;

/**
 * Tells a message apart. Dropped before its header: a byte order mark, and mbox lines, as sendmail, Postfix and
 * Exim drop them.
 *
 * @param message with CRLF line ends
 * @param mayBeText whether text without a header counts as a body: where the recipients are known without one, as
 *   with sendmail, Postfix and Exim. A text whose first line has a colon as a header line has it (not as a time has,
 *   03:00) may be a header with a fault: nothing is guessed.
 * @throws MailError `invalid-message`
 */
export function readIncoming(message: Buffer, mayBeText: boolean): RawMessage {
  if (isUtf16(message)) throw inUtf16();
  let rest = message.subarray(0, 3).equals(MARK) ? message.subarray(3) : message;
  while (isMboxLine(rest)) rest = afterLine(rest);
  return mayBeText && isText(rest) ? asBody(rest) : parseRawMessage(rest);
}

function isMboxLine(message: Buffer): boolean {
  const line = firstLine(message);
  if (!FROM_LINE.test(line) || FIELD.test(line)) return false;
  return MBOX_LINE.test(line) || FIELD.test(firstLine(afterLine(message)));
}

function isText(message: Buffer): boolean {
  const line = firstLine(message);
  return line !== '' && !FIELD.test(line) && !/:(?:\s|$)/.test(line);
}

/** A body of text: what is beyond ASCII has to be named (RFC 2045 6.2), or it arrives as something else. */
function asBody(text: Buffer): RawMessage {
  const type = isAscii(text) ? null : typeOf(text);
  const lines =
    type === null
      ? []
      : [
          'MIME-Version: 1.0',
          `Content-Type: text/plain; charset=${type}`,
          'Content-Transfer-Encoding: 8bit',
        ];
  const header = lines.map((line) => `${line}\r\n`).join('');
  return {
    ...parseRawMessage(Buffer.from(header)),
    rest: Buffer.concat([Buffer.from('\r\n'), text]),
  };
}

function typeOf(text: Buffer): string {
  return isUtf8(text) ? 'utf-8' : 'iso-8859-1';
}

function firstLine(message: Buffer): string {
  const end = message.indexOf(LF);
  const line = message.subarray(0, end === -1 ? message.length : end).subarray(0, LOOK);
  return line.toString('latin1').replace(/\r$/, '');
}

function afterLine(message: Buffer): Buffer {
  const end = message.indexOf(LF);
  return message.subarray(end === -1 ? message.length : end + 1);
}

/** UTF-16 is no form of email, and every other byte of it is a NUL. */
function isUtf16(message: Buffer): boolean {
  const [first, second] = message;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function inUtf16(): Error {
  return refusal(
    'invalid-message',
    'The message is written in UTF-16 (its first two bytes, a byte order mark, say so), and email is not.',
    'Save it as UTF-8 or plain text. In Windows PowerShell: … | Out-File -Encoding ascii message.eml',
  );
}
