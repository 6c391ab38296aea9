/** Reads email addresses out of header fields and arguments. */

import addressparser from 'nodemailer/lib/addressparser';
import { isAddress } from '../sites/address.js';
import { refusal } from './refusal.js';

/**
 * The addresses in an address list (RFC 5322 3.4), without their names; groups are opened.
 *
 * @param where what it is, for the error: "The To line", "The recipient"
 * @throws MailError `invalid-recipient` for an entry that is not one whole address
 */
export function parseAddressList(text: string, where: string): string[] {
  return addressparser(text, { flatten: true }).map(({ name, address }) => {
    if (isAddress(address)) return address;
    throw refusal(
      'invalid-recipient',
      `${where} has ${JSON.stringify(shown(address || name))}, which is not a whole email address.`,
      'Correct it to a whole address, such as jane@harbour-physio.example. A user name of this computer, such as root, is none.',
    );
  });
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
