/** What an import would do, row by row: checked whole before the first change. Nothing is stored here. */

import { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';
import { changedSite, needsPassword, newSite } from '../sites/site-fields.js';
import { problemWith, type SiteFields } from '../sites/site-input.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import type { Column, Row, RowFault } from './rows.js';

/** What becomes of a row. Only one that is left out keeps the row: a long file must not lie in memory while it is imported. */
export type RowPlan =
  | {
      readonly kind: 'add';
      readonly site: Site;
      readonly password: string | null;
    }
  | {
      readonly kind: 'update';
      readonly name: string;
      readonly fields: SiteFields;
      readonly password: string | null;
    }
  /** It is on record just so. */
  | { readonly kind: 'same'; readonly name: string }
  | {
      readonly kind: 'invalid';
      readonly row: Row;
      readonly faults: readonly RowFault[];
      /** All that is wrong is that the site is on record otherwise. */
      readonly isOnRecord: boolean;
    };

const FIELDS: Readonly<Record<Exclude<Column, 'name' | 'smtp-password'>, keyof SiteFields>> = {
  organisation: 'organisation',
  'organisation-email': 'organisationEmail',
  login: 'login',
  'smtp-host': 'smtpHost',
  'smtp-port': 'smtpPort',
  'smtp-security': 'smtpSecurity',
  'smtp-user': 'smtpUser',
  'smtp-from': 'smtpFrom',
  'send-as': 'sendAs',
  account: 'account',
};

const PASSWORD_MAX_BYTES = 1_024;

/** What planning needs. */
export interface PlanPorts {
  readonly store: SiteStore;
  /**
   * The SMTP password that is stored for a site; null where this computer has none.
   *
   * @throws MailError `invalid-settings` where the site’s secrets are in another store; of the credential store
   */
  passwordOf(site: Site): Promise<string | null>;
}

/**
 * Plans an import.
 *
 * @param update whether sites on record may be changed
 * @throws MailError of the stores
 */
export async function planImport(
  rows: readonly Row[],
  { store, passwordOf }: PlanPorts,
  update: boolean,
): Promise<RowPlan[]> {
  const onRecord = new Set((await store.names()).map(siteKey));
  const seen = new Map<string, number>();
  const plans: RowPlan[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    const there = key !== null && onRecord.has(key) ? await store.read(key) : null;
    const faults = [...row.faults, ...faultsOf(row, there)];
    const earlier = key === null ? undefined : seen.get(key);
    if (earlier !== undefined) {
      faults.push(fault(row, 'name', `stands in row ${earlier} already`));
    } else if (key !== null) seen.set(key, row.number);
    if (faults.length > 0) plans.push({ kind: 'invalid', row, faults, isOnRecord: false });
    else plans.push(await planRow(row, there, update, passwordOf));
  }
  return plans;
}

async function planRow(
  row: Row,
  there: Site | null,
  update: boolean,
  passwordOf: PlanPorts['passwordOf'],
): Promise<RowPlan> {
  const fields = fieldsOf(row);
  const password = row.values['smtp-password'] ?? null;
  let column: Column = 'smtp-host';
  try {
    if (there === null) {
      return { kind: 'add', site: newSite(row.values.name ?? '', fields), password };
    }
    const changed = changedSite(there, fields);
    column = 'smtp-password';
    if (password === null && needsPassword(there, changed)) {
      return invalid(row, column, 'is missing: the stored one belongs to another log in');
    }
    const isSame = JSON.stringify(changed) === JSON.stringify(there);
    const stored = password === null ? null : await passwordOf(there);
    const isOther = stored === null ? update : stored !== password;
    const isToStore = password !== null && (there.smtp?.password == null || isOther);
    if (isSame && !isToStore) return { kind: 'same', name: there.name };
    // What a killed import left: all of the site but its password.
    const isUnfinished = isSame && there.smtp?.password == null;
    if (!update && !isUnfinished) {
      const differs = isSame
        ? invalid(row, column, 'is another one than the one on record (--update changes it)')
        : invalid(row, 'name', 'is on record already, with other settings (--update changes it)');
      return { ...differs, isOnRecord: true };
    }
    return { kind: 'update', name: there.name, fields, password };
  } catch (error) {
    if (!(error instanceof MailError) || error.code !== 'invalid-settings') throw error;
    return invalid(row, column, error.message);
  }
}

function faultsOf(row: Row, there: Site | null): RowFault[] {
  const { values } = row;
  const found: RowFault[] = [];
  // It could not be read at all, or this value of it.
  const isKnown = (column: Column | '') => row.faults.some((known) => known.column === column);
  if (Object.keys(values).length === 0 && isKnown('')) return found;
  const nameProblem = problemOfName(values.name);
  if (nameProblem !== null && !isKnown('name')) found.push(fault(row, 'name', nameProblem));
  if (values.login === undefined && !isKnown('login'))
    found.push(fault(row, 'login', 'is missing'));
  for (const [column, field] of Object.entries(FIELDS) as [Column, keyof SiteFields][]) {
    const value = values[column];
    const problem = value === undefined ? null : problemWith(field, value);
    // Never the value itself: a password can stand in the wrong column.
    if (problem !== null) found.push(fault(row, column, problem));
  }
  const hasSmtp = (
    ['smtp-port', 'smtp-security', 'smtp-user', 'smtp-from', 'smtp-password'] as const
  ).some((column) => values[column] !== undefined);
  if (hasSmtp && values['smtp-host'] === undefined && there?.smtp == null) {
    found.push(fault(row, 'smtp-host', 'is missing, and other SMTP settings are there'));
  }
  const password = values['smtp-password'];
  if (password !== undefined && !isPassword(password)) {
    found.push(
      fault(row, 'smtp-password', `must be one line of at most ${PASSWORD_MAX_BYTES} bytes`),
    );
  }
  return found;
}

function problemOfName(name: string | undefined): string | null {
  if (name === undefined) return 'is missing';
  try {
    parseSiteName(name);
    return null;
  } catch (error) {
    if (error instanceof MailError) return error.message;
    throw error;
  }
}

function keyOf({ values: { name } }: Row): string | null {
  return name === undefined || problemOfName(name) !== null ? null : siteKey(parseSiteName(name));
}

function fieldsOf({ values }: Row): SiteFields {
  return Object.fromEntries(
    (Object.entries(FIELDS) as [Column, keyof SiteFields][]).flatMap(([column, field]) =>
      values[column] === undefined ? [] : [[field, values[column]]],
    ),
  );
}

function isPassword(text: string): boolean {
  return Buffer.byteLength(text) <= PASSWORD_MAX_BYTES && !/[\r\n\0]/.test(text);
}

function fault({ number }: Row, column: string, message: string): RowFault {
  return { row: number, column, message };
}

function invalid(row: Row, column: string, message: string): RowPlan & { kind: 'invalid' } {
  return { kind: 'invalid', row, faults: [fault(row, column, message)], isOnRecord: false };
}
