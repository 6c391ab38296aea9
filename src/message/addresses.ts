/** Reads email addresses out of header fields and arguments. */

import addressparser from 'nodemailer/lib/addressparser';
import { isAddress } from '../sites/address.js';
import { addressFault } from './address-fault.js';
import { type GrammarFault, readByGrammar } from './address-grammar.js';
import { refusal } from './refusal.js';

/**
 * The addresses in an address list (RFC 5322 3.4), without their names; groups are opened. What the grammar
 * does not take is refused, never mended: a program that guesses mails to some and drops others in silence.
 * And what a mail program that guesses would read in another way is refused as well.
 *
 * @param where what it is, for the error: "The To line", "The recipient"
 * @throws MailError `invalid-recipient` for an entry that is not one whole address, and for a list that mail
 *   programs could read in different ways
 */
export function parseAddressList(text: string, where: string): string[] {
  const reading = readByGrammar(text);
  if ('fault' in reading) throw unreadable(where, reading.fault);
  const addresses = [...reading.addresses];
  for (const address of addresses) {
    if (!isAddress(address)) throw notAnAddress(where, address, addressFault(address));
  }
  // What is only a name there is a comment beside an address: the grammar knows no other.
  const guessed = addressparser(text, { flatten: true })
    .map(({ address }) => address)
    .filter((address) => address !== '');
  const at = addresses.findIndex((address, index) => address !== guessed[index]);
  if (at >= 0 || guessed.length !== addresses.length) {
    throw notAnAddress(
      where,
      addresses[Math.max(at, 0)] ?? text,
      'mail programs differ in how they read it',
    );
  }
  return addresses;
}

function unreadable(where: string, { entry, rest }: GrammarFault): Error {
  const next = /^([^,;:<>"@()]+)<([^,;:<>"()\s]+@[^,;:<>"()\s]+)>/.exec(rest);
  const isName = next !== null && entry !== '' && !/[@<>"();:]/.test(entry);
  if (!isName) {
    const bare = /<([^<>]*)>$/.exec(entry)?.[1] ?? entry;
    return notAnAddress(where, entry === '' ? rest : entry, addressFault(bare));
  }
  const [, name = '', address = ''] = next;
  return notAnAddress(
    where,
    entry,
    addressFault(entry),
    `If it is part of a name with a comma, put that name in quotation marks: "${shown(entry)}, ${shown(name.trim())}" <${shown(address)}>`,
  );
}

function notAnAddress(where: string, text: string, why: string, ...more: readonly string[]): Error {
  return refusal(
    'invalid-recipient',
    `${where} has ${JSON.stringify(shown(text))}, which is not a whole email address: ${why}.`,
    [
      ...more,
      'Correct it to a whole address, such as jane@harbour-physio.example. Between addresses stand commas.',
    ].join('\n'),
  );
}

/** What stands where addresses stand in a list, however it is written: whole addresses, and what is none. */
export function addressesIn(text: string): string[] {
  return addressparser(text, { flatten: true })
    .map(({ name, address }) => address || name)
    .filter((entry) => entry !== '');
}

/** The first address in an address list, however it is written, or null if there is none that can be used. */
export function firstAddress(text: string): string | null {
  const entries = addressparser(text, { flatten: true });
  return entries.map(({ address }) => address).find(isAddress) ?? null;
}

/**
 * The name in a list whose first entry is no whole address: `root (Cron Daemon)` names the Cron Daemon, `Logwatch`
 * itself. Empty where there is none.
 */
export function firstName(text: string): string {
  const [first] = addressparser(text, { flatten: true });
  const [, comment = ''] = /\(([^()\\]*)\)/.exec(text) ?? [];
  if (first === undefined) return comment.trim();
  return first.address === '' && comment.trim() !== '' ? comment.trim() : first.name;
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
