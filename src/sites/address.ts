/** Email addresses: what is accepted as one, and when two of them are the same Google account. */

import { LETTERS } from '../text/letters.js';

/** RFC 5321 4.5.3.1.1: a local part has at most 64 octets; 4.5.3.1.3 with erratum 1690: 254 in all. */
export const LOCAL_MAX = 64;
export const ADDRESS_MAX = 254;

/**
 * Whether text is one bare address with a domain, and nothing else: no display name, no list, no space, no control
 * character (so it can never add a header line). Internationalised addresses (RFC 6531) are accepted. Quoted local
 * parts are not: no mailbox provider gives them out, and Gmail refuses them.
 */
export function isAddress(text: string): boolean {
  if (Buffer.byteLength(text) > ADDRESS_MAX) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = text.slice(at + 1);
  return isLocalPart(local) && isDomain(domain) && domain.includes('.');
}

/** Whether text can be the name of a host: labels of letters, digits and inner hyphens, joined by dots. */
export function isDomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isLabel);
}

/**
 * Whether two addresses name the same Google account: ignoring case, and for gmail.com also dots and the name
 * googlemail.com, as Google's own sign-in does.
 */
export function sameAccount(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

/** What addresses look like in practice. */
const PLAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const PLAIN_LOCAL = /^[\w-]+(?:\.[\w-]+)*$/;

function isLabel(text: string): boolean {
  return PLAIN_LABEL.test(text) || isLabelOfLetters(text);
}

function isLocalPart(text: string): boolean {
  if (Buffer.byteLength(text) > LOCAL_MAX) return false;
  return PLAIN_LOCAL.test(text) || isDotAtom(text);
}

function isLabelOfLetters(text: string): boolean {
  const inner = `[${LETTERS}\\p{M}-]{0,61}[${LETTERS}\\p{M}]`;
  return new RegExp(`^[${LETTERS}](?:${inner})?$`, 'u').test(text);
}

/** RFC 5322 3.2.3, with the letters of RFC 6531. */
function isDotAtom(text: string): boolean {
  const atom = `[${LETTERS}\\p{M}!#$%&'*+/=?^_\`{|}~-]+`;
  return new RegExp(`^${atom}(?:\\.${atom})*$`, 'u').test(text);
}

function canonical(address: string): string {
  const [local = '', domain = ''] = splitAddress(address.trim().toLowerCase());
  const isConsumer = domain === 'gmail.com' || domain === 'googlemail.com';
  return isConsumer ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** The part before the last @ and the part after it. */
export function splitAddress(address: string): [local: string, domain: string] {
  const at = address.lastIndexOf('@');
  return [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
}
