/** An RFC 5322 message as Gmail takes it apart: who gets it, and what is changed on the way. */
import { randomBytes } from 'node:crypto';
import { type AddressObject, type EmailAddress, type ParsedMail, simpleParser } from 'mailparser';
import type { Account } from './accounts.js';

/** The message taken apart, without the web pages and links that the parser can make of it: they take half its time. */
export function parseMail(raw: Buffer): Promise<ParsedMail> {
  return simpleParser(raw, { skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true });
}

export interface Recipients {
  /** Lower case, each once, in the order To, Cc, Bcc. */
  readonly addresses: readonly string[];
  /** The first header with something in it that is not an address. */
  readonly invalidHeader: 'To' | 'Cc' | 'Bcc' | undefined;
}

/** Gmail sends to whom the headers name: there is no envelope to say otherwise. */
export function recipientsOf({ to, cc, bcc }: ParsedMail): Recipients {
  const headers = [
    ['To', addressesIn(to)],
    ['Cc', addressesIn(cc)],
    ['Bcc', addressesIn(bcc)],
  ] as const;
  const invalid = headers.find(([, addresses]) => !addresses.every(isAddress));
  const all = headers.flatMap(([, addresses]) => addresses.map((one) => one.toLowerCase()));
  return { addresses: [...new Set(all)], invalidHeader: invalid?.[0] };
}

/**
 * The message as the recipients get it: without Bcc, with another Message-ID, and with the account's own address in
 * From if the message names one that is not set up, or not confirmed, in Gmail. Gmail does that silently.
 */
export function asDelivered(raw: Buffer, { from }: ParsedMail, account: Account): Buffer {
  const { fields, rest } = splitHeader(raw);
  const keepsFrom = mayBeSender(from, account);
  const kept = fields.filter(
    (field) =>
      !isField(field, 'bcc') &&
      !isField(field, 'message-id') &&
      (keepsFrom || !isField(field, 'from')),
  );
  const made = [
    `Message-ID: <CA${randomBytes(24).toString('base64url')}@mail.gmail.com>\r\n`,
    ...(keepsFrom ? [] : [`From: ${senderOf(account)}\r\n`]),
  ];
  return Buffer.concat([Buffer.from([...made, ...kept].join(''), 'latin1'), rest]);
}

function mayBeSender(from: AddressObject | undefined, account: Account): boolean {
  const confirmed = account.sendAs.filter((address) => !account.unconfirmed.includes(address));
  const own = [account.email, ...confirmed].map((address) => address.toLowerCase());
  const named = addressesIn(from);
  return named.length > 0 && named.every((address) => own.includes(address.toLowerCase()));
}

function senderOf({ name, email }: Account): string {
  const encoded = Buffer.from(name).toString('base64');
  return `${/^[\w .-]*$/.test(name) ? `"${name}"` : `=?UTF-8?B?${encoded}?=`} <${email}>`;
}

/** What stands in place of an address that is none is handed on too, for `isAddress` to refuse. */
function addressesIn(header: AddressObject | AddressObject[] | undefined): string[] {
  return [header ?? []].flat().flatMap(({ value }) => value.flatMap(flatten));
}

function flatten({ address, name, group }: EmailAddress): string[] {
  return group ? group.flatMap(flatten) : [address || name];
}

function isAddress(text: string): boolean {
  return /^[^\s@<>]+@[^\s@<>]+$/.test(text);
}

/** The header fields with their folded lines and line ends, and what follows them, untouched. */
function splitHeader(raw: Buffer): { readonly fields: readonly string[]; readonly rest: Buffer } {
  const ends = ['\r\n\r\n', '\n\n', '\r\r']
    .map((blank) => ({ at: raw.indexOf(blank), line: blank.length / 2 }))
    .filter(({ at }) => at >= 0)
    .map(({ at, line }) => at + line);
  const end = Math.min(raw.length, ...ends);
  const header = raw.subarray(0, end).toString('latin1');
  const lineEnd = '(?:\\r\\n|\\n|\\r|$)';
  const field = new RegExp(`[^\\r\\n]+${lineEnd}(?:[ \\t][^\\r\\n]*${lineEnd})*`, 'g');
  return { fields: header.match(field) ?? [], rest: raw.subarray(end) };
}

function isField(field: string, name: string): boolean {
  return field.slice(0, field.indexOf(':')).trim().toLowerCase() === name;
}
