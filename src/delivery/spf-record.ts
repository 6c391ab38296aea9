/** SPF records as text: which of a domain's TXT records they are, and their terms (RFC 7208, section 12). */

import { isIP } from 'node:net';

/** What a mechanism says of a sender that it matches: yes, no, "probably no", nothing. */
export type Qualifier = '+' | '-' | '~' | '?';

/** One term of a record. `text` is the term as it stands there. */
export type SpfTerm =
  | {
      readonly kind: 'mechanism';
      readonly qualifier: Qualifier;
      readonly name: Mechanism;
      /** Behind the colon: a domain (lower case), or an address with its prefix length. */
      readonly value: string | null;
      readonly text: string;
    }
  | { readonly kind: 'redirect'; readonly domain: string; readonly text: string }
  /** A modifier that changes nothing about who may send (section 6). */
  | { readonly kind: 'modifier'; readonly text: string }
  /** What no receiver can read: it makes the whole record useless (section 4.6). */
  | { readonly kind: 'faulty'; readonly text: string };

/** The mechanisms of RFC 7208, section 5. */
export type Mechanism = 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists';

/** Section 4.5: a record is one by its version alone, which a space or the end follows. */
const VERSION = /^v=spf1(?= |$)/i;

/** Section 7.1: visible characters and macros; a domain's last label is no number. */
const DOMAIN_SPEC = /^(?:[!-$&-~]|%[%_-]|%\{[slodiphcrtv]\d*r?[.\-+,/_=]*\})+$/i;
const DOMAIN_END = /(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?\.?|%\{[^}]*\})$/i;
const DIRECTIVE = /^([+\-~?]?)([a-z\d]+)(?::([^\s]*?))?((?:\/\d{1,3})?(?:\/\/\d{1,3})?)$/i;
const MODIFIER = /^([a-z][a-z\d\-_.]*)=([!-~]*)$/i;

/** Those of a domain's TXT records that are SPF records. */
export function spfRecordsOf(records: readonly string[]): string[] {
  return records.filter((record) => VERSION.test(record));
}

/** The terms of a record. Never throws: what can't be read is a term of kind `faulty`. */
export function parseSpf(record: string): SpfTerm[] {
  const terms = record.replace(VERSION, '').split(/ +/).filter(Boolean).map(parseTerm);
  const seen = new Set<string>();
  return terms.map((term) => {
    // Section 6: redirect and exp stand once at most.
    const name = /^(redirect|exp)=/i.exec(term.text)?.[1]?.toLowerCase();
    if (name === undefined) return term;
    if (seen.has(name)) return { kind: 'faulty', text: term.text };
    seen.add(name);
    return term;
  });
}

/** Whether a domain is worked out anew for each email: then it can't be told from here what it stands for. */
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
  if (name.toLowerCase() !== 'redirect') return { kind: 'modifier', text };
  return isDomainSpec(value)
    ? { kind: 'redirect', domain: value.toLowerCase(), text }
    : { kind: 'faulty', text };
}

function readMechanism(
  name: string,
  value: string | undefined,
  prefix: string,
): { readonly name: Mechanism; readonly value: string | null } | null {
  switch (name) {
    case 'all':
      return value === undefined && prefix === '' ? { name, value: null } : null;
    case 'include':
    case 'exists':
      return value !== undefined && prefix === '' && isDomainSpec(value)
        ? { name, value: value.toLowerCase() }
        : null;
    case 'ptr':
      if (prefix !== '') return null;
      return value === undefined || isDomainSpec(value)
        ? { name, value: value?.toLowerCase() ?? null }
        : null;
    case 'a':
    case 'mx':
      return (value === undefined || isDomainSpec(value)) && isDualPrefix(prefix)
        ? { name, value: value?.toLowerCase() ?? null }
        : null;
    case 'ip4':
    case 'ip6': {
      const [family, longest] = name === 'ip4' ? [4, 32] : [6, 128];
      const length = prefix === '' ? longest : Number(prefix.slice(1));
      // Two prefixes ("//") do not make a number; an address of this computer's own network ("%eth0") is none.
      return isIP(value ?? '') === family && !value?.includes('%') && length <= longest
        ? { name, value: `${value}/${length}` }
        : null;
    }
    default:
      return null;
  }
}

function isDomainSpec(text: string): boolean {
  return text.length <= 253 && DOMAIN_SPEC.test(text) && DOMAIN_END.test(text);
}

function isDualPrefix(prefix: string): boolean {
  const [four = '', six = ''] = prefix.startsWith('//')
    ? ['', prefix.slice(2)]
    : prefix.slice(1).split('//');
  return Number(four) <= 32 && Number(six) <= 128;
}
