/** Going through many sites: a failure at one does not hide the others, and is reported after them. */

import { MailError, mostUrgent } from '../errors.js';
import type { World } from './world.js';

/** What happened to one site. */
export interface Outcome {
  /** Reports it; null if there is nothing to report. */
  readonly tell: (() => void) | null;
  /** What is reported after all sites; null for a success. */
  readonly failure: MailError | null;
}

/**
 * Does work for each site, several at a time, and reports what happened to each, in the order of the names, as soon as
 * those before it have been reported.
 *
 * @param work if it throws a MailError, that is the site's failure
 * @param atOnce how many sites are in progress at a time
 * @returns the failures, each with its site, not reported yet
 * @throws MailError `interrupted` at once
 */
export async function throughSites(
  names: readonly string[],
  work: (name: string) => Promise<Outcome>,
  atOnce: number,
): Promise<readonly MailError[]> {
  const ended = new Map<number, Outcome>();
  const failures: MailError[] = [];
  let next = 0;
  let reported = 0;
  let isStopped = false;

  function tellInOrder(): void {
    for (let outcome = ended.get(reported); outcome !== undefined; outcome = ended.get(reported)) {
      ended.delete(reported);
      const site = names[reported] ?? '';
      reported += 1;
      outcome.tell?.();
      if (outcome.failure !== null) failures.push(outcome.failure.with({ details: { site } }));
    }
  }

  async function goOn(): Promise<void> {
    for (let at = next++; at < names.length && !isStopped; at = next++) {
      try {
        ended.set(at, await work(names[at] ?? ''));
      } catch (error) {
        if (!(error instanceof MailError) || error.code === 'interrupted') {
          isStopped = true;
          throw error;
        }
        ended.set(at, { tell: null, failure: error });
      }
      if (!isStopped) tellInOrder();
    }
  }

  await Promise.all(Array.from({ length: Math.min(atOnce, names.length) }, goOn));
  return failures;
}

/**
 * What the work failed with, if something else must be reported first; null if it did not fail.
 *
 * @throws MailError `interrupted`; any other kind of error
 */
export async function failureOf(work: () => Promise<unknown>): Promise<MailError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof MailError && error.code !== 'interrupted') return error;
    throw error;
  }
}

/** Reports failures, the most urgent last, since it decides the exit code. @throws MailError that one */
export function tellFailures(world: World, failures: readonly MailError[]): void {
  const worst = mostUrgent(failures);
  for (const failure of failures) if (failure !== worst) world.report.error(failure);
  if (worst !== undefined) throw worst;
}

/**
 * Does work for one site after another. The failures are reported at the end, each with its site.
 *
 * @throws MailError the most urgent failure, which decides the exit code; `interrupted` at once
 */
export async function forEachSite(
  world: World,
  names: readonly string[],
  work: (name: string) => Promise<void>,
  afterAll: () => void = () => undefined,
): Promise<void> {
  const failures = await throughSites(
    names,
    async (name) => {
      await work(name);
      return { tell: null, failure: null };
    },
    1,
  );
  afterAll();
  tellFailures(world, failures);
}
