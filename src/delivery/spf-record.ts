/** SPF records as text (RFC 7208, section 12): which TXT records are SPF, their terms, and the record to publish. */

import { isIP } from 'node:net';

/** What a domain's SPF record includes so that Google may send for it (support.google.com/a/answer/33786). */
export const GOOGLE_SPF = '_spf.google.com';

/** What a mechanism says about a sender that it matches: yes, no, "probably no", nothing. */
export type Qualifier = '+' | '-' | '~' | '?';

/** One term of a record. `text` is the term as written. */
export type SpfTerm =
  | {
      readonly kind: 'mechanism';
      readonly qualifier: Qualifier;
      readonly name: Mechanism;
      /** After the colon: a domain (lower case, no dot at its end), or an address with its prefix length. */
      readonly value: string | null;
      readonly text: string;
    }
  | { readonly kind: 'redirect'; readonly domain: string; readonly text: string }
  /** A modifier that changes nothing about who may send (section 6). */
  | { readonly kind: 'modifier'; readonly text: string }
  /** A term that no receiver can read: it makes the whole record useless (section 4.6). */
  | { readonly kind: 'faulty'; readonly text: string };

/** The mechanisms of section 5. */
export type Mechanism = 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists';

/** Section 4.5: the version alone makes it an SPF record, followed by a space or the end. */
const VERSION = /^v=spf1(?= |$)/i;

/** What people write instead of the version, including the quotes and the type from a zone file. */
const VERSION_MEANT =
  /^[^a-z\d]*(?:(?:txt|spf)[^a-z\d]+)*(?:v[^a-z\d]*)?s(?:pf|fp)[^a-z\d]*(?:[12l]0?(?![\d.]))?/i;
const TERM_MEANT = /(?:^|[\s;,"'])(?:include:[^\s]+\.|ip[46]:[\da-f]|[~?-]all(?![a-z\d]))/i;

/** Section 7.1: visible characters and macros; a domain's last label is not a number. */
const MACRO = '%(?:[%_-]|\\{[slodiphv](?:0*[1-9]\\d*)?r?[.\\-+,/_=]*\\})';
const MACRO_STRING = new RegExp(`^(?:[!-$&-~]|${MACRO})*$`, 'i');
const DOMAIN_END = new RegExp(
  `(?:\\.(?=[a-z\\d-]*[a-z-])[a-z\\d](?:[a-z\\d-]*[a-z\\d])?\\.?|${MACRO})$`,
  'i',
);
const DIRECTIVE = /^([+\-~?]?)([a-z\d]+)(?::(\S*?))?((?:\/\d+)?(?:\/\/\d+)?)$/i;
const MODIFIER = /^([a-z][a-z\d\-_.]*)=(.*)$/is;

/** The SPF records among a domain's TXT records. */
export function spfRecordsOf(records: readonly string[]): string[] {
  return records.filter((record) => VERSION.test(record));
}

/** A TXT record that is meant to be SPF but that no receiver recognises; null if there is none. */
export function nearlySpf(records: readonly string[]): string | null {
  const isMeant = (record: string) =>
    TERM_MEANT.test(record) || /[12l]$/i.test(VERSION_MEANT.exec(record)?.[0] ?? '');
  // Sender ID (RFC 4406) is not SPF and was never meant to be.
  return records.find((record) => isMeant(record) && !/^spf2\.0/i.test(record)) ?? null;
}

/** The terms of a record. Never throws: what can't be read is a term of kind `faulty`. */
export function parseSpf(record: string): SpfTerm[] {
  const terms = record.replace(VERSION, '').split(/ +/).filter(Boolean).map(parseTerm);
  const seen = new Set<string>();
  return terms.map((term) => {
    // Section 6: redirect and exp may appear only once each.
    const name = /^(redirect|exp)=/i.exec(term.text)?.[1]?.toLowerCase();
    if (name === undefined) return term;
    if (seen.has(name)) return { kind: 'faulty', text: term.text };
    seen.add(name);
    return term;
  });
}

/** Whether a domain is computed for each email: then its value can't be known here. */
export function hasMacro(domain: string): boolean {
  return domain.includes('%');
}

function parseTerm(text: string): SpfTerm {
  const modifier = MODIFIER.exec(text);
  if (modifier !== null) return parseModifier(text, modifier[1] ?? '', modifier[2] ?? '');
  const [, qualifier, name = '', value, prefix = ''] = DIRECTIVE.exec(text) ?? [];
  const mechanism = readMechanism(name.toLowerCase(), value, prefix);
  if (mechanism === null) return { kind: 'faulty', text };
  return {
    kind: 'mechanism',
    qualifier: qualifier === '' || qualifier === undefined ? '+' : (qualifier as Qualifier),
    ...mechanism,
    text,
  };
}

function parseModifier(text: string, name: string, value: string): SpfTerm {
  const [domain, isRedirect] = [readDomain(value), /^redirect$/i.test(name)];
  if (isRedirect && domain !== null) return { kind: 'redirect', domain, text };
  const isRead = /^(?:redirect|exp)$/i.test(name) ? domain !== null : MACRO_STRING.test(value);
  return { kind: isRead ? 'modifier' : 'faulty', text };
}

function readMechanism(
  name: string,
  value: string | undefined,
  prefix: string,
): { readonly name: Mechanism; readonly value: string | null } | null {
  const domain = value === undefined ? null : readDomain(value);
  const isDomainRead = value === undefined || domain !== null;
  switch (name) {
    case 'all':
      return value === undefined && prefix === '' ? { name, value: null } : null;
    case 'include':
    case 'exists':
      return domain !== null && prefix === '' ? { name, value: domain } : null;
    case 'ptr':
      return isDomainRead && prefix === '' ? { name, value: domain } : null;
    case 'a':
    case 'mx': {
      const [, four = '0', six = '0'] = /^(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(prefix) ?? [];
      const isRead = isDomainRead && isPrefixLength(four, 32) && isPrefixLength(six, 128);
      return isRead ? { name, value: domain } : null;
    }
    case 'ip4':
    case 'ip6': {
      const [family, longest] = name === 'ip4' ? [4, 32] : [6, 128];
      const length = prefix === '' ? `${longest}` : prefix.slice(1);
      // An address with an interface of this computer ("%eth0") does not count.
      const isAddress = isIP(value ?? '') === family && !value?.includes('%');
      return isAddress && isPrefixLength(length, longest)
        ? { name, value: `${value}/${length}` }
        : null;
    }
    default:
      return null;
  }
}

/** In lower case, without the dot at its end, which is insignificant (section 7.3); null if it isn't a domain. */
function readDomain(text: string): string | null {
  return MACRO_STRING.test(text) && DOMAIN_END.test(text)
    ? text.toLowerCase().replace(/\.$/, '')
    : null;
}

function isPrefixLength(digits: string, longest: number): boolean {
  return /^(?:0|[1-9]\d{0,2})$/.test(digits) && Number(digits) <= longest;
}

/** A record to publish, and what was dropped from the present ones. */
export interface SpfToPublish {
  readonly value: string;
  /** Terms that no receiver can read: dropped because they make the whole record useless. */
  readonly leftOut: readonly string[];
}

/**
 * Merges all present records into one. Google comes first: within the ten look-ups, and before anything that ends the
 * evaluation (sections 4.6.4 and 5.1). All others who may send stay.
 *
 * @param published the records that the domain has now, or the one that is meant to be SPF
 */
export function spfToPublish(published: readonly string[]): SpfToPublish {
  const all = published.map(termsMeant);
  const terms = all.flatMap((record) => beforeAll(record));
  const kept = terms.filter((term) => term.kind !== 'faulty' && !namesGoogle(term));
  const mechanisms = kept.filter(({ kind }) => kind === 'mechanism').map(({ text }) => text);
  const redirects = kept.flatMap((term) => (term.kind === 'redirect' ? [term] : []));
  const explanation = kept.map(({ text }) => text).find((text) => /^exp=/i.test(text));
  const ends = all.flatMap((record) => record.filter(isAll).slice(0, 1)).map(({ text }) => text);
  const [end] = ends;
  return {
    value: unique([
      ...['v=spf1', `include:${GOOGLE_SPF}`, ...mechanisms],
      ...endOf(published, end, ends, redirects),
      ...(explanation === undefined ? [] : [explanation]),
    ]).join(' '),
    leftOut: terms.filter(({ kind }) => kind === 'faulty').map(({ text }) => text),
  };
}

/** The terms of a record, without what a zone file, a table or a text editor adds around them. */
function termsMeant(record: string): SpfTerm[] {
  const isSpf = VERSION.test(record);
  const text = isSpf ? record : record.replace(VERSION_MEANT, '').replace(/[\s;,]+/g, ' ');
  return parseSpf(text).flatMap((term) => {
    if (term.kind !== 'faulty') return term;
    const meant = term.text.replace(/["'“”‘’\\;,]/g, '').replace(/^[–—−]/, '-');
    if (meant === '') return [];
    const again = meant === term.text ? term : parseTerm(meant);
    return again.kind === 'faulty' ? term : again;
  });
}

/** How the record ends: like the present one; if two differ, with "~all", which refuses nobody by mistake. */
function endOf(
  published: readonly string[],
  end: string | undefined,
  ends: readonly string[],
  redirects: readonly Extract<SpfTerm, { kind: 'redirect' }>[],
): string[] {
  const [redirect] = redirects;
  // A single record that redirects, or has no "all", keeps its meaning.
  if (published.length === 1 && end === undefined)
    return redirect === undefined ? [] : [redirect.text];
  const included = redirects.map(({ domain }) => `include:${domain}`);
  const isAgreed = end !== undefined && ends.every((other) => other === end);
  return [...included, isAgreed ? end : '~all'];
}

/** The terms before "all" (those after it are never read), and the modifiers, which may be anywhere. */
function beforeAll(record: readonly SpfTerm[]): SpfTerm[] {
  const end = record.findIndex(isAll);
  return record.filter((term, index) => {
    if (term.kind === 'redirect') return end === -1;
    return end === -1 || index < end || term.kind === 'modifier' || term.kind === 'faulty';
  });
}

function isAll(term: SpfTerm): boolean {
  return term.kind === 'mechanism' && term.name === 'all';
}

function namesGoogle(term: SpfTerm): boolean {
  return term.kind === 'mechanism' && term.name === 'include' && term.value === GOOGLE_SPF;
}

function unique(texts: readonly string[]): string[] {
  const seen = new Set(texts.map((text) => text.toLowerCase()));
  return texts.filter((text) => seen.delete(text.toLowerCase()));
}
