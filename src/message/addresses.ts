/** Reads email addresses out of header fields and arguments. */

import addressparser from 'nodemailer/lib/addressparser';
import { isAddress } from '../sites/address.js';
import { refusal } from './refusal.js';

/**
 * The addresses in an address list (RFC 5322 3.4), without their names; groups are opened.
 *
 * @param where what it is, for the error: "The To line", "The recipient"
 * @throws MailError `invalid-recipient` for an entry that is not one whole address, and for a list that mail
 *   programs could read in different ways
 */
export function parseAddressList(text: string, where: string): string[] {
  const entries = addressparser(text, { flatten: true });
  const addresses = entries.map(({ name, address }) => {
    if (isAddress(address)) return address;
    throw notAnAddress(where, address || name);
  });
  // Two addresses without a comma: the parser would take one of them and drop the other.
  if (countAddresses(text) !== addresses.length) throw notAnAddress(where, text);
  return addresses;
}

/** Quoted strings, and comments without comments in them (RFC 5322 3.2.2, 3.2.4). */
const QUOTED_OR_COMMENT = /"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)/gs;

/** Deeper comments are not worth reading: what is left of them counts, and the list is refused. */
const COMMENT_DEPTH = 5;

/** How many addresses stand in a list outside names and comments, told by their @. */
function countAddresses(text: string): number {
  let bare = text;
  for (let depth = 0; depth < COMMENT_DEPTH; depth += 1) bare = bare.replace(QUOTED_OR_COMMENT, '');
  // A name in front of angle brackets is often an address too, without the quotation marks it should have.
  return bare.replace(/[^,;:<>]*<([^<>]*)>/g, '$1').split('@').length - 1;
}

function notAnAddress(where: string, text: string): Error {
  return refusal(
    'invalid-recipient',
    `${where} has ${JSON.stringify(shown(text))}, which is not a whole email address.`,
    'Correct it to a whole address, such as jane@harbour-physio.example. A user name of this computer, such as root, is none.',
  );
}

/** The first address in an address list, or null if there is none that can be used. */
export function firstAddress(text: string): string | null {
  const entries = addressparser(text, { flatten: true });
  return entries.map(({ address }) => address).find(isAddress) ?? null;
}

/** Each address once, whatever its case; the first spelling stays. */
export function distinct(addresses: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) {
    const key = address.toLowerCase();
    if (!seen.has(key)) seen.set(key, address);
  }
  return [...seen.values()];
}

/** Those addresses that are not among others, whatever their case. */
export function without(addresses: readonly string[], others: readonly string[]): string[] {
  const keys = new Set(others.map((address) => address.toLowerCase()));
  return addresses.filter((address) => !keys.has(address.toLowerCase()));
}

function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, 100);
}
