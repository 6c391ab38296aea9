/** Reading one site, for a command that changes nothing; failures say what they mean for it. */

import type { Context } from '../context/context.js';
import { requireSite } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';

/**
 * @param known where it is not on record yet
 * @throws MailError `no-such-site`, `storage`, and what `work` throws
 */
export async function reading<T>(
  context: Context,
  name: string,
  work: (site: Site) => Promise<T>,
  known: Site | null = null,
): Promise<T> {
  try {
    return await work(known ?? (await requireSite(await context.sites(), name)));
  } catch (error) {
    const { explained } = await import('./decorate-error.js');
    throw await explained(error, context, name);
  }
}
