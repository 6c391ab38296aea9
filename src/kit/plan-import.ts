/** What an import would do, row by row: everything is checked before the first change. Nothing is stored here. */

import { MailError } from '../errors.js';
import type { Column, Row, RowFault } from '../formats/rows.js';
import { changedSite, needsPassword, newSite } from '../sites/edit-site.js';
import type { Stores } from '../sites/hold.js';
import { requireSameStore, smtpPassword } from '../sites/secrets.js';
import type { Site } from '../sites/site.js';
import {
  GMAIL_FIELDS,
  PRACTICE_FIELDS,
  type SiteFields,
  SMTP_FIELDS,
} from '../sites/site-fields.js';
import { problemWith, problemWithPassword } from '../sites/site-input.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import { hasInvisible } from '../text/invisible.js';

/**
 * What happens to a row. Only a row that is left out is kept: a long file must not stay in memory during the import.
 */
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
  /** Stored already, with the same values. */
  | { readonly kind: 'same'; readonly name: string }
  | {
      readonly kind: 'invalid';
      readonly row: Row;
      readonly faults: readonly RowFault[];
      /** The only fault is that the site is stored with other settings. */
      readonly isOnRecord: boolean;
    };

/** In column order. */
const FIELDS = [...PRACTICE_FIELDS, ...SMTP_FIELDS, ...GMAIL_FIELDS];

/**
 * Plans an import.
 *
 * @param update whether sites on record may be changed
 * @throws MailError of the stores
 */
export async function planImport(
  rows: readonly Row[],
  world: Pick<Stores, 'sites' | 'secrets'>,
  update: boolean,
): Promise<RowPlan[]> {
  const store = await world.sites();
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
    else plans.push(await planRow(row, there, update, world));
  }
  return plans;
}

async function planRow(
  row: Row,
  there: Site | null,
  update: boolean,
  world: Pick<Stores, 'secrets'>,
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
      return invalid(row, column, 'is missing: the stored one belongs to another login');
    }
    const isSame = JSON.stringify(changed) === JSON.stringify(there);
    const stored = password === null ? null : await passwordOf(there, world);
    const isOther = stored === null ? update : stored !== password;
    const isToStore = password !== null && (there.smtp?.password == null || isOther);
    if (isSame && !isToStore) return { kind: 'same', name: there.name };
    // A killed import left the site complete except for its password.
    const isUnfinished = isSame && there.smtp?.password == null;
    if (!update && !isUnfinished) {
      const differs = isSame
        ? invalid(row, column, 'differs from the one on record (--update changes it)')
        : invalid(row, 'name', 'is on record already, with other settings (--update changes it)');
      return { ...differs, isOnRecord: true };
    }
    return { kind: 'update', name: there.name, fields, password };
  } catch (error) {
    if (!(error instanceof MailError) || error.code !== 'invalid-settings') throw error;
    return invalid(row, column, error.message);
  }
}

/**
 * The SMTP password that is stored for a site; null if this computer has none.
 *
 * @throws MailError `invalid-settings` if the site’s secrets are in another store; of the credential store
 */
async function passwordOf(
  site: Site,
  { secrets }: Pick<Stores, 'secrets'>,
): Promise<string | null> {
  const store = await secrets();
  requireSameStore(site, store);
  return smtpPassword(site, store);
}

function faultsOf(row: Row, there: Site | null): RowFault[] {
  const { values } = row;
  const found: RowFault[] = [];
  // The row, or its value in this column, could not be read.
  const isKnown = (column: Column | '') => row.faults.some((known) => known.column === column);
  if (Object.keys(values).length === 0 && isKnown('')) return found;
  const nameProblem = problemOfName(values.name);
  if (nameProblem !== null && !isKnown('name')) found.push(fault(row, 'name', nameProblem));
  if (values.login === undefined && !isKnown('login'))
    found.push(fault(row, 'login', 'is missing'));
  for (const { column, key } of FIELDS) {
    const value = values[column];
    const problem = value === undefined ? null : (replaced(value) ?? problemWith(key, value));
    // Never quotes the value: a password can be in the wrong column.
    if (problem !== null) found.push(fault(row, column, problem));
  }
  const hasSmtp = [...SMTP_FIELDS.map(({ column }) => column), 'smtp-password' as const].some(
    (column) => values[column] !== undefined,
  );
  if (hasSmtp && values['smtp-host'] === undefined && there?.smtp == null) {
    found.push(fault(row, 'smtp-host', 'is missing, and other SMTP settings are there'));
  }
  const password = values['smtp-password'];
  const problem = password === undefined ? null : problemOfPassword(password);
  if (problem !== null) found.push(fault(row, 'smtp-password', problem));
  return found;
}

/** Never quotes the value. */
function problemOfPassword(password: string): string | null {
  if (isReplaced(password)) {
    return 'is what a spreadsheet shows in place of it: format the column as text and type the password again';
  }
  if (hasInvisible(password)) {
    return 'has a character in it that nobody sees, as from a page: type the password again';
  }
  return problemWithPassword(password);
}

function replaced(value: string): string | null {
  return isReplaced(value)
    ? 'is what a spreadsheet shows in place of it: format the column as text and type it again'
    : null;
}

function problemOfName(name: string | undefined): string | null {
  if (name === undefined) return 'is missing';
  const eaten = replaced(name);
  if (eaten !== null) return eaten;
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
    FIELDS.flatMap(({ column, key }) =>
      values[column] === undefined ? [] : [[key, values[column]]],
    ),
  );
}

function fault({ number }: Row, column: string, message: string): RowFault {
  return { row: number, column, message };
}

function invalid(row: Row, column: string, message: string): RowPlan & { kind: 'invalid' } {
  return { kind: 'invalid', row, faults: [fault(row, column, message)], isOnRecord: false };
}

/** What a spreadsheet makes of a value that it takes for a formula, a number, a date or a yes. */
const LEFT_OF_IT: readonly RegExp[] = [
  // Errors, in the languages of Excel and LibreOffice: #NAME?, #DIV/0!, #N/A, #WERT!, #¿NOMBRE?, Err:508.
  /^#[¿¡]?[A-ZÀ-Þ]{2,}(?:[ _/][A-ZÀ-Þ0]+)?[!?]$/,
  /^#N\/?[ADV]$/,
  /^#GETTING_DATA$/,
  /^(?:Err|Fehler|Erreur):\d{3}$/i,
  // A column that is too narrow.
  /^#{3,}$/,
  // A long number: 2.5E+14, in other countries 2,5E+14.
  /^[+-]?\d{1,3}(?:[.,]\d+)?E[+-]\d{1,3}$/i,
  // An even longer one, shown in full: a spreadsheet keeps 15 digits of it.
  /^[1-9]\d{14}0{3,}$/,
  // A day: Mar-2024 becomes Mar-24, and 3-4 becomes 03-Apr.
  /^\d{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$/,
  /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)-\d{2}$/,
  /^(?:TRUE|FALSE)$/,
  // A formula that was meant to keep a number unchanged.
  /^=".*"$/,
];

/** Whether it is what a spreadsheet shows instead of a value. No password looks like that by chance. */
function isReplaced(value: string): boolean {
  const text = value.trim();
  return LEFT_OF_IT.some((pattern) => pattern.test(text));
}
