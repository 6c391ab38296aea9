/**
 * Redacts text for a support bundle. What stays: names of providers that anybody can use, error codes, numbers. What
 * goes: who people and practices are. Of an address, only the domain stays, and only if it is a provider's; a
 * practice's own domain becomes "domain-1", its own server "host-1"; a site and its practice become "site 1"; the user
 * name of a login becomes "user"; the home folder becomes "~". The text contains no secrets: no check puts one into a
 * message.
 */

import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { isAddress, splitAddress } from '../sites/address.js';
import type { Site } from '../sites/site.js';
import { SITE_FIELDS } from '../sites/site-fields.js';
import { siteKey } from '../sites/site-name.js';

/** An address anywhere, including fragments of a malformed one. */
const ADDRESS = /[^\s<>()"“”'’:,;=@]+@(?=[\p{L}\p{N}])/gu;

export interface RedactedFacts {
  /** The names on record, including those whose record can't be read. */
  readonly names: readonly string[];
  readonly sites: readonly Site[];
  /** The person's home folder. */
  readonly userHome: string;
  /** The person's user name on this computer, removed wherever a path contains it. */
  readonly userName: string;
  /** Names of this computer, and of servers in the settings: a database, a web proxy. */
  readonly hosts: readonly string[];
  /** Whether a domain or a mail server is one that anybody can use. */
  isPublic(domain: string): boolean;
}

/** Makes the function that redacts a text. */
export function redaction(facts: RedactedFacts): (text: string) => string {
  const { names, sites, userHome, userName } = facts;
  const words = new Map<string, string>();
  const ordinary = new Map<string, string>();
  const take = (word: string, alias: string) => {
    const known = isOrdinary(word) ? ordinary : words;
    for (const one of spellings(word)) known.set(one, alias);
  };
  const byKey = new Map(sites.map((site) => [siteKey(site.name), site]));
  for (const [index, name] of names.entries()) {
    const key = siteKey(name);
    const alias = `site ${index + 1}`;
    take(key, alias);
    const site = byKey.get(key);
    if (site === undefined) continue;
    take(site.name, alias);
    take(site.organisation, alias);
    const user = site.smtp?.user;
    if (user != null && !isAddress(user)) take(user, 'user');
  }
  const pattern = patternOf(words, '(?<![\\p{L}\\p{N}])', '(?![\\p{L}\\p{N}])');
  const alone = patternOf(ordinary, '(?<=["“(])', '(?=["”)])');
  const domains = domainsOf(facts);
  // Also matches the end of a longer domain; a full stop may follow.
  const domain = patternOf(domains, '(?<![\\p{L}\\p{N}-])', '(?!\\.?[\\p{L}\\p{N}-])');
  const inPath =
    userName === ''
      ? null
      : new RegExp(`(?<=[/\\\\])${escaped(userName)}(?![\\p{L}\\p{N}_.-])`, 'giu');
  return (text) => {
    let left = userHome.length > 1 ? text.replaceAll(userHome, '~') : text;
    if (inPath !== null) left = left.replace(inPath, 'user');
    left = left.replace(ADDRESS, '…@');
    if (domain !== null)
      left = left.replace(domain, (found) => aliasOf(domains, found) ?? 'domain');
    if (alone !== null) left = left.replace(alone, (found) => aliasOf(ordinary, found) ?? 'site');
    return pattern === null ? left : replaceOutsideDomains(left, pattern, words);
  };
}

/**
 * Words that a report is made of. They do not identify a practice, or a user of a mail server, that is called by one of
 * them, and removing them everywhere would leave nothing to read: such a name is removed only where it stands alone, in
 * quotes or brackets.
 */
const ORDINARY = new Set(
  `a about account address after all an and any are as at be because been before but by can certificate check checks
  checked computer connected connection could database did dns do does domain email expired file files folder for found
  from gmail google had has have held here how if in instead into is it its login made mail may message minutes more
  most name network no node none not nothing now of off old on one only open or other out outside own passed password
  passwords people permission port practice program records refused report run runs said says secrets seconds send
  sending server set settings should site sites smtp so some starttls still store stored support system test than that
  the their them then there these they this time tls to told took try two up use used user version vault was what when
  where which who will with works writeupp year years yet you your`.split(/\s+/),
);

/** A short number identifies nobody either: ports, days and counts are such numbers. */
function isOrdinary(word: string): boolean {
  return ORDINARY.has(word.toLowerCase()) || /^(?:.|\p{N}{1,4})$/u.test(word);
}

/**
 * A word as it may be spelled in a text. Case-insensitive matching misses letters whose lower case is two characters
 * (İ), and accented letters can be composed or decomposed.
 */
function spellings(word: string): Set<string> {
  const lower = word.toLowerCase();
  if (Buffer.byteLength(word) === word.length) return new Set([lower]);
  const cases = [word, lower, word.toUpperCase()];
  return new Set(cases.flatMap((one) => [one.normalize('NFC'), one.normalize('NFD')]));
}

function aliasOf(words: ReadonlyMap<string, string>, found: string): string | undefined {
  return words.get(found) ?? words.get(found.toLowerCase());
}

/** The alias of each domain and server that would identify the practice, also in its DNS form. */
function domainsOf({ sites, hosts, isPublic }: RedactedFacts): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const take = (name: string, alias: string) => {
    for (const one of [...spellings(name), domainToASCII(name)])
      if (one !== '') found.set(one, alias);
  };
  const fields = SITE_FIELDS.filter(({ isUsuallyAddress }) => isUsuallyAddress);
  const addresses = sites.flatMap((site) => [
    ...fields.map(({ get }) => get(site) as string | null),
    site.gmail?.email,
  ]);
  let count = 0;
  for (const address of addresses) {
    const name = address == null ? '' : splitAddress(address)[1];
    if (!address?.includes('@') || aliasOf(found, name) !== undefined) continue;
    if (isPublic(name.toLowerCase())) continue;
    count += 1;
    take(name, `domain-${count}`);
  }
  const known = [...found.keys()];
  count = 0;
  const mailServers = sites.flatMap(({ smtp }) => (smtp === null ? [] : [smtp.host]));
  for (const host of [...mailServers.filter((one) => !isPublic(one.toLowerCase())), ...hosts]) {
    const name = host.toLowerCase();
    const isCovered = known.some((one) => name === one || name.endsWith(`.${one}`));
    if (isCovered || found.has(name) || name === 'localhost' || isIP(name) !== 0) continue;
    count += 1;
    take(name, `host-${count}`);
  }
  return found;
}

/** Longest first: "Harbour Physio East" is not "site 1 East". Null if there is nothing to find. */
function patternOf(
  words: ReadonlyMap<string, string>,
  before: string,
  after: string,
): RegExp | null {
  const known = [...words.keys()].filter((word) => word !== '').sort(byLength);
  if (known.length === 0) return null;
  return new RegExp(`${before}(?:${known.map(escaped).join('|')})${after}`, 'giu');
}

/** Keeps a domain whole, even if a practice's name is part of it. */
function replaceOutsideDomains(
  text: string,
  pattern: RegExp,
  words: ReadonlyMap<string, string>,
): string {
  return text.replace(pattern, (found, offset: number) => {
    const before = /(\S*)$/.exec(text.slice(0, offset))?.[1] ?? '';
    const after = /^(\S*)/.exec(text.slice(offset + found.length))?.[1] ?? '';
    const isInDomain =
      /…@[\w.-]*$/.test(before) || (/[\w-]*\.$/.test(before) && /^\.\w/.test(after));
    return isInDomain ? found : (aliasOf(words, found) ?? 'site');
  });
}

function byLength(one: string, other: string): number {
  return other.length - one.length;
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
