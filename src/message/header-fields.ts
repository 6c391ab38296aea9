/** Makes the few header fields that the program writes itself. */

import { encodeWord, quoteString } from 'nodemailer/lib/mime-funcs';
import type { HeaderField } from './raw-message.js';

/** RFC 2047 section 2: an encoded word has at most 75 characters; this many bytes fit into one. */
const ENCODED_WORD_BYTES = 52;

/** A From or Reply-To field with a name. The name can't end the field: it is quoted, or encoded. */
export function mailboxField(
  fieldName: 'From' | 'Reply-To',
  displayName: string,
  address: string,
): HeaderField {
  return field(fieldName, ` ${phrase(displayName)} <${address}>`);
}

/** A field with a list of bare addresses, one a line. */
export function addressesField(
  fieldName: 'Bcc' | 'Reply-To',
  addresses: readonly string[],
): HeaderField {
  return field(fieldName, ` ${addresses.join(',\r\n ')}`);
}

/** A Reply-To field with the raw value of another field: folded lines and all, nothing decoded. */
export function replyToField(value: Buffer): HeaderField {
  return { name: 'reply-to', raw: Buffer.concat([Buffer.from('Reply-To:'), withLineEnd(value)]) };
}

function field(name: string, value: string): HeaderField {
  return { name: name.toLowerCase(), raw: Buffer.from(`${name}:${value}\r\n`) };
}

/** RFC 5322 3.2.5: a quoted string, or encoded words where there is more than ASCII. */
function phrase(name: string): string {
  const plain = name.replace(/\p{Cc}+/gu, ' ').trim();
  if (/^[ -~]*$/.test(plain)) return quoteString(plain);
  return encodeWord(plain, 'B', ENCODED_WORD_BYTES).replaceAll('?= =?', '?=\r\n =?');
}

/** The last line of a message that is nothing but a header may have none. */
function withLineEnd(value: Buffer): Buffer {
  return value.at(-1) === 0x0a ? value : Buffer.concat([value, Buffer.from('\r\n')]);
}
