/** Tables that are written for spreadsheets: read back as they were, and nothing in them is taken for a formula. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { MailError } from '../../src/errors.js';
import { csvRow } from '../../src/formats/csv.js';
import { failuresFile } from '../../src/switch/migrate-many.js';

test('a row is read back as it was', () => {
  const cell = fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text));
  fc.assert(
    fc.property(fc.array(cell, { minLength: 2 }), (cells) => {
      const [row] = parse(`${csvRow(cells)}\r\n`, { record_delimiter: '\r\n' });
      expect(row).toEqual(cells);
    }),
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")'])(
  '%j is text for a spreadsheet',
  (cell) => {
    const [row] = parse(csvRow([cell, 'x']), { record_delimiter: '\r\n' });
    expect(row).toEqual([`'${cell}`, 'x']);
  },
);

test('--failures: a row each of what is left, with what a server said as text', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'failures-'));
  try {
    const path = join(folder, 'left.csv');
    const error = new MailError('network', '=cmd|calc', 'Wait,\nthen "again".');
    await (await failuresFile(path)).write([{ site: 'a', outcome: 'failed', error, record: null }]);
    expect(await readFile(path, 'utf8')).toBe(
      'site,outcome,code,message,hint\r\na,failed,network,\'=cmd|calc,"Wait,\nthen ""again""."\r\n',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
