/** Whether all sites are checked each night: warned of only where a connection can end by it; in memory. */

import { expect, test } from '@jest/globals';
import { nightlyCheck } from '../../src/doctor/nightly.js';
import type { FleetMemory } from '../../src/kit/fleet-memory.js';
import type { Site } from '../../src/sites/site.js';
import { aSite, GMAIL } from '../sites/a-site.js';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const used = (usedAt: string) => aSite({ gmail: { ...GMAIL, usedAt } });
const JUST = used('2026-11-20T11:00:00.000Z');
const LONG_AGO = used('2026-10-01T11:00:00.000Z');

const examined = (sites: readonly Site[], checkedAt: string | null = null, isWhole = true) =>
  nightlyCheck({
    found: () => ({ sites, isWhole }),
    memory: async () => (checkedAt === null ? null : ({ checkedAt } as FleetMemory)),
    now: () => NOW,
  }).run(new AbortController().signal);

test.each<[what: string, sites: readonly Site[], checkedAt: string | null, status: string]>([
  ['nothing is connected', [aSite()], null, 'pass'],
  ['one practice was just switched', [JUST], null, 'pass'],
  ['one of several was not used for a month', [JUST, LONG_AGO], null, 'warn'],
  ['a check ran last night', [LONG_AGO], '2026-11-20T03:00:00.000Z', 'pass'],
  ['the checks have stopped', [JUST], '2026-11-10T03:00:00.000Z', 'warn'],
])('%s', async (_what, sites, checkedAt, status) => {
  expect(await examined(sites, checkedAt)).toMatchObject({ status });
});

test.each<[what: string, sites: readonly Site[], checkedAt: string | null, found: object | null]>([
  ['that nothing is connected', [], null, null],
  ['that all were used lately', [JUST], null, null],
  ['what does not hang on it, but that is', [LONG_AGO], null, { status: 'warn' }],
  ['nor is a check that ran', [JUST], '2026-11-20T03:00:00.000Z', { status: 'pass' }],
])('where a record can’t be read it is not said %s', async (_what, sites, checkedAt, found) => {
  const finding = await examined(sites, checkedAt, false);
  expect(finding).toEqual(found === null ? null : expect.objectContaining(found));
});
