/** A message for a mail server that takes ASCII alone (no 8BITMIME, RFC 6152): encoded, or refused, never sent raw. */

import { isAscii, isUtf8 } from 'node:buffer';
import { encode as quotedPrintable, wrap } from 'nodemailer/lib/qp';
import { fieldsNamed, type HeaderField, type RawMessage, textValue } from './raw-message.js';
import { refusal } from './refusal.js';

/** RFC 2045 6.7: a line of quoted-printable has at most 76 characters. */
const LINE_LENGTH = 76;

/** Whether anything in the message is beyond ASCII. */
export function isEightBit({ fields, rest }: RawMessage): boolean {
  return !isAscii(rest) || fields.some(({ raw }) => !isAscii(raw));
}

/**
 * The message in ASCII: a text is encoded as quoted-printable, anything else in one part as base64. What has parts
 * is left alone: one of them may be signed.
 *
 * @param host the server, named in the error
 * @throws MailError `invalid-message` for what can't be encoded without being understood
 */
export function inAscii(message: RawMessage, host: string): RawMessage {
  if (!isEightBit(message)) return message;
  if (message.fields.some(({ raw }) => !isAscii(raw))) throw tooWide(host, 'header');
  const type = lastValue(message, 'content-type').toLowerCase();
  const encoding = lastValue(message, 'content-transfer-encoding').toLowerCase();
  if (/^(?:multipart|message)\//.test(type) || !['', '7bit', '8bit'].includes(encoding)) {
    throw tooWide(host, 'body');
  }
  const [lineEnd, body] = [message.rest.subarray(0, 2), message.rest.subarray(2)];
  const isText = type === '' || type.startsWith('text/');
  const encoded = isText ? wrap(quotedPrintable(body), LINE_LENGTH) : base64(body);
  const charset = isUtf8(body) ? 'utf-8' : 'iso-8859-1';
  const added = [
    ...(lastValue(message, 'mime-version') === '' ? ['MIME-Version: 1.0'] : []),
    ...(type === '' ? [`Content-Type: text/plain; charset=${charset}`] : []),
    `Content-Transfer-Encoding: ${isText ? 'quoted-printable' : 'base64'}`,
  ];
  const kept = message.fields.filter(({ name }) => name !== 'content-transfer-encoding');
  return {
    fields: [...kept, ...added.map(asField)],
    rest: Buffer.concat([lineEnd, Buffer.from(encoded, 'latin1')]),
  };
}

function base64(body: Buffer): string {
  return `${body.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')}\r\n`;
}

function asField(line: string): HeaderField {
  const name = line.slice(0, line.indexOf(':')).toLowerCase();
  return { name, raw: Buffer.from(`${line}\r\n`) };
}

function lastValue(message: RawMessage, name: string): string {
  const field = fieldsNamed(message, name).at(-1);
  return field === undefined ? '' : textValue(field).trim();
}

function tooWide(host: string, where: 'header' | 'body'): Error {
  return refusal(
    'invalid-message',
    `The ${where} of the message has characters beyond ASCII that are not encoded, and the email server ${host} takes none (it offers no 8BITMIME).`,
    'Whoever looks after the program that wrote the message can mend this: it should encode them (quoted-printable or base64, and RFC 2047 in the header).',
  );
}
