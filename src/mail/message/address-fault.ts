/** Explains why a text is not a whole email address; the limits are those of RFC 5321 section 4.5.3.1. */

import { ADDRESS_MAX, LOCAL_MAX, splitAddress } from '../../sites/address.js';

/** What is wrong with the text, to follow "which is not a whole email address: ". */
export function addressFault(text: string): string {
  if (!text.includes('@'))
    return 'it has no @ (a user name of this computer, such as root, is not an address)';
  const [local, domain] = splitAddress(text);
  if (local === '') return 'nothing stands before the @';
  if (domain === '') return 'nothing stands after the @';
  if (local.startsWith('"'))
    return 'the part before the @ is in quotation marks, which no mailbox of today needs';
  if (/[<>,;:\s]/.test(text)) return 'more than one address, or a name, stands in it';
  if (/^\.|\.$|\.\./.test(local)) {
    return 'in the part before the @, a dot stands at its start, at its end or next to another dot';
  }
  if (Buffer.byteLength(local) > LOCAL_MAX) {
    return `the part before the @ is longer than ${LOCAL_MAX} characters, the most that mail servers have to take`;
  }
  if (Buffer.byteLength(text) > ADDRESS_MAX) {
    return `it is longer than ${ADDRESS_MAX} characters, the most that mail servers have to take`;
  }
  if (domain.startsWith('['))
    return 'after the @ stands the number of a computer, not the name of a domain';
  if (!domain.includes('.'))
    return 'the part after the @ is the name of a computer, not of a domain';
  if (/^\.|\.$|\.\./.test(domain)) {
    return 'in the part after the @, a dot stands at its start, at its end or next to another dot';
  }
  if (domain.split('.').some((label) => label.length > 63)) {
    return 'a part of the domain is longer than 63 characters';
  }
  return 'it has a character that can’t stand there';
}
