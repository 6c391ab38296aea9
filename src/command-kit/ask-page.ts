/** After a time-out of the sign-in: what did Google's page say? Most of Google's refusals show only there. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { explainPageRefusal, PAGE_REFUSALS } from '../google/page-refusals.js';
import type { Prompts } from '../terminal/prompts.js';
import { reading } from './reading.js';

/**
 * Does work that signs in. If nobody finished in time, and somebody can be asked, that person says what the page
 * said, which is explained, or has the page opened again. The work has ended by then: it holds no site meanwhile.
 *
 * @param site the site's name, for what is said about its settings
 * @throws MailError what `work` throws; the explanation in place of `sign-in-timeout`; `interrupted`
 */
export async function explainTimeout<T>(
  context: Context,
  site: string,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const { prompts, options } = context;
      const isTimeout = error instanceof MailError && error.code === 'sign-in-timeout';
      if (!isTimeout || prompts === null || options.yes === true) throw error;
      // What a stop here, or the explanation, means for the site is said with it.
      await reading(context, site, async () => {
        const explained = await explain(context, prompts);
        if (explained !== null) throw explained;
      });
    }
  }
}

/** What the page's words mean; null where the person wants to see the page again. */
async function explain(context: Context, prompts: Prompts): Promise<MailError | null> {
  const value = await prompts.choose<string>(
    'The sign-in was not finished in time. What did Google’s page say?',
    [
      { name: 'I didn’t finish: open the page again', value: 'open-again' },
      ...PAGE_REFUSALS.map((page) => ({ name: page.title, value: page.value })),
    ],
  );
  if (value === 'open-again') return null;
  const client = await context.oauthClient();
  return explainPageRefusal(value, {
    now: context.now(),
    clientId: client.id,
    site: context.options.site ?? context.environment.site,
  });
}
