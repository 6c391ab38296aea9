/** Checks what a person enters for a site, field by field: the message names the field and the value. */

import { MailError } from '../errors.js';
import { isAddress } from './address.js';
import {
  ADDRESS_PROBLEM,
  type FieldKey,
  fieldOf,
  SITE_FIELDS,
  type SiteFields,
} from './site-fields.js';

/** Why a value can't be used in a field, or null: for a prompt that asks again. */
export function problemWith(field: FieldKey, value: string): string | null {
  return lostLetter(value) ?? fieldOf(field).problem(value.trim());
}

/** Longer than any password that a mail server accepts; Windows keeps no secret much longer than this. */
const PASSWORD_MAX_BYTES = 1_024;

/** Why an SMTP password can’t be used, or null; spaces around it are part of it. Never quotes the password. */
export function problemWithPassword(password: string): string | null {
  if (Buffer.byteLength(password) > PASSWORD_MAX_BYTES) {
    return `is longer than ${PASSWORD_MAX_BYTES} bytes`;
  }
  if (/[\r\n\u2028\u2029]/.test(password)) return 'has more than one line';
  if (/[^\P{Cc}\t]/u.test(password)) return 'has a control character in it';
  return lostLetter(password);
}

/** Half of a surrogate pair, which neither UTF-8 nor PostgreSQL can hold, or the sign that already replaces it. */
function lostLetter(value: string): string | null {
  return /[\ud800-\udfff\ufffd]/u.test(value)
    ? 'has a letter that was lost on its way here (\ufffd): type it again'
    : null;
}

/**
 * Checks every field given.
 *
 * @throws MailError `invalid-settings`, naming the first wrong field, its value and the rule
 */
export function checkFields(fields: SiteFields): void {
  for (const { key, column } of SITE_FIELDS) {
    const value = fields[key];
    if (value === undefined) continue;
    const problem = problemWith(key, value);
    if (problem !== null) {
      throw new MailError(
        'invalid-settings',
        `--${column}: ${JSON.stringify(value)} ${problem}.`,
        'Nothing was changed. Correct the value and run the command again.',
      );
    }
  }
}

/** The error for a required field that is missing. */
export function missingField(field: FieldKey): MailError {
  return new MailError(
    'invalid-settings',
    `--${fieldOf(field).column} is missing.`,
    'Nothing was changed. Give it as an option, or run the command in a terminal to be asked.',
  );
}

/** Checks one address, for example of `--to`. @throws MailError with the code given */
export function checkAddress(
  option: string,
  value: string,
  code: 'invalid-recipient' | 'invalid-settings',
): string {
  const address = value.trim();
  if (isAddress(address)) return address;
  throw new MailError(
    code,
    `${option}: ${JSON.stringify(value)} ${ADDRESS_PROBLEM}.`,
    'Correct the address and run the command again.',
  );
}
