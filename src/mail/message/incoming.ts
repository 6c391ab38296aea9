/** Reads a message as programs hand it over: removes what must not be sent on, and accepts text without a header. */

import { isAscii, isUtf8 } from 'node:buffer';
import { parseRawMessage, type RawMessage } from './raw-message.js';

const LF = 0x0a;

/** The UTF-8 byte order mark, which editors on Windows put before a text. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** mbox files put such a line before each message (RFC 4155, appendix A); the date distinguishes it from a sentence. */
const MBOX_LINE =
  /^>*From \S+\s.*\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b.*\b\d\d?:\d\d\b/;
const FROM_LINE = /^>*From /;
const FIELD = /^[!-9;-~]+[ \t]*:/;

/** In bytes: longer than any line that is recognised by its form. */
const LOOK = 1_000;

/**
 * What servers write about one delivery. Left in, it would show the next recipient that delivery (the first two, and
 * Exim's Envelope-To, name people who may have been in Bcc), and RFC 5321 4.4 forbids senders to set Return-Path.
 */
const OF_TRANSPORT: ReadonlySet<string> = new Set([
  ...['delivered-to', 'x-original-to', 'envelope-to', 'return-path', 'delivery-date'],
  'content-length',
]);

/**
 * Parses a message and removes the fields that only transport writes. Drops a byte order mark and mbox lines before
 * the header, as sendmail, Postfix and Exim do.
 *
 * @param message with CRLF line ends
 * @param mayBeText whether text without a header counts as a body: where the recipients are known without one, as
 *   with sendmail, Postfix and Exim. If its first line has a colon as in a header line (not as in a time, 03:00), it
 *   may be a faulty header, so nothing is guessed.
 * @throws MailError `invalid-message`
 */
export function readIncoming(message: Buffer, mayBeText: boolean): RawMessage {
  let rest = message.subarray(0, 3).equals(MARK) ? message.subarray(3) : message;
  while (isMboxLine(rest)) rest = afterLine(rest);
  return mayBeText && isText(rest) ? asBody(rest) : withoutTransport(parseRawMessage(rest));
}

function withoutTransport(message: RawMessage): RawMessage {
  return { ...message, fields: message.fields.filter(({ name }) => !OF_TRANSPORT.has(name)) };
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

/** Text as a body: beyond ASCII it needs a charset (RFC 2045 6.2), or it arrives garbled. */
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
