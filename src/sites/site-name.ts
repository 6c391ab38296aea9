/** Site names: what is accepted as one, and the key it gives on disk and in the credential store. */

import { MailError } from '../errors.js';
import { LETTERS } from '../text/letters.js';

const NAME_MAX = 64;

/** File systems allow 255 bytes; the endings of records, secrets and temporary files need some of them. */
const KEY_MAX_BYTES = 200;

/** What most names look like. */
const PLAIN_NAME = /^[a-z0-9][\w .&'()+-]*$/i;

/** Windows can’t store a file under these names, whatever its extension, and ignores spaces before that. */
const RESERVED = /^(?:con|prn|aux|nul|(?:com|lpt)[\d¹²³]) *(?:\.|$)/i;

/**
 * Checks a name that a person typed, and normalises it (Unicode NFC, no outer spaces).
 *
 * @throws MailError `invalid-settings`, saying which rule the name breaks.
 */
export function parseSiteName(text: string): string {
  const name = text.normalize('NFC').trim();
  const shown = JSON.stringify(text);
  if (name === '') throw invalidName('The site name is empty.');
  if (name.length > NAME_MAX || Buffer.byteLength(siteKey(name)) > KEY_MAX_BYTES) {
    throw invalidName(
      `The site name ${shown} is too long: ${NAME_MAX} characters are the most, and fewer in some scripts.`,
    );
  }
  if (!isSiteName(name)) throw invalidName(`The site name ${shown} can’t be used.`);
  return name;
}

/** Whether a name from elsewhere is one that `parseSiteName` could return: then it is safe in a path. */
export function isSiteName(name: string): boolean {
  return (
    name.length <= NAME_MAX &&
    Buffer.byteLength(siteKey(name)) <= KEY_MAX_BYTES &&
    name === name.trim() &&
    isName(name.normalize('NFC')) &&
    !name.endsWith('.') &&
    !RESERVED.test(name)
  );
}

/** Letters and digits of any language, and what practices use in their names; never a path separator. */
function isName(text: string): boolean {
  const name = `^[${LETTERS}][${LETTERS}\\p{M} ._&'()+-]*$`;
  return PLAIN_NAME.test(text) || new RegExp(name, 'u').test(text);
}

/**
 * The key under which a site's record and secrets are kept: a valid file name on every operating system, since the rule
 * for names allows no other characters. Names that differ only in case share it.
 */
export function siteKey(name: string): string {
  // Again after the change of case, which can decompose letters (\u01f0).
  return name.normalize('NFC').toLowerCase().normalize('NFC');
}

/** Each site once, as it was last named. */
export function eachOnce(names: readonly string[]): string[] {
  return [...new Map(names.map((name) => [siteKey(name), name])).values()];
}

function invalidName(message: string): MailError {
  return new MailError(
    'invalid-settings',
    message,
    "Use letters, digits, spaces and . _ - & ' ( ) + and start with a letter or a digit, for example: harbour-physio",
  );
}
