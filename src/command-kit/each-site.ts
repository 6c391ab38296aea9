/** Going through many sites: what fails at one hides none of the others, and is told after them. */

import type { Context } from '../context/context.js';
import { MailError, mostPressing } from '../errors.js';

/** What became of one site. */
export interface Outcome {
  /** Tells it; null where there is nothing to tell. */
  readonly tell: (() => void) | null;
  /** What is told after all sites; null for a success. */
  readonly failure: MailError | null;
}

/**
 * Does work for each site, several at a time, and tells what became of each in the order of the names, as soon as
 * those before it are told.
 *
 * @param work a MailError that it throws is the site's failure
 * @param atOnce how many sites are in hand at a time
 * @returns the failures, each with its site; they are not told yet
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
  let told = 0;
  let isStopped = false;

  function tellInOrder(): void {
    for (let outcome = ended.get(told); outcome !== undefined; outcome = ended.get(told)) {
      ended.delete(told);
      const site = names[told] ?? '';
      told += 1;
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

/** Tells failures, the most pressing last: it decides the exit code. @throws MailError that one */
export function tellFailures(context: Context, failures: readonly MailError[]): void {
  const worst = mostPressing(failures);
  for (const failure of failures) if (failure !== worst) context.reporter.error(failure);
  if (worst !== undefined) throw worst;
}

/**
 * Does work for one site after the other. The failures are told at the end, each with its site.
 *
 * @throws MailError the most pressing failure, which decides the exit code; `interrupted` at once
 */
export async function forEachSite(
  context: Context,
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
  tellFailures(context, failures);
}
