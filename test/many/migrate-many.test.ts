/** Many sites at once, with another run at the same sites. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { type ManyPorts, migrateMany, type SiteEnd } from '../../src/many/migrate-many.js';
import { aSite } from '../sites/a-site.js';

const NAMES = Array.from({ length: 20 }, (_, index) => `practice-${index}`);

/** Runs over the sites; `migrate` says what becomes of each. */
async function run(
  migrate: ManyPorts['migrate'],
  read: ManyPorts['read'] = async (name) => ({ ...aSite(), name }),
): Promise<{ ends: SiteEnd[]; left: string[] }> {
  const ends: SiteEnd[] = [];
  const left = await migrateMany(NAMES, {
    read,
    isDone: () => false,
    whyPerson: async () => null,
    accountOf: ({ name }) => name,
    migrate,
    told: (end) => ends.push(end),
    onWait: () => {
      throw new Error('no rate is limited');
    },
    now: () => new Date(),
    signal: new AbortController().signal,
    parallel: 4,
  });
  return { ends, left };
}

const busy = () => new MailError('site-busy', 'Another run has it.', 'Wait.');

test('a site that another run has lets all others go first, and is waited for then', async () => {
  const asked: string[] = [];
  const { ends, left } = await run(async ({ name }, mayWait) => {
    asked.push(name);
    if (name !== 'practice-3') return true;
    if (!mayWait) throw busy();
    // The other run has done it meanwhile.
    return false;
  });
  expect(left).toEqual([]);
  expect(ends.map(({ site }) => site).sort()).toEqual([...NAMES].sort());
  expect(ends.at(-1)).toEqual({ site: 'practice-3', outcome: 'already', error: null });
  expect(asked).toHaveLength(NAMES.length + 1);
});

test('a site that stays busy fails, and takes no other with it', async () => {
  const { ends } = await run(async ({ name }) => {
    if (name === 'practice-0') throw busy();
    return true;
  });
  const failed = ends.filter(({ outcome }) => outcome !== 'migrated');
  expect(failed).toMatchObject([
    { site: 'practice-0', outcome: 'failed', error: { code: 'site-busy' } },
  ]);
  expect(ends).toHaveLength(NAMES.length);
});

test('after a site that another run has, it goes on elsewhere', async () => {
  const asked: string[] = [];
  await run(async ({ name }, mayWait) => {
    asked.push(name);
    if (NAMES.indexOf(name) < 4 && !mayWait) throw busy();
    return true;
  });
  // Each of the first four sends the run to a place of its own: in the order of the names by a chance of one in 10,000.
  expect(asked.slice(0, NAMES.length)).not.toEqual(NAMES);
});

test('a shared store that stays away is waited for by the sites in hand alone', async () => {
  let reads = 0;
  const { ends } = await run(
    async () => true,
    async () => {
      reads += 1;
      throw new MailError('network', 'The database does not answer.', 'Run the command again.');
    },
  );
  expect(reads).toBe(4);
  expect(ends).toHaveLength(NAMES.length);
  for (const end of ends) {
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'network' } });
  }
});
