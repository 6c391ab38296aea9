/** `site show` of a password that can’t be looked at: WriteUpp keeps it; `site list` of records that can’t be read. */

import { expect, test } from '@jest/globals';
import type { SmtpSettings } from '../../src/sites/site.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const OF_WRITEUPP: SmtpSettings = { ...SMTP, password: null };

test.each<[readPassword: boolean, smtp: SmtpSettings | null, words: string]>([
  [true, SMTP, 'stored'],
  [true, OF_WRITEUPP, 'none stored'],
  [true, null, 'none stored'],
  [false, OF_WRITEUPP, 'kept by WriteUpp'],
  [false, { ...OF_WRITEUPP, user: null }, 'none stored'],
  [false, null, 'none stored'],
])('where it can be read (%s), of %j: %s', async (readPassword, smtp, words) => {
  const [sites, heard] = [new MemorySites(), new Heard()];
  sites.put(aSite({ smtp, credentials: 'vault' }));
  const store = await twin({}, { sites }).sites();
  const can = { ...store.can, readPassword };
  const world = twin({ sites: async () => ({ ...store, can }) }, { sites, heard });
  expect(await runIn(world, 'site', 'show', 'harbour-physio')).toBeNull();
  expect(heard.lines).toContain(`  SMTP password: ${words}`);
  expect(heard.results.at(-1)).toHaveProperty('credentials', 'vault');
  const told = heard.results.at(-1)?.smtpPasswordStored;
  expect(told).toBe(readPassword ? smtp?.password != null : undefined);
});

test('`site list` does not say that there are no sites where none can be read', async () => {
  const [sites, heard] = [new MemorySites(), new Heard()];
  sites.damage('harbour-physio');
  const ended = await runIn(twin({}, { sites, heard }), 'site', 'list');
  expect(ended).toMatchObject({ code: 'storage' });
  expect(heard.lines).toEqual([]);
});
