/**
 * Text made fit for a support bundle. What stays: domains, server names, error codes, numbers. What goes: who people
 * and practices are. Of an address the domain is left; a site and its practice become "site 1"; a user name of a log
 * in becomes "user"; the home folder becomes "~". Secrets are not in what it is given: no check reads one into words.
 */

import { isAddress } from '../sites/address.js';
import type { Site } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';

/** An address wherever it stands, also in pieces of one that is not quite right. */
const ADDRESS = /[^\s<>()"“”'’:,;=@]+@(?=[\p{L}\p{N}])/gu;

/** What a redaction has to know. */
export interface RedactedFacts {
  /** The names on record, those that can't be read included. */
  readonly names: readonly string[];
  readonly sites: readonly Site[];
  /** The person's home folder. */
  readonly userHome: string;
}

/** Makes the function that redacts a text. */
export function redaction({ names, sites, userHome }: RedactedFacts): (text: string) => string {
  const words = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const key = siteKey(name);
    const alias = `site ${index + 1}`;
    words.set(key, alias);
    const site = sites.find((one) => siteKey(one.name) === key);
    if (site === undefined) continue;
    words.set(site.name.toLowerCase(), alias);
    words.set(site.organisation.toLowerCase(), alias);
    const user = site.smtp?.user;
    if (user != null && !isAddress(user)) words.set(user.toLowerCase(), 'user');
  }
  // The longest first: "Harbour Physio East" is not "site 1 East".
  const known = [...words.keys()].filter((word) => word !== '').sort(byLength);
  const pattern =
    known.length === 0
      ? null
      : new RegExp(
          `(?<![\\p{L}\\p{N}])(?:${known.map(escaped).join('|')})(?![\\p{L}\\p{N}])`,
          'giu',
        );
  return (text) => {
    const withoutHome = userHome.length > 1 ? text.replaceAll(userHome, '~') : text;
    const withoutAddresses = withoutHome.replace(ADDRESS, '…@');
    return pattern === null
      ? withoutAddresses
      : replaceOutsideDomains(withoutAddresses, pattern, words);
  };
}

/** A domain is kept whole, though a practice's name may be a part of it. */
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
    return isInDomain ? found : (words.get(found.toLowerCase()) ?? 'site');
  });
}

function byLength(one: string, other: string): number {
  return other.length - one.length;
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
