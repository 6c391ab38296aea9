/** A message for a mail server that accepts ASCII only (no 8BITMIME, RFC 6152): encoded or refused, never sent raw. */

import { isAscii } from 'node:buffer';
import type { RawMessage } from './raw-message.js';
import { refusal } from './refusal.js';
import { encoded, isPlain } from './transfer-encoding.js';

export function isEightBit({ fields, rest }: RawMessage): boolean {
  return !isAscii(rest) || fields.some(({ raw }) => !isAscii(raw));
}

/**
 * The message in ASCII: text is encoded as quoted-printable, any other single part as base64. A multipart message
 * is left alone: one of its parts may be signed.
 *
 * @param host the server, named in the error
 * @throws MailError `invalid-message` for a message that can't be encoded without parsing its parts
 */
export function inAscii(message: RawMessage, host: string): RawMessage {
  if (!isEightBit(message)) return message;
  if (message.fields.some(({ raw }) => !isAscii(raw))) throw tooWide(host, 'header');
  if (!isPlain(message)) throw tooWide(host, 'body');
  return encoded(message);
}

function tooWide(host: string, where: 'header' | 'body'): Error {
  return refusal(
    'invalid-message',
    `The ${where} of the message has characters beyond ASCII that are not encoded, and the email server ${host} takes none (it offers no 8BITMIME).`,
    'The maker of the program that wrote the message can fix this: it should encode them (quoted-printable or base64, and RFC 2047 in the header).',
  );
}
