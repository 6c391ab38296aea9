/** Encodes a single-part body for transport (RFC 2045 6): the reader sees no difference. */

import { isUtf8 } from 'node:buffer';
import { encode as quotedPrintable, wrap } from 'nodemailer/lib/qp';
import { fieldsNamed, type HeaderField, type RawMessage, textValue } from './raw-message.js';

/** RFC 2045 6.7: a quoted-printable line has at most 76 characters. */
export const LINE_LENGTH = 76;

/** The body, without the empty line before it. */
export function bodyOf({ rest }: RawMessage): Buffer {
  return rest.subarray(2);
}

/** Whether the body is plain text, which is also the default (RFC 2045 5.2). */
export function isPlainText(message: RawMessage): boolean {
  return /^(?:$|text\/plain\b)/.test(lastValue(message, 'content-type'));
}

/** Whether the body is a single part that is not encoded yet. */
export function isPlain(message: RawMessage): boolean {
  const encoding = lastValue(message, 'content-transfer-encoding');
  const isWhole = !/^(?:multipart|message)\//.test(lastValue(message, 'content-type'));
  return isWhole && ['', '7bit', '8bit'].includes(encoding);
}

/** The message with its body encoded: text as quoted-printable, anything else as base64. */
export function encoded(message: RawMessage): RawMessage {
  const body = bodyOf(message);
  const asText = /^(?:$|text\/)/.test(lastValue(message, 'content-type'));
  const content = asText ? wrap(quotedPrintable(body), LINE_LENGTH) : base64(body);
  const charset = isUtf8(body) ? 'utf-8' : 'iso-8859-1';
  const isMissing = (name: string) => lastValue(message, name) === '';
  const added = [
    ...(isMissing('mime-version') ? ['MIME-Version: 1.0'] : []),
    ...(isMissing('content-type') ? [`Content-Type: text/plain; charset=${charset}`] : []),
    `Content-Transfer-Encoding: ${asText ? 'quoted-printable' : 'base64'}`,
  ];
  const kept = message.fields.filter(({ name }) => name !== 'content-transfer-encoding');
  return {
    fields: [...kept, ...added.map(asField)],
    rest: Buffer.concat([message.rest.subarray(0, 2), Buffer.from(content, 'latin1')]),
  };
}

function base64(body: Buffer): string {
  return `${body.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')}\r\n`;
}

function asField(line: string): HeaderField {
  const name = line.slice(0, line.indexOf(':')).toLowerCase();
  return { name, raw: Buffer.from(`${line}\r\n`) };
}

/** In lower case: types and encodings are case-insensitive. */
function lastValue(message: RawMessage, name: string): string {
  const field = fieldsNamed(message, name).at(-1);
  return field === undefined ? '' : textValue(field).trim().toLowerCase();
}
