/** After a silent time-out: what did Google's page say? Most of Google's refusals show only there. */

import type { Context } from '../context/context.js';
import type { MailError } from '../errors.js';
import { explainPageRefusal, PAGE_REFUSALS } from '../google/page-refusals.js';
import type { Prompts } from '../terminal/prompts.js';

/** Asks, and explains the answer. @throws MailError `interrupted` */
export async function askWhatThePageSaid(prompts: Prompts, context: Context): Promise<MailError> {
  const value = await prompts.choose(
    "Google's page was not finished in time. What does it say?",
    PAGE_REFUSALS.map((page) => ({ name: page.title, value: page.value })),
  );
  const client = await context.oauthClient();
  return explainPageRefusal(value, {
    now: context.now(),
    clientId: client.id,
    site: context.options.site ?? context.environment.site,
  });
}
