/** Reads email addresses from header fields and arguments. */

import addressparser from 'nodemailer/lib/addressparser';
import { isAddress } from '../../sites/address.js';
import { addressFault } from './address-fault.js';
import { type GrammarFault, readByGrammar } from './address-grammar.js';
import { refusal } from './refusal.js';

/**
 * The addresses in an address list (RFC 5322 3.4), without their names; groups are expanded. What the grammar
 * does not allow is refused, never fixed: a program that guesses mails some people and silently drops others.
 * A list that a lenient mail program would read differently is refused as well.
 *
 * @param where what the list is, for the error: "The To line", "The recipient"
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
  // An entry with only a name is a comment next to an address: the grammar has no other such case.
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

/** Every entry in a list that stands for an address, read leniently: whole addresses, and anything else. */
export function addressesIn(text: string): string[] {
  return addressparser(text, { flatten: true })
    .map(({ name, address }) => address || name)
    .filter((entry) => entry !== '');
}

/** The first usable address in a list, read leniently, or null. */
export function firstAddress(text: string): string | null {
  const entries = addressparser(text, { flatten: true });
  return entries.map(({ address }) => address).find(isAddress) ?? null;
}

/**
 * The name in a list whose first entry is not a whole address: "Cron Daemon" in `root (Cron Daemon)`, "Logwatch" in
 * `Logwatch`. Empty if there is none.
 */
export function firstName(text: string): string {
  const [first] = addressparser(text, { flatten: true });
  const [, comment = ''] = /\(([^()\\]*)\)/.exec(text) ?? [];
  if (first === undefined) return comment.trim();
  return first.address === '' && comment.trim() !== '' ? comment.trim() : first.name;
}

/** Each address once, ignoring case; the first spelling is kept. */
export function distinct(addresses: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) {
    const key = address.toLowerCase();
    if (!seen.has(key)) seen.set(key, address);
  }
  return [...seen.values()];
}

/** The addresses that are not among the others, ignoring case. */
export function without(addresses: readonly string[], others: readonly string[]): string[] {
  const keys = new Set(others.map((address) => address.toLowerCase()));
  return addresses.filter((address) => !keys.has(address.toLowerCase()));
}

function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, 100);
}
