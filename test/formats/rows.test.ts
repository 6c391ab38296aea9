/** Files of sites: whatever is in them, each row is planned or refused with its place, and nothing crashes. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MailError } from '../../src/errors.js';
import { exportSite } from '../../src/formats/export-sites.js';
import { COLUMNS, readRows } from '../../src/formats/rows.js';
import { planImport } from '../../src/kit/plan-import.js';
import { rejectsText } from '../../src/practices/site-import.js';
import { passwordSlot, sealed } from '../../src/sites/secrets.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { MemorySecrets, MemorySites } from '../support/memory-store.js';
import { twin } from '../support/twin.js';

const EMPTY = twin();

/** Reads and plans, or says why not; anything but a MailError is a crash. */
async function take(text: string) {
  const rows = await rowsOf(text);
  return rows instanceof MailError ? rows : planImport(rows, EMPTY, false);
}

async function rowsOf(text: string) {
  try {
    return (await readRows(Buffer.from(text))).rows;
  } catch (error) {
    if (error instanceof MailError && error.code === 'invalid-settings') return error;
    throw error;
  }
}

async function valuesOf(text: string) {
  const rows = await rowsOf(text);
  return rows instanceof MailError ? rows.code : rows.map(({ values }) => values);
}

/** What is wrong in a file; null if nothing is. */
async function faultsOf(text: string) {
  const taken = await take(text);
  if (taken instanceof MailError) return taken.details.rows;
  const faults = taken.flatMap((plan) => (plan.kind === 'invalid' ? plan.faults : []));
  return faults.length === 0 ? null : faults;
}

const cell = fc.oneof(
  fc.constantFrom('', 'a', 'a@b.example', 'smtp.gmail.com', '587', 'tls', '"', '""', ';', 'x\ny'),
  fc.string({ maxLength: 8 }),
);
const table = fc
  .tuple(
    fc.shuffledSubarray([...COLUMNS], { minLength: 1 }),
    fc.array(fc.array(cell, { maxLength: 13 }), { maxLength: 5 }),
    fc.constantFrom(',', ';', '\t'),
  )
  .map(([header, rows, mark]) => [header, ...rows].map((cells) => cells.join(mark)).join('\n'));

test('no table and no JSON makes it crash, and a row is planned whole or refused with its place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(table, fc.string(), fc.json()), async (text) => {
      const taken = await take(text);
      if (taken instanceof MailError) return;
      for (const plan of taken) {
        if (plan.kind !== 'invalid') continue;
        expect(plan.faults.length).toBeGreaterThan(0);
        for (const { row } of plan.faults) expect(row).toBe(plan.row.number);
      }
    }),
    { numRuns: 500 },
  );
});

test('rejected, all rows come back as they were, and as often as wanted', async () => {
  const rejected = async (text: string) => {
    const file = await readRows(Buffer.from(text));
    return rejectsText(file.form, file.rows);
  };
  await fc.assert(
    fc.asyncProperty(fc.oneof(table, fc.json()), async (text) => {
      const once = await rejected(text).catch(() => null);
      if (once === null || once === '') return;
      expect(await rejected(once)).toBe(once);
      const [before, after] = [await valuesOf(text), await valuesOf(once)];
      expect(JSON.stringify(after)).toBe(JSON.stringify(before));
    }),
    { numRuns: 500 },
  );
});

test('what is exported is imported as it was', async () => {
  const site = aSite({ smtp: { ...SMTP, password: null }, sendAs: 'info@harbour-physio.example' });
  const plans = await take(JSON.stringify([exportSite(site)]));
  expect(plans).toMatchObject([{ kind: 'add', site, password: null }]);
});

test('a password is never part of what is said about a row', async () => {
  const plans = await take('name,login,smtp-port\na,b@c.example,hunter2-secret\n');
  expect(JSON.stringify((plans as { faults?: unknown }[])[0]?.faults)).not.toContain('hunter2');
});

describe('what spreadsheets do to a file', () => {
  const SITE = { name: 'harbour', login: 'jane@h.example' };
  const ROW = 'harbour,jane@h.example';

  test.each<[what: string, text: string, values: object]>([
    ['columns without a name', `name,login,,\n${ROW},,\n`, SITE],
    ['cells behind the last column, with nothing in them', `name,login\n${ROW},, ,\n`, SITE],
    ['a row that ends before columns without a name', `name,login,,\n${ROW}\n`, SITE],
    ['an empty line first', '\r\nname;login\r\nharbour;jane@h.example\r\n', SITE],
    ['blank lines and rows first', ' \n\n;;\n\t\nname;login\nharbour;jane@h.example', SITE],
    ['an empty line before tabs', '\nname\tlogin\nharbour\tjane@h.example\n', SITE],
    ['the separator in a line of its own', 'sep=;\r\nname;login\r\nharbour;jane@h.example', SITE],
    ['that line with its cells', '"sep=;",,\nname;login\nharbour;jane@h.example', SITE],
    ['that line with another separator', 'SEP=|\nname|login\nharbour|jane@h.example', SITE],
    ['that line after an empty one', '\nsep=,\n\nname,login\nharbour,jane@h.example', SITE],
    [
      'security in capitals',
      `name,login,smtp-security\n${ROW},STARTTLS`,
      { ...SITE, 'smtp-security': 'starttls' },
    ],
    [
      'security as a word',
      `name,login,smtp-security\n${ROW}, None `,
      { ...SITE, 'smtp-security': 'none' },
    ],
    [
      'columns as people write them',
      `Name,LOGIN,SMTP host,smtp_port,smtp\u2011user\n${ROW},s.example,25,u`,
      { ...SITE, 'smtp-host': 's.example', 'smtp-port': '25', 'smtp-user': 'u' },
    ],
    [
      'what nobody sees in addresses and names',
      'name,login\n\ufeffhar\u00adbour\u200b,\u202ajane@h.example\u202c\u00a0',
      SITE,
    ],
    ['what nobody sees in the first line', `\ufeff\u200bname\u00a0,lo\u200dgin\n${ROW}`, SITE],
    [
      'blanks of another width',
      'name,login\nharbour\u00a0physio\u2009north,jane@h.example',
      { ...SITE, name: 'harbour physio north' },
    ],
    [
      'joiners, which are letters of a practice’s own name',
      `name,login,organisation\n${ROW},می\u200cخواهم`,
      { ...SITE, organisation: 'می\u200cخواهم' },
    ],
    [
      'a password’s own blanks',
      `name,login,smtp-password\n${ROW},"  a b "`,
      { ...SITE, 'smtp-password': '  a b ' },
    ],
    [
      'a password that begins like a formula',
      `name,login,smtp-password\n${ROW},=Winter24`,
      { ...SITE, 'smtp-password': '=Winter24' },
    ],
  ])('%s: taken', async (_what, text, values) => {
    expect(await valuesOf(text)).toEqual([values]);
  });

  test.each([
    ...['#NAME?', '#VALUE!', '#REF!', '#DIV/0!', '#NULL!', '#NUM!', '#N/A', '#SPILL!'],
    ...['#GETTING_DATA', '#WERT!', '#BEZUG!', '#NV', '#¿NOMBRE?', '#ÜBERLAUF!', 'Err:508'],
    ...['#####', '2.51167E+14', '"2,5E+14"', '1E+15', '1.23e-7', '-1.2E+020', 'TRUE', 'FALSE'],
    ...['251167076377123000', 'Mar-24', '3-Apr', '"=""0123"""', ' #NAME? '],
  ])('%s in the place of a password: named, never shown', async (cell) => {
    const faults = await faultsOf(`name,login,smtp-host,smtp-password\n${ROW},s.example,${cell}`);
    expect(faults).toEqual([
      {
        row: 1,
        column: 'smtp-password',
        message: expect.stringContaining('type the password again'),
      },
    ]);
    expect(JSON.stringify(faults)).not.toContain(cell.trim());
  });

  test.each([
    ...['#Winter24!', 'E+14', '1E5', '2.5E+14x', '#1234', 'True', 'May24', '#a?'],
    ...['12345678901', '123456789012345670', '1000'],
  ])('%s can be a password', async (cell) => {
    const text = `name,login,smtp-host,smtp-password\n${ROW},s.example,${cell}`;
    expect(await faultsOf(text)).toBeNull();
  });

  test.each<[what: string, columns: string, cells: string, column: string]>([
    ['an organisation that was replaced', 'organisation', '#REF!', 'organisation'],
    ['a user that was replaced', 'smtp-host,smtp-user', 's.example,4.4E+11', 'smtp-user'],
    ['more cells than columns', 'organisation', 'a,b', ''],
    ['fewer cells than columns', 'organisation,account', 'a', ''],
    ['something in a column without a name', ',organisation', 'x,a', ''],
    ['SSL/TLS for a security', 'smtp-host,smtp-security', 's.example,SSL/TLS', 'smtp-security'],
    ['what nobody sees in a password', 'smtp-host,smtp-password', 's.ex,a\u200bb', 'smtp-password'],
    ['a letter that was lost', 'organisation', 'Caf\ufffd', 'organisation'],
  ])('%s: named by row and column', async (_what, columns, cells, column) => {
    expect(await faultsOf(`name,login,${columns}\n,,\n${ROW},${cells}`)).toEqual([
      { row: 2, column, message: expect.any(String) },
    ]);
  });

  test('a name that was replaced is named once', async () => {
    expect(await faultsOf('name,login\n1.2E+11,jane@h.example')).toEqual([
      { row: 1, column: 'name', message: expect.stringContaining('spreadsheet') },
    ]);
  });

  test('a file without its first line: what stands there is not shown', async () => {
    const taken = await take('harbour;jane@h.example;s.example;Secret-1\n');
    expect(taken).toMatchObject({ code: 'invalid-settings', details: { rows: [{ row: 0 }] } });
    const { message, hint, details } = taken as MailError;
    expect(JSON.stringify([message, hint, details])).not.toContain('Secret-1');
  });

  const CAFE = '\ufeffname,login\ncafé,j@h.example\n';

  test.each<[encoding: string, bytes: Buffer]>([
    ['UTF-8', Buffer.from(CAFE)],
    ['UTF-16 as PowerShell writes it', Buffer.from(CAFE, 'utf16le')],
    ['UTF-16, the other way round', Buffer.from(CAFE, 'utf16le').swap16()],
  ])('%s is read by its mark, and given back with one', async (_encoding, bytes) => {
    const { rows, form } = await readRows(bytes);
    expect(rows).toMatchObject([{ values: { name: 'café', login: 'j@h.example' } }]);
    expect(rejectsText(form, rows)).toBe(CAFE);
  });

  test.each<[what: string, bytes: Buffer]>([
    ['UTF-16 without its mark', Buffer.from('name,login\n', 'utf16le')],
    ['UTF-16 with half a character', Buffer.from(`${CAFE}\ud800`, 'utf16le')],
    ['UTF-16 that is cut', Buffer.from(CAFE, 'utf16le').subarray(0, -1)],
    ['UTF-32', Buffer.from('\ufeff\0n\0', 'utf16le')],
    ['Latin-1', Buffer.from('name,login\ncafé,j@h.example\n', 'latin1')],
  ])('%s is no text', async (_what, bytes) => {
    await expect(readRows(bytes)).rejects.toMatchObject({ code: 'invalid-settings' });
  });
});

test('each row knows the line of the file in which it begins', async () => {
  const linesOf = async (text: string) =>
    (await readRows(Buffer.from(text))).rows.map(({ number, line }) => [number, line]);
  const table = 'sep=;\n\nname;login\na;"x\ny"\n\n;\nb;"p\nq\n"\nc;z\n';
  const expected = [
    [1, 4],
    [3, 8],
    [4, 11],
  ];
  expect(await linesOf(table)).toEqual(expected);
  expect(await linesOf(table.replaceAll('\n', '\r\n'))).toEqual(expected);
  expect(await linesOf(table.replaceAll('\n', '\r'))).toEqual(expected);
  expect(await linesOf('{"name":"a"}\n\n{"name":"b"}\n')).toEqual([
    [1, 1],
    [2, 3],
  ]);
  expect(await linesOf('[{"name":"a"}]')).toEqual([[1, null]]);
});

test.each<[what: string, site: object, column: string]>([
  ['a password that is a number', { smtp: { host: 's.ex', password: 1234 } }, 'smtp-password'],
  ['a number that lost digits', { organisation: 2 ** 60 }, 'organisation'],
  ['half a letter in a password', { smtp: { host: 's.ex', password: 'a\ud800' } }, 'smtp-password'],
  ['half a letter in a name', { name: 'a\udfff' }, 'name'],
  ['half a letter in an organisation', { organisation: '\ud83d' }, 'organisation'],
  ['half a letter in an address', { sendAs: 'a\ud800@b.example' }, 'send-as'],
  ['half a letter in a host', { smtp: { host: 's\ud800.ex' } }, 'smtp-host'],
  ['half a letter in a user', { smtp: { host: 's.ex', user: '\udc00x' } }, 'smtp-user'],
  ['a NUL', { organisation: 'a\0b' }, 'organisation'],
  ['a NUL in a password', { smtp: { host: 's.ex', password: 'a\0b' } }, 'smtp-password'],
  ['a line that ends by another sign', { organisation: 'a\u2028b' }, 'organisation'],
])('%s is refused before anything is stored', async (_what, site, column) => {
  const text = JSON.stringify([{ name: 'a', login: 'a@b.example', ...site }]);
  expect(await faultsOf(text)).toEqual([{ row: 1, column, message: expect.any(String) }]);
});

describe('a site on record', () => {
  const site = aSite({ name: 'harbour', smtp: SMTP, credentials: 'vault' });
  const plan = async (columns: string, cells: string, stored: string | null, update = true) => {
    const text = `name,login,${columns}\nharbour,${site.login},${cells}\n`;
    const [sites, secrets] = [new MemorySites(), new MemorySecrets()];
    sites.put(site);
    const { slot, id } = SMTP.password ?? { slot: 'a', id: '' };
    if (stored !== null) secrets.of('harbour').set(passwordSlot(slot), sealed(id, stored));
    const world = twin({}, { sites, secrets });
    return planImport((await readRows(Buffer.from(text))).rows, world, update);
  };

  test('gets back a password that its store lost, and another one with --update alone', async () => {
    const planned = (password: string, stored: string | null, update?: boolean) =>
      plan('smtp-password', password, stored, update);
    expect(await planned('p', null)).toMatchObject([{ kind: 'update', password: 'p' }]);
    expect(await planned('p', 'p')).toMatchObject([{ kind: 'same' }]);
    expect(await planned('q', 'p')).toMatchObject([{ kind: 'update', password: 'q' }]);
    expect(await planned('q', 'p', false)).toMatchObject([
      { kind: 'invalid', isOnRecord: true, faults: [{ column: 'smtp-password' }] },
    ]);
  });

  test.each([
    ['smtp-host', 'smtp.other.example'],
    ['smtp-user', 'somebody-else'],
  ])('with another %s, it needs another password', async (column, cell) => {
    expect(await plan(column, cell, 'secret')).toMatchObject([
      { kind: 'invalid', faults: [{ row: 1, column: 'smtp-password' }] },
    ]);
    expect(await plan(`${column},smtp-password`, `${cell},new`, 'secret')).toMatchObject([
      { kind: 'update', password: 'new' },
    ]);
  });
});
