/** Going through many sites: what fails at one hides none of the others, and is told after them. */

import type { Context } from '../context/context.js';
import { MailError, mostPressing } from '../errors.js';

/**
 * Does work for each site. The failures are told at the end, each with its site.
 *
 * @throws MailError the most pressing failure, which decides the exit code; `interrupted` at once
 */
export async function forEachSite(
  context: Context,
  names: readonly string[],
  work: (name: string) => Promise<void>,
  afterAll: () => void = () => undefined,
): Promise<void> {
  const failures: MailError[] = [];
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (!(error instanceof MailError) || error.code === 'interrupted') throw error;
      failures.push(error.with({ details: { site: name } }));
    }
  }
  afterAll();
  const worst = mostPressing(failures);
  for (const failure of failures) if (failure !== worst) context.reporter.error(failure);
  if (worst !== undefined) throw worst;
}
