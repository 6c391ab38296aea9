/** A file of sites, as rows: CSV (RFC 4180) by its header line, or JSON in the shape of `site export`. */

import { MailError } from '../errors.js';
import { isObject, parseJson } from '../words/json.js';

/** The columns, in the order in which a table is best written. */
export const COLUMNS = [
  'name',
  'organisation',
  'organisation-email',
  'login',
  'smtp-host',
  'smtp-port',
  'smtp-security',
  'smtp-user',
  'smtp-from',
  'smtp-password',
  'send-as',
  'account',
] as const;

/** One of the columns. */
export type Column = (typeof COLUMNS)[number];

/** What is wrong in a row, as scripts read it; row 1 is the first after the header, 0 the header or the whole file. */
export interface RowFault {
  readonly row: number;
  readonly column: string;
  readonly message: string;
}

/** One site of the file, as text. An empty value is none. */
export interface Row {
  readonly number: number;
  readonly values: Readonly<Partial<Record<Column, string>>>;
  /** What could not be taken as a value of a column. */
  readonly faults: readonly RowFault[];
  /** The row as it stands in the file, to be written to another one. */
  readonly raw: string;
}

/** A whole file. */
export interface RowFile {
  readonly rows: readonly Row[];
  /** What stands around and between the rows, for a file of the same form. */
  readonly form: { readonly before: string; readonly between: string; readonly after: string };
  /** The Google client file that support put beside the sites; null if there is none. */
  readonly client: object | null;
}

/** Larger files are something else; they are read whole, and hold passwords. */
export const SITE_FILE_MAX = 64 * 1024 * 1024;

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Reads a file of sites.
 *
 * @param bytes UTF-8, with or without a byte order mark
 * @throws MailError `invalid-settings` for a file that is neither CSV with a known header nor JSON
 */
export async function readRows(bytes: Buffer): Promise<RowFile> {
  if (bytes.length > SITE_FILE_MAX) throw unreadable('it is larger than 64 MiB');
  const whole = decoded(bytes);
  const text = whole.startsWith(BYTE_ORDER_MARK) ? whole.slice(1) : whole;
  if (text.trim() === '') throw unreadable('it is empty');
  if (/^\s*[[{]/.test(text)) return readJson(text);
  return readCsv(text, whole === text ? '' : BYTE_ORDER_MARK);
}

/** Never what only looks like the text: a password with an accent would be stored as another one. */
function decoded(bytes: Buffer): string {
  if (bytes.subarray(0, 4).equals(ZIP)) throw unreadable(`it is a workbook. ${SAVE_AS}`);
  if (bytes.includes(0)) throw unreadable(`it is not UTF-8 (saved as "Unicode"?). ${SAVE_AS}`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(
      `it is not UTF-8: its accented letters are written in another way. ${SAVE_AS}`,
    );
  }
}

/** What every workbook of Excel and LibreOffice begins with. */
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const SAVE_AS = 'Save it as UTF-8 (in Excel: Save As, “CSV UTF-8”)';

/** A line of a table, as csv-parse gives it where `raw` is asked for. */
interface TableRecord {
  readonly record: readonly string[];
  readonly raw: string;
}

async function readCsv(text: string, mark: string): Promise<RowFile> {
  const { parse } = await import('csv-parse/sync');
  const [firstLine = ''] = text.split(/\r\n|\r|\n/, 1);
  const delimiter = delimiterOf(firstLine);
  let header: { readonly columns: readonly string[]; readonly raw: string } | null = null;
  let number = 0;
  /** At once, so that the cells of a long file need not lie in memory beside its rows. */
  const take = ({ record, raw }: TableRecord): Row | null => {
    if (header === null) {
      header = { columns: record.map((cell) => cell.trim().toLowerCase()), raw: withoutEnds(raw) };
      return null;
    }
    number += 1;
    // A row of a spreadsheet in which nothing stands is none, and counts: the numbers of the others are the sheet’s.
    const isBlank = record.every((cell) => cell.trim() === '');
    return isBlank ? null : rowOf(number, record, header.columns, raw);
  };
  let rows: Row[];
  try {
    rows = parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      raw: true,
      // Its types know neither what `raw` adds nor that anything may be given back.
      on_record: (given: unknown) => take(given as TableRecord) as unknown as string[] | null,
    }) as unknown as typeof rows;
  } catch (error) {
    const { lines, records: row } = error as { lines?: unknown; records?: unknown };
    throw unreadable(
      `its quotes can’t be read as CSV${typeof lines === 'number' ? ` (line ${lines})` : ''}: a cell that holds a quote is quoted whole, and each quote in it is doubled`,
      typeof row === 'number' ? row : 0,
    );
  }
  const { columns, raw } = header ?? { columns: [], raw: '' };
  requireHeader(columns);
  const [lineEnd = '\n'] = /\r\n|\r|\n/.exec(text) ?? [];
  return {
    rows,
    form: {
      before: `${mark}${raw}${lineEnd}`,
      between: lineEnd,
      after: lineEnd,
    },
    client: null,
  };
}

/** The line ends that csv-parse leaves at a row; those within a cell stand between quotes. */
function withoutEnds(raw: string): string {
  return raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
}

/** The separator that stands most often in the header. */
function delimiterOf(line: string): string {
  const count = (mark: string) => line.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

function requireHeader(columns: readonly string[]): void {
  const faults = [
    ...columns.filter((name) => !isColumn(name)).map((name) => [name, 'is not a known column']),
    ...columns
      .filter((name, index) => isColumn(name) && columns.indexOf(name) !== index)
      .map((name) => [name, 'stands in the first line twice']),
    ...(['name', 'login'] as const)
      .filter((name) => !columns.includes(name))
      .map((name) => [name, 'is missing in the first line']),
  ].map(([column = '', message = '']) => ({ row: 0, column: column.slice(0, 40), message }));
  if (faults.length === 0) return;
  const what = faults.map(
    ({ column, message }) => `the column ${JSON.stringify(column)} ${message}`,
  );
  throw new MailError(
    'invalid-settings',
    `The file can’t be read: ${what.join(', ')}.`,
    `Nothing was imported. The columns are: ${COLUMNS.join(', ')}.`,
    { rows: faults },
  );
}

function rowOf(
  number: number,
  cells: readonly string[],
  columns: readonly string[],
  raw: string,
): Row {
  const faults: RowFault[] = [];
  if (cells.length !== columns.length) {
    const message = `has ${cells.length} cells, and the first line names ${columns.length} columns`;
    faults.push({ row: number, column: '', message });
  }
  const values: Partial<Record<Column, string>> = {};
  columns.forEach((column, index) => {
    const cell = cells[index] ?? '';
    if (isColumn(column) && cell.trim() !== '') values[column] = cell;
  });
  return { number, values, faults, raw: withoutEnds(raw) };
}

/** A list; an object with `sites` and `client`; or one object a line. */
function readJson(text: string): RowFile {
  const whole = parseJson(text);
  if (whole === undefined) return readLines(text);
  const { sites, client } = sitesIn(whole);
  const rows = sites.map((value, index) =>
    rowOfValue(index + 1, value, JSON.stringify(value, null, 2)),
  );
  return { rows, form: { before: '[\n', between: ',\n', after: '\n]\n' }, client };
}

function sitesIn(whole: unknown): {
  readonly sites: readonly unknown[];
  readonly client: object | null;
} {
  if (Array.isArray(whole)) return { sites: whole, client: null };
  if (!isObject(whole) || !('sites' in whole)) return { sites: [whole], client: null };
  if (!Array.isArray(whole.sites)) throw unreadable('its "sites" is not a list');
  return { sites: whole.sites, client: isObject(whole.client) ? whole.client : null };
}

function readLines(text: string): RowFile {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (parseJson(lines[0] ?? '') === undefined) {
    throw unreadable('it is no whole JSON: neither a list, nor an object a line');
  }
  const rows = lines.map((line, index) => rowOfValue(index + 1, parseJson(line), line));
  return { rows, form: { before: '', between: '\n', after: '\n' }, client: null };
}

/** Where each column stands in an exported site. */
const PATHS: Readonly<Record<string, Column>> = {
  name: 'name',
  organisation: 'organisation',
  organisationEmail: 'organisation-email',
  login: 'login',
  sendAs: 'send-as',
  account: 'account',
  'smtp.host': 'smtp-host',
  'smtp.port': 'smtp-port',
  'smtp.security': 'smtp-security',
  'smtp.user': 'smtp-user',
  'smtp.from': 'smtp-from',
  'smtp.password': 'smtp-password',
};

function rowOfValue(number: number, value: unknown, raw: string): Row {
  if (!isObject(value)) {
    const message = value === undefined ? 'is not whole JSON' : 'is not an object';
    return { number, values: {}, faults: [{ row: number, column: '', message }], raw };
  }
  const values: Partial<Record<Column, string>> = {};
  const faults: RowFault[] = [];
  const { smtp = null, ...general } = value;
  if (smtp !== null && !isObject(smtp)) {
    faults.push({ row: number, column: 'smtp', message: 'must be an object, or null' });
  }
  const flat = [
    ...Object.entries(general),
    ...Object.entries(isObject(smtp) ? smtp : {}).map(
      ([key, found]) => [`smtp.${key}`, found] as const,
    ),
  ];
  for (const [path, found] of flat) {
    const column = Object.hasOwn(PATHS, path) ? PATHS[path] : undefined;
    if (column === undefined) {
      faults.push({ row: number, column: path, message: 'is not a known field' });
    } else if (typeof found === 'string' || typeof found === 'number') {
      if (String(found).trim() !== '') values[column] = String(found);
    } else if (found !== null) {
      faults.push({ row: number, column, message: 'must be text' });
    }
  }
  return { number, values, faults, raw };
}

function isColumn(name: string): name is Column {
  return (COLUMNS as readonly string[]).includes(name);
}

function unreadable(why: string, row = 0): MailError {
  return new MailError(
    'invalid-settings',
    `The file can’t be read: ${why}.`,
    'Nothing was imported.',
    { rows: [{ row, column: '', message: why }] },
  );
}
