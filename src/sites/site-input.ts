/** What a person gives for a site, checked field by field: the message names the field and the value. */

import { MailError } from '../errors.js';
import { isAddress, isDomain } from './address.js';
import type { SmtpSecurity } from './site.js';

/** The fields of a site that a person can give, as text; what is absent is left as it is. */
export interface SiteFields {
  readonly organisation?: string;
  readonly organisationEmail?: string;
  readonly login?: string;
  readonly sendAs?: string;
  readonly account?: string;
  readonly smtpHost?: string;
  readonly smtpPort?: string;
  readonly smtpSecurity?: string;
  readonly smtpUser?: string;
  readonly smtpFrom?: string;
}

/** The name of a field as the person knows it: the option. */
const OPTION: Record<keyof SiteFields, string> = {
  organisation: '--organisation',
  organisationEmail: '--organisation-email',
  login: '--login',
  sendAs: '--send-as',
  account: '--account',
  smtpHost: '--smtp-host',
  smtpPort: '--smtp-port',
  smtpSecurity: '--smtp-security',
  smtpUser: '--smtp-user',
  smtpFrom: '--smtp-from',
};

const SECURITIES: readonly SmtpSecurity[] = ['tls', 'starttls', 'none'];

/** The usual protection of a port (RFC 8314; 25 and 587 by STARTTLS). */
export function usualSecurity(port: number): SmtpSecurity {
  return port === 465 ? 'tls' : 'starttls';
}

/** Why a field's value can't be used, or null if it can. Each takes text as typed. */
const RULES: Record<keyof SiteFields, (value: string) => string | null> = {
  organisation: (value) =>
    isPlainText(value) ? null : 'must be a name of 1 to 200 characters on one line',
  organisationEmail: addressRule,
  login: addressRule,
  sendAs: addressRule,
  account: addressRule,
  smtpHost: (value) =>
    isDomain(value) ? null : 'must be the name of a server, for example smtp.gmail.com',
  smtpPort: (value) =>
    /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535
      ? null
      : 'must be a number from 1 to 65535, usually 465 or 587',
  smtpSecurity: (value) =>
    SECURITIES.some((word) => word === value)
      ? null
      : 'must be tls, starttls or none (usually tls for port 465, starttls for 587)',
  smtpUser: (value) => (isPlainText(value) ? null : 'must be 1 to 200 characters on one line'),
  smtpFrom: addressRule,
};

/** Why a value can't be used in a field, or null: for a prompt that asks again. */
export function problemWith(field: keyof SiteFields, value: string): string | null {
  return RULES[field](value.trim());
}

/**
 * Checks every field given.
 *
 * @throws MailError `invalid-settings` that names the first wrong field, its value and the rule
 */
export function checkFields(fields: SiteFields): void {
  for (const field of Object.keys(OPTION) as (keyof SiteFields)[]) {
    const value = fields[field];
    if (value === undefined) continue;
    const problem = problemWith(field, value);
    if (problem !== null) {
      throw new MailError(
        'invalid-settings',
        `${OPTION[field]}: ${JSON.stringify(value)} ${problem}.`,
        'Nothing was changed. Correct the value and run the command again.',
      );
    }
  }
}

/** @throws MailError `invalid-settings`: a field that must be there is not */
export function missingField(field: keyof SiteFields): MailError {
  return new MailError(
    'invalid-settings',
    `${OPTION[field]} is missing.`,
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

const ADDRESS_PROBLEM = 'is not a whole email address, for example info@practice.example';

function addressRule(value: string): string | null {
  return isAddress(value) ? null : ADDRESS_PROBLEM;
}

function isPlainText(value: string): boolean {
  // A control character could add a header line to an email, or move the cursor of a terminal.
  return value.length >= 1 && value.length <= 200 && !/\p{Cc}/u.test(value);
}
