/** After a time-out of the sign-in: what did Google's page say? Most of Google's refusals show only there. */

import { MailError } from '../errors.js';
import { explainPageRefusal, PAGE_REFUSALS } from '../google/page-refusals.js';
import { withSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import type { MigrationOptions } from '../steps/situation.js';
import type { Ask } from '../terminal/prompts.js';

/**
 * Does work that signs in. If nobody finished in time, and somebody can be asked, that person says what the page
 * said, which is explained, or has the page opened again. The work has ended by then: it holds no site meanwhile.
 *
 * @param work is told whether it is done once more
 * @param site the site's name, for what is said about its settings
 * @throws MailError what `work` throws; the explanation in place of `sign-in-timeout`; `interrupted`
 */
export async function explainTimeout<T>(
  world: World,
  site: string,
  { yes }: Pick<MigrationOptions, 'yes'>,
  work: (isAgain: boolean) => Promise<T>,
): Promise<T> {
  for (let isAgain = false; ; isAgain = true) {
    try {
      return await work(isAgain);
    } catch (error) {
      const { ask } = world;
      const isTimeout = error instanceof MailError && error.code === 'sign-in-timeout';
      if (!isTimeout || ask === null || yes) throw error;
      // What a stop here, or the explanation, means for the site is said with it.
      await withSite(world, site, async () => {
        const explained = await explain(world, ask, site);
        if (explained !== null) throw explained;
      });
    }
  }
}

/** What the page's words mean; null where the person wants to see the page again. */
async function explain(world: World, ask: Ask, site: string): Promise<MailError | null> {
  const value = await ask.choose<string>(
    'The sign-in was not finished in time. What did Google’s page say?',
    [
      { name: 'I didn’t finish: open the page again', value: 'open-again' },
      ...PAGE_REFUSALS.map((page) => ({ name: page.title, value: page.value })),
    ],
  );
  if (value === 'open-again') return null;
  const client = await world.client();
  return explainPageRefusal(value, {
    now: world.now(),
    clientId: client.id,
    site,
  });
}
