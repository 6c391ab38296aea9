/** What is left to do in WriteUpp itself, as a site is shown. */

import { expect, test } from '@jest/globals';
import { siteView } from '../../src/show/status-facts.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { aSite } from '../sites/a-site.js';
import { twin } from '../support/twin.js';

/** The hint where a store says that one step is left. */
async function hint(markDone: boolean): Promise<string | undefined> {
  const world = twin();
  const store = await world.sites();
  const sites = async (): Promise<SiteStore> => ({
    ...store,
    can: { ...store.can, markDone },
    leftToDo: () => ['revert-smtp'],
  });
  const { attention } = await siteView({ ...world, sites }, aSite(), true);
  return attention.find(({ code }) => code === 'left-to-do-in-writeupp')?.hint;
}

test('a person is asked to say that it was done only where that can be said', async () => {
  expect(await hint(true)).toContain('--done-in-writeupp');
  expect(await hint(false)).toMatch(/^1\. /);
  expect(await hint(false)).not.toContain('--done-in-writeupp');
});
