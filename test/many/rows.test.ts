/** Files of sites: whatever is in them, each row is planned or refused with its place, and nothing crashes. */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MailError } from '../../src/errors.js';
import { exportSite } from '../../src/many/export-sites.js';
import { planImport } from '../../src/many/plan-import.js';
import { rejectsText } from '../../src/many/rejects.js';
import { COLUMNS, readRows } from '../../src/many/rows.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { aSite, SMTP } from '../sites/a-site.js';

const EMPTY = {
  store: { names: async () => [], read: async () => null } as unknown as SiteStore,
  passwordOf: async () => null,
};

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
