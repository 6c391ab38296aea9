/** Many sites at once, with another run at the same sites. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { type ManyPorts, migrateMany, type SiteEnd } from '../../src/switch/queue.js';
import { aSite } from '../sites/a-site.js';

const NAMES = Array.from({ length: 20 }, (_, index) => `practice-${index}`);

/** Runs over the sites; `migrate` says of each whether it was switched in this run. */
async function run(
  migrate: (...asked: Parameters<ManyPorts['migrate']>) => Promise<boolean>,
  read: ManyPorts['read'] = async (name) => ({ ...aSite(), name }),
): Promise<{ ends: SiteEnd[]; left: string[] }> {
  const ends: SiteEnd[] = [];
  const left = await migrateMany(NAMES, {
    read,
    isDone: () => false,
    whyPerson: async () => null,
    accountOf: ({ name }) => name,
    migrate: async (record, mayWait) => ({
      outcome: (await migrate(record, mayWait)) ? 'migrated' : 'already',
      record,
    }),
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
  expect(ends.at(-1)).toMatchObject({ site: 'practice-3', outcome: 'already', error: null });
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
  const order = async () => {
    const asked: string[] = [];
    await run(async ({ name }, mayWait) => {
      asked.push(name);
      if (NAMES.indexOf(name) < 4 && !mayWait) throw busy();
      return true;
    });
    return asked.slice(0, NAMES.length).join();
  };
  const orders = await Promise.all(Array.from({ length: 6 }, order));
  // Four random places, of 16 that are left in a ring: by chance one run in 17 is in order again, and all six once in 24 million times.
  expect(orders.some((names) => names !== NAMES.join())).toBe(true);
});

test('a shared store that nobody is signed in to stops the run as failed, and no site waits for a person', async () => {
  let reads = 0;
  const signedOut = () => {
    reads += 1;
    throw new MailError('store-sign-in-needed', 'The token is not accepted.', 'Sign in.');
  };
  const { ends } = await run(
    async () => true,
    async () => signedOut(),
  );
  expect(reads).toBe(4);
  expect(ends).toHaveLength(NAMES.length);
  for (const end of ends) {
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'store-sign-in-needed' } });
  }
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
