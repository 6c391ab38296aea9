/** A row of the table of fields is all that a field needs: it comes in by each way, and goes out by each. */

import { describe, expect, test } from '@jest/globals';
import { csvRow } from '../../src/formats/csv.js';
import { exportSite } from '../../src/formats/export-sites.js';
import { readRows } from '../../src/formats/rows.js';
import { changedFields } from '../../src/sites/change.js';
import { changedSite } from '../../src/sites/edit-site.js';
import { type FieldKey, fieldOf, SITE_FIELDS } from '../../src/sites/site-fields.js';
import { runIn, twin } from '../support/twin.js';
import { aSite, SMTP } from './a-site.js';

const OTHER: Readonly<Record<FieldKey, string>> = {
  organisation: 'Harbour Physio West',
  organisationEmail: 'replies@west.example',
  login: 'login@west.example',
  sendAs: 'patients@west.example',
  account: 'account@west.example',
  smtpHost: 'smtp.west.example',
  smtpPort: '2525',
  smtpSecurity: 'none',
  smtpUser: 'user@west.example',
  smtpFrom: 'from@west.example',
};

const before = aSite({ smtp: SMTP });

describe.each(SITE_FIELDS.map(({ key }) => key))('%s', (key) => {
  const { column, path, get } = fieldOf(key);
  const other = OTHER[key];

  test('is changed by what a person gives, and nothing else is', () => {
    const after = changedSite(before, { [key]: other });
    expect(String(get(after))).toBe(other);
    expect(SITE_FIELDS.filter((field) => field.get(after) !== field.get(before))).toHaveLength(1);
    const word = path.startsWith('smtp.') ? 'smtp' : column;
    expect(changedFields(before, after)).toContain(word);
  });

  test('is read from its column, and from the JSON that an export writes', async () => {
    const table = { name: 'a', login: 'a@west.example', [column]: other };
    const given = [Object.keys(table), Object.values(table)].map(csvRow).join('\n');
    const json = JSON.stringify(exportSite(changedSite(before, { [key]: other })));
    for (const text of [given, json]) {
      const { rows } = await readRows(Buffer.from(text));
      expect(rows[0]?.faults).toEqual([]);
      expect(rows[0]?.values[column]).toBe(other);
    }
  });
});

test('is refused by the rule of its row where an option gives it', async () => {
  for (const { column } of SITE_FIELDS.filter(({ option }) => option !== undefined)) {
    const words = ['--login', 'a@west.example', `--${column}`, 'two\nlines'];
    expect(await runIn(twin({}), 'site', 'add', 'west', ...words)).toMatchObject({
      code: 'invalid-settings',
      message: expect.stringMatching(new RegExp(`^--${column}: `)),
    });
  }
});

test('the encryption of an SMTP server may be written in capitals, as mail programs show it', () => {
  expect(changedSite(before, { smtpSecurity: ' TLS ' }).smtp?.security).toBe('tls');
});
