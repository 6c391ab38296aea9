/** Reads a file of sites into rows: CSV (RFC 4180) with a header line, or JSON in the form of `site export`. */

import { MailError } from '../errors.js';
import {
  type FieldColumn,
  GMAIL_FIELDS,
  PRACTICE_FIELDS,
  SITE_FIELDS,
  SMTP_FIELDS,
} from '../sites/site-fields.js';
import { decodeText } from '../text/decode-text.js';
import { asSeen, wordAsSeen } from '../text/invisible.js';
import { isObject, parseJson } from '../text/json.js';

/** In the best order for writing a table. */
export const COLUMNS: readonly Column[] = [
  'name',
  ...PRACTICE_FIELDS.map(({ column }) => column),
  ...SMTP_FIELDS.map(({ column }) => column),
  'smtp-password',
  ...GMAIL_FIELDS.map(({ column }) => column),
];

export type Column = 'name' | FieldColumn | 'smtp-password';

/** What is wrong in a row, for scripts; row 1 is the first after the header, 0 the header or the whole file. */
export interface RowFault {
  readonly row: number;
  readonly column: string;
  readonly message: string;
}

/** One site in the file as text, without invisible characters; a password is unchanged. Empty values are left out. */
export interface Row {
  readonly number: number;
  /** The line in the file where it starts; null in JSON that is a single value. */
  readonly line: number | null;
  readonly values: Readonly<Partial<Record<Column, string>>>;
  /** What could not be read as the value of a column. */
  readonly faults: readonly RowFault[];
  /** The row as it is in the file, for writing it to another one. */
  readonly raw: string;
}

export interface RowFile {
  readonly rows: readonly Row[];
  /** The text around and between the rows, for writing a file in the same form. */
  readonly form: { readonly before: string; readonly between: string; readonly after: string };
  /** The Google client file that support added to the sites; null if there is none. */
  readonly client: object | null;
}

/** In bytes. A larger file is something else; files are read whole, and contain passwords. */
export const SITE_FILE_MAX = 64 * 1024 * 1024;

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * @param bytes UTF-8, or as their byte order mark says
 * @throws MailError `invalid-settings` for a file that is neither CSV with a known header nor JSON
 */
export async function readRows(bytes: Buffer): Promise<RowFile> {
  if (bytes.length > SITE_FILE_MAX) throw unreadable('it is larger than 64 MiB');
  if (bytes.subarray(0, 4).equals(ZIP)) throw unreadable(`it is a workbook. ${SAVE_AS}`);
  const decoded = decodeText(bytes);
  if (decoded === null) {
    throw unreadable(`it is not UTF-8: its letters are written in another way. ${SAVE_AS}`);
  }
  const { text, hasMark } = decoded;
  if (asSeen(text) === '') throw unreadable('it is empty');
  if (/^\s*[[{]/.test(text)) return readJson(text);
  return readCsv(text, hasMark ? BYTE_ORDER_MARK : '');
}

/** Every Excel and LibreOffice workbook starts with this. */
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const SAVE_AS = 'Save it as UTF-8 (in Excel: Save As, "CSV UTF-8")';

/** A record as csv-parse returns it with the option `raw`. */
interface TableRecord {
  readonly record: readonly string[];
  readonly raw: string;
}

async function readCsv(text: string, mark: string): Promise<RowFile> {
  const { parse } = await import('csv-parse/sync');
  const { before, delimiter, table } = separated(text);
  const lines = lineCounter(before);
  let header: { readonly columns: readonly string[]; readonly raw: string } | null = null;
  let number = 0;
  /** Called for each record as it is parsed, so that the cells of a long file are not in memory along with its rows. */
  const take = ({ record, raw }: TableRecord, endsAt: number): Row | null => {
    const line = lines.firstOf(record, endsAt);
    const isBlank = record.every((cell) => asSeen(cell) === '');
    if (header === null) {
      // A sheet may start with blank rows.
      if (!isBlank) header = { columns: record.map(columnOf), raw: withoutEnds(raw) };
      return null;
    }
    number += 1;
    // A blank row in a spreadsheet is left out but counted, so that the other rows keep the sheet’s numbers.
    return isBlank ? null : rowOf({ number, line, raw: withoutEnds(raw) }, record, header.columns);
  };
  let rows: Row[];
  try {
    rows = parse(table, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      raw: true,
      // The library's types cover neither what `raw` adds nor that any value may be returned.
      on_record: (given: unknown, { lines: endsAt }) =>
        take(given as TableRecord, endsAt) as unknown as string[] | null,
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
  const [lineEnd = '\n'] = LINE_END.exec(text) ?? [];
  return {
    rows,
    form: {
      before: `${mark}${before.trim()}${before.trim() === '' ? '' : lineEnd}${raw}${lineEnd}`,
      between: lineEnd,
      after: lineEnd,
    },
    client: null,
  };
}

const LINE_END = /\r\n|\r|\n/;

/** The line before the header that declares the separator for Excel. */
const SEPARATOR_LINE = /^\s*"?sep=([,;\t|])"?[,;\t|]*(?:\r\n|\r|\n|$)/i;

/** Splits a text into the table, its delimiter, and what comes before it. */
function separated(text: string): { before: string; delimiter: string; table: string } {
  const [before, said] = SEPARATOR_LINE.exec(text) ?? ['', undefined];
  const table = text.slice(before.length);
  if (said !== undefined) return { before, delimiter: said, table };
  // The first line that is not blank: the header.
  const [header = ''] = /^.*[^\s,;"].*$/m.exec(text) ?? [];
  return { before, delimiter: delimiterOf(header), table };
}

/** Counts the lines of a file: csv-parse counts a CRLF within a cell twice. */
function lineCounter(before: string): {
  firstOf(cells: readonly string[], endsAt: number): number;
} {
  let skew = before.split(LINE_END).length - 1;
  return {
    firstOf(cells, endsAt) {
      const count = (ends: RegExp) =>
        cells.reduce((sum, cell) => sum + cell.split(ends).length - 1, 0);
      const first = endsAt + skew - count(/[\r\n]/);
      skew -= count(/\r\n/);
      return first;
    },
  };
}

/** A column by its name as people write it: "SMTP host", "smtp_host", or with a word processor's hyphen. */
function columnOf(name: string): string {
  return wordAsSeen(name)
    .toLowerCase()
    .replace(/[\s_\u2010-\u2015\u2212]+/g, '-');
}

/** Removes the line ends that csv-parse leaves around a row; those within a cell are between quotes. */
function withoutEnds(raw: string): string {
  return raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
}

/** The most frequent separator in the header. */
function delimiterOf(line: string): string {
  const count = (mark: string) => line.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

function requireHeader(columns: readonly string[]): void {
  // The line is not shown in this case: it may be a row, with its password.
  if (!columns.some(isColumn)) throw noHeader();
  const faults = [
    ...columns
      .filter((name) => name !== '' && !isColumn(name))
      .map((name) => [name, 'is not a known column']),
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
    COLUMNS_ARE,
    {
      rows: faults,
    },
  );
}

const COLUMNS_ARE = `Nothing was imported. The columns are: ${COLUMNS.join(', ')}.`;

function noHeader(): MailError {
  const message = 'the first line names none of the columns';
  return new MailError('invalid-settings', `The file can’t be read: ${message}.`, COLUMNS_ARE, {
    rows: [{ row: 0, column: '', message }],
  });
}

function rowOf(
  place: Pick<Row, 'number' | 'line' | 'raw'>,
  cells: readonly string[],
  columns: readonly string[],
): Row {
  const { number: row } = place;
  const faults: RowFault[] = [];
  const values: Partial<Record<Column, string>> = {};
  const last = columns.findLastIndex((column) => column !== '');
  const beyond = cells.slice(columns.length).some((cell) => asSeen(cell) !== '');
  if (cells.length <= last || beyond) {
    const why = beyond ? ' (a separator within a cell needs quotes round the cell)' : '';
    const message = `has ${cells.length} cells, and the first line names ${columns.length} columns${why}`;
    faults.push({ row, column: '', message });
  }
  columns.forEach((column, index) => {
    const value = valueIn(column, cells[index] ?? '');
    if (value === '') return;
    if (isColumn(column)) values[column] = value;
    else {
      const message = `something stands in cell ${index + 1}, and the first line has no name for its column`;
      faults.push({ row, column: '', message });
    }
  });
  return { ...place, values, faults };
}

/** Without the characters that spreadsheets and pages add; a password keeps its spaces. */
function valueIn(column: string, cell: string): string {
  if (column === 'smtp-password') return cell.trim() === '' ? '' : cell;
  const field = SITE_FIELDS.find((one) => one.column === column);
  return field === undefined ? wordAsSeen(cell) : field.fromCell(cell);
}

/** A list; an object with `sites` and `client`; or one object per line. */
function readJson(text: string): RowFile {
  const whole = parseJson(text);
  if (whole === undefined) return readLines(text);
  const { sites, client } = sitesIn(whole);
  const rows = sites.map((value, index) =>
    rowOfValue({ number: index + 1, line: null, raw: JSON.stringify(value, null, 2) }, value),
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
  const lines = text
    .split(/\r?\n/)
    .map((raw, index) => ({ raw, line: index + 1 }))
    .filter(({ raw }) => raw.trim() !== '');
  if (parseJson(lines[0]?.raw ?? '') === undefined) {
    throw unreadable('it is no whole JSON: neither a list, nor an object a line');
  }
  const rows = lines.map(({ raw, line }, index) =>
    rowOfValue({ number: index + 1, line, raw }, parseJson(raw)),
  );
  return { rows, form: { before: '', between: '\n', after: '\n' }, client: null };
}

/** Where each column is in an exported site. */
const PATHS = new Map<string, Column>([
  ['name', 'name'],
  ...SITE_FIELDS.map(({ path, column }) => [path, column] as const),
  ['smtp.password', 'smtp-password'],
]);

function rowOfValue(place: Pick<Row, 'number' | 'line' | 'raw'>, value: unknown): Row {
  const { number: row } = place;
  if (!isObject(value)) {
    const message = value === undefined ? 'is not whole JSON' : 'is not an object';
    return { ...place, values: {}, faults: [{ row, column: '', message }] };
  }
  const values: Partial<Record<Column, string>> = {};
  const faults: RowFault[] = [];
  const { smtp = null, ...general } = value;
  if (smtp !== null && !isObject(smtp)) {
    faults.push({ row, column: 'smtp', message: 'must be an object, or null' });
  }
  const flat = [
    ...Object.entries(general),
    ...Object.entries(isObject(smtp) ? smtp : {}).map(
      ([key, found]) => [`smtp.${key}`, found] as const,
    ),
  ];
  for (const [path, found] of flat) {
    const column = PATHS.get(path);
    if (column === undefined) {
      faults.push({ row, column: path, message: 'is not a known field' });
    } else if (typeof found === 'string' || isWholeNumber(column, found)) {
      const text = valueIn(column, String(found));
      if (text !== '') values[column] = text;
    } else if (found !== null) {
      const why = column === 'smtp-password' ? ', in quotes: a number may have lost digits' : '';
      faults.push({ row, column, message: `must be text${why}` });
    }
  }
  return { ...place, values, faults };
}

/** A password is never read from a number: JSON keeps neither leading zeros nor more than 15 digits. */
function isWholeNumber(column: Column, found: unknown): boolean {
  return column !== 'smtp-password' && Number.isSafeInteger(found);
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
