/**
 * The fields of a site that people enter, one row each. Options with their help, questions, checks, columns of a table,
 * the JSON of a file of sites, what is exported and what the history calls changed all come from these rows. What may
 * be stored is defined in `site-schema.ts`, what is written as JSON in `terminal/events.ts`; `site show` and a
 * backend's settings name their own fields.
 */

import { asSeen, wordAsSeen } from '../text/invisible.js';
import { isAddress, isDomain } from './address.js';
import type { ShownSmtp, Site, SmtpSecurity } from './site.js';

interface Cells {
  /** What the option of `site add` and `site set` takes, and its help; absent if there is no such option. */
  readonly option?: readonly [takes: string, help: string];
  /** How a person is asked for it. */
  readonly question?: string;
  /** Never null in a record; for a field of the SMTP settings, if there are any. */
  readonly isRequired?: boolean;
  /** Usually an address: a likely slip in it is queried, and a report for support leaves out its domain. */
  readonly isUsuallyAddress?: boolean;
  /** The value that a cell of a table, or a value in a file, stands for. */
  readonly fromCell?: (cell: string) => string;
  /** Why a value can’t be used, or null if it can. */
  readonly problem: (value: string) => string | null;
  /** What is stored for a valid value. */
  readonly stored?: (value: string) => string | number | null;
}

/**
 * A row. Its option is its column with two hyphens in front.
 *
 * @param path where it is in the record of a site, and in the JSON of a file of sites
 */
function row<Key extends string, Column extends string>(
  key: Key,
  column: Column,
  path: Key | `smtp.${keyof ShownSmtp}`,
  cells: Cells,
) {
  const property = path.replace('smtp.', '');
  const get = (site: Site) => {
    const place: Readonly<Record<string, unknown>> | null = path === property ? site : site.smtp;
    return (place?.[property] ?? null) as string | number | null;
  };
  const usual = { fromCell: wordAsSeen, stored: (value: string) => value.trim() };
  return { ...usual, ...cells, key, column, path, property, get };
}

/** What WriteUpp knows of a practice. */
export const PRACTICE_FIELDS = [
  row('organisation', 'organisation', 'organisation', {
    option: ['<name>', 'the name of the practice, as patients see it'],
    question: 'Name of the practice, as patients see it',
    isRequired: true,
    fromCell: asSeen,
    problem: (value) =>
      isPlainText(value) ? null : 'must be a name of 1 to 200 characters on one line',
  }),
  row('organisationEmail', 'organisation-email', 'organisationEmail', {
    option: ['<address>', 'where replies go on the WriteUpp mail server'],
    question: 'Where replies go',
    isUsuallyAddress: true,
    problem: addressProblem,
  }),
  row('login', 'login', 'login', {
    option: ['<address>', 'the WriteUpp login: the test message goes there'],
    question: 'WriteUpp login, an email address',
    isRequired: true,
    isUsuallyAddress: true,
    problem: addressProblem,
  }),
];

/** The old way to send. */
export const SMTP_FIELDS = [
  row('smtpHost', 'smtp-host', 'smtp.host', {
    option: ['<host>', 'the SMTP server'],
    question: 'SMTP server',
    isRequired: true,
    problem: (value) =>
      isDomain(value) ? null : 'must be the name of a server, for example smtp.gmail.com',
  }),
  row('smtpPort', 'smtp-port', 'smtp.port', {
    option: ['<port>', 'its port; 587 for a new site'],
    question: 'Its port',
    isRequired: true,
    problem: (value) =>
      /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535
        ? null
        : 'must be a number from 1 to 65535, usually 465 or 587',
    stored: Number,
  }),
  row('smtpSecurity', 'smtp-security', 'smtp.security', {
    option: ['<tls|starttls|none>', 'its encryption; by the port for a new site'],
    question: 'Its encryption (tls, starttls or none)',
    isRequired: true,
    fromCell: (cell) => wordAsSeen(cell).toLowerCase(),
    problem: (value) =>
      SECURITIES.some((word) => word === value.toLowerCase())
        ? null
        : 'must be tls, starttls or none (SSL/TLS on port 465 is tls; 587 is usually starttls)',
    stored: (value) => value.trim().toLowerCase(),
  }),
  row('smtpUser', 'smtp-user', 'smtp.user', {
    option: ['<name>', 'the user name of the SMTP login'],
    question: 'User name of its login',
    isUsuallyAddress: true,
    problem: (value) => (isPlainText(value) ? null : 'must be 1 to 200 characters on one line'),
  }),
  row('smtpFrom', 'smtp-from', 'smtp.from', {
    option: ['<address>', 'the sender address, if it is not the user name'],
    question: 'Sender address, if not the user name',
    isUsuallyAddress: true,
    problem: addressProblem,
  }),
];

/** The new way. */
export const GMAIL_FIELDS = [
  row('sendAs', 'send-as', 'sendAs', {
    option: [
      '<address>',
      'the address patients see, if Gmail sends as another than its own; or none',
    ],
    question: 'Address that patients see, if not Gmail’s own',
    isUsuallyAddress: true,
    problem: (value) => (isNoSendAs(value) ? null : addressProblem(value)),
    stored: (value) => (isNoSendAs(value) ? null : value.trim()),
  }),
  // Support sets it in advance, in a file; a person gives it with `migrate --account`.
  row('account', 'account', 'account', { isUsuallyAddress: true, problem: addressProblem }),
];

export const GENERAL_FIELDS = [...PRACTICE_FIELDS, ...GMAIL_FIELDS];
/** All of them, in the order in which they are shown. */
export const SITE_FIELDS = [...GENERAL_FIELDS, ...SMTP_FIELDS];

export type SiteField = (typeof SITE_FIELDS)[number];
export type FieldKey = SiteField['key'];
export type FieldColumn = SiteField['column'];
type GeneralKey = (typeof GENERAL_FIELDS)[number]['key'];

/** What a person enters, as text; what is absent is left as it is. */
export type SiteFields = { readonly [Key in FieldKey]?: string };
/** The settings of a site, except for SMTP. */
export type GeneralSettings = Pick<Site, GeneralKey>;

export function fieldOf(key: FieldKey): SiteField {
  return SITE_FIELDS.find((field) => field.key === key) as SiteField;
}

/** In the order of asking: those first that a site can’t do without. */
export function byNeed(fields: readonly SiteField[]): readonly SiteField[] {
  const isRequired = (field: SiteField) => field.isRequired === true;
  return [...fields.filter(isRequired), ...fields.filter((field) => !isRequired(field))];
}

export function generalSettings(site: GeneralSettings): GeneralSettings {
  const values = GENERAL_FIELDS.map(({ key }) => [key, site[key]]);
  return Object.fromEntries(values) as GeneralSettings;
}

/** Clears the send-as address. An empty argument would do, but some shells drop it. */
export const NO_SEND_AS = 'none';

function isNoSendAs(value: string): boolean {
  return value.trim().toLowerCase() === NO_SEND_AS;
}

const SECURITIES: readonly SmtpSecurity[] = ['tls', 'starttls', 'none'];

/** The usual encryption for a port (RFC 8314; 25 and 587 use STARTTLS). */
export function usualSecurity(port: number): SmtpSecurity {
  return port === 465 ? 'tls' : 'starttls';
}

export const ADDRESS_PROBLEM = 'is not a whole email address, for example info@practice.example';

function addressProblem(value: string): string | null {
  return isAddress(value) ? null : ADDRESS_PROBLEM;
}

function isPlainText(value: string): boolean {
  // A control character could add a header line to an email, or move the cursor of a terminal; a database does not
  // accept half of a surrogate pair.
  return (
    value.length >= 1 && value.length <= 200 && !/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(value)
  );
}
