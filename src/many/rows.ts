/** A file of sites, as rows: CSV (RFC 4180) by its header line, or JSON in the shape of `site export`. */

import { MailError } from '../errors.js';

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

/** What is wrong in a row, as scripts read it; row 1 is the first after the header. */
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
  /** The row as it was, to be written to another file: cells, or an object. */
  readonly raw: readonly string[] | object;
}

/** A whole file. */
export interface RowFile {
  readonly rows: readonly Row[];
  /** The header of a CSV file as it was; null for JSON. */
  readonly header: readonly string[] | null;
  readonly delimiter: string;
  /** The Google client file that support put beside the sites; null if there is none. */
  readonly client: object | null;
}

/** Larger files are something else; they are read whole, and hold passwords. */
const SIZE_MAX = 64 * 1024 * 1024;

/**
 * Reads a file of sites.
 *
 * @param bytes UTF-8, with or without a byte order mark
 * @throws MailError `invalid-settings` for a file that is neither CSV with a known header nor JSON
 */
export async function readRows(bytes: Buffer): Promise<RowFile> {
  if (bytes.length > SIZE_MAX) throw unreadable('it is larger than 64 MiB');
  if (bytes.includes(0))
    throw unreadable('it is not UTF-8 (saved as "Unicode"?). Save it as UTF-8');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text.trim() === '') throw unreadable('it is empty');
  return /^\s*[[{]/.test(text) ? readJson(text) : readCsv(text);
}

async function readCsv(text: string): Promise<RowFile> {
  const { parse } = await import('csv-parse/sync');
  const [firstLine = ''] = text.split(/\r?\n/, 1);
  const delimiter = delimiterOf(firstLine);
  let records: string[][];
  try {
    records = parse(text, { delimiter, relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    const line = (error as { lines?: unknown }).lines;
    throw unreadable(
      `its quotes can’t be read as CSV${typeof line === 'number' ? ` (line ${line})` : ''}: a cell that holds a quote is quoted whole, and each quote in it is doubled`,
    );
  }
  const [header = [], ...rest] = records;
  const columns = header.map((cell) => cell.trim().toLowerCase());
  requireHeader(columns);
  const rows = rest.map((cells, index) => rowOf(index + 1, cells, columns));
  return { rows, header, delimiter, client: null };
}

/** The separator that stands most often in the header. */
function delimiterOf(line: string): string {
  const count = (mark: string) => line.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

function requireHeader(columns: readonly string[]): void {
  const unknown = columns.filter((name) => !isColumn(name));
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index);
  const known = `The columns are: ${COLUMNS.join(', ')}.`;
  if (unknown.length > 0) {
    throw unreadable(
      `its first line names columns that are not known: ${unknown.map(quoted).join(', ')}. ${known}`,
    );
  }
  if (twice.length > 0)
    throw unreadable(`its first line names a column twice: ${twice.map(quoted).join(', ')}`);
  if (!columns.includes('name') || !columns.includes('login')) {
    throw unreadable(`its first line must name the columns name and login. ${known}`);
  }
}

function rowOf(number: number, cells: readonly string[], columns: readonly string[]): Row {
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
  return { number, values, faults, raw: cells };
}

function readJson(text: string): RowFile {
  const { sites, client } = parseSites(text);
  const rows = sites.map((value, index) => rowOfObject(index + 1, value));
  return { rows, header: null, delimiter: ',', client };
}

/** A list; an object with `sites` and `client`; or one object a line. */
function parseSites(text: string): {
  readonly sites: readonly unknown[];
  readonly client: object | null;
} {
  const whole = tryParse(text);
  if (Array.isArray(whole)) return { sites: whole, client: null };
  if (isObject(whole)) {
    if (!('sites' in whole)) return { sites: [whole], client: null };
    if (!Array.isArray(whole.sites)) throw unreadable('its "sites" is not a list');
    return { sites: whole.sites, client: isObject(whole.client) ? whole.client : null };
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const sites = lines.map((line, index) => {
    const value = tryParse(line);
    if (value === undefined) throw unreadable(`line ${index + 1} is not whole JSON`);
    return value;
  });
  return { sites, client: null };
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

function rowOfObject(number: number, value: unknown): Row {
  if (!isObject(value)) {
    const fault = { row: number, column: '', message: 'is not an object' };
    return { number, values: {}, faults: [fault], raw: [] };
  }
  const values: Partial<Record<Column, string>> = {};
  const faults: RowFault[] = [];
  const smtp = isObject(value.smtp) ? value.smtp : {};
  const { smtp: _, ...general } = value;
  const flat = [
    ...Object.entries(general),
    ...Object.entries(smtp).map(([key, found]) => [`smtp.${key}`, found] as const),
  ];
  for (const [path, found] of flat) {
    const column = PATHS[path];
    if (column === undefined) {
      faults.push({ row: number, column: path, message: 'is not a known field' });
    } else if (typeof found === 'string' || typeof found === 'number') {
      if (String(found).trim() !== '') values[column] = String(found);
    } else if (found !== null) {
      faults.push({ row: number, column, message: 'must be text' });
    }
  }
  return { number, values, faults, raw: value };
}

function isColumn(name: string): name is Column {
  return (COLUMNS as readonly string[]).includes(name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

function unreadable(why: string): MailError {
  return new MailError(
    'invalid-settings',
    `The file can’t be read: ${why}.`,
    'Nothing was imported.',
  );
}
