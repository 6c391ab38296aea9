/** Builds the few header fields that the program writes itself. */

import { randomBytes } from 'node:crypto';
import { encodeWord, quoteString } from 'nodemailer/lib/mime-funcs';
import { splitAddress } from '../../sites/address.js';
import { type HeaderField, rawValue } from './raw-message.js';

/** RFC 2047 section 2: an encoded word has at most 75 characters; this many bytes fit in one. */
const ENCODED_WORD_BYTES = 52;

/** More than any name needs; RFC 5322 2.1.1: a line has at most 998 characters. */
const NAME_MAX = 200;

/** A From field; the name may be empty. It is quoted or encoded, so it can't end the field. */
export function fromField(name: string, address: string): HeaderField {
  return mailboxField(phrase(name), address);
}

/** A From field with a name taken from another field; encoded words in it are kept as they are. */
export function fromFieldNamedAs(name: string, address: string): HeaderField {
  const shown = name.slice(0, NAME_MAX).trim();
  return mailboxField(ENCODED_WORDS.test(shown) ? shown : phrase(shown), address);
}

/** RFC 5322 3.6.1 and 3.3, in universal time: 'Wed, 25 Nov 2026 01:07:41 +0000'. */
export function dateField(date: Date): HeaderField {
  return field('Date', ` ${date.toUTCString().replace('GMT', '+0000')}`);
}

/** A new Message-ID (RFC 5322 3.6.4), at the domain of an address. */
export function messageIdField(address: string): HeaderField {
  return field('Message-ID', ` <${randomBytes(16).toString('hex')}@${splitAddress(address)[1]}>`);
}

/** A field with a list of bare addresses, one per line. */
export function addressesField(
  fieldName: 'To' | 'Bcc' | 'Reply-To',
  addresses: readonly string[],
): HeaderField {
  return field(fieldName, ` ${addresses.join(',\r\n ')}`);
}

/** An address list field rewritten on one line. */
export function listField({ name }: HeaderField, list: string): HeaderField {
  return field(shownName(name), ` ${list}`);
}

/** Joins the lists of several fields of the same name in one field, raw value after raw value. */
export function joinedList(fields: readonly [HeaderField, ...HeaderField[]]): HeaderField {
  const values = fields.map((field) => rawValue(field).toString('latin1').trim());
  const list = values.filter((value) => value !== '').join(',\r\n ');
  const { name } = fields[0];
  return { name, raw: Buffer.from(`${shownName(name)}: ${list}\r\n`, 'latin1') };
}

/** A Reply-To field with the raw value of another field: folded lines included, nothing decoded. */
export function replyToField(value: Buffer): HeaderField {
  return { name: 'reply-to', raw: Buffer.concat([Buffer.from('Reply-To:'), withLineEnd(value)]) };
}

function shownName(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function mailboxField(name: string, address: string): HeaderField {
  return field('From', name === '""' ? ` ${address}` : ` ${name} <${address}>`);
}

function field(name: string, value: string): HeaderField {
  return { name: name.toLowerCase(), raw: Buffer.from(`${name}:${value}\r\n`) };
}

/** Encoded words and nothing else (RFC 2047 section 2): in quotation marks they would not be decoded. */
const ENCODED_WORDS = /^=\?[^?\s]+\?[bq]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bq]\?[^?\s]*\?=)*$/i;

/** RFC 5322 3.2.5: a quoted string, or encoded words for a name that is not ASCII or does not fit on a line. */
function phrase(name: string): string {
  const plain = name.replace(/\p{Cc}+/gu, ' ').trim();
  if (/^[ -~]*$/.test(plain) && plain.length <= NAME_MAX) return quoteString(plain);
  return encodeWord(plain, 'B', ENCODED_WORD_BYTES).replaceAll('?= =?', '?=\r\n =?');
}

/** The last line of a message that is only a header may lack its line end. */
function withLineEnd(value: Buffer): Buffer {
  return value.at(-1) === 0x0a ? value : Buffer.concat([value, Buffer.from('\r\n')]);
}
