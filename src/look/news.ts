/** What a check of all sites found, as news: ways that died or work again, and ends that come near. */

import { isUntried } from '../checks/check-site.js';
import type { FleetMemory, SiteFound } from '../kit/fleet-memory.js';
import type { NewsItem } from '../kit/notify.js';
import { siteKey } from '../sites/site-name.js';

/** Exit codes of failures that may pass by themselves (5), or that are this computer's own (6). */
const PASSING = 5;
const OF_COMPUTER = 6;

/**
 * All that is so, whether it is new or not.
 *
 * @param memory of the check before
 */
export function newsOf(found: readonly SiteFound[], memory: FleetMemory | null): NewsItem[] {
  return [
    ...found.flatMap((site) => wayOf(site, memory)),
    ...ofComputer(found, memory),
    ...found.flatMap(({ name, ends }) =>
      ends.map(({ code, message, hint, at }) => ({
        ...{ kind: 'end', site: name, code, message, hint, since: null, at },
      })),
    ),
  ];
}

function wayOf({ name, failure, seen }: SiteFound, memory: FleetMemory | null): NewsItem[] {
  const since = seen.failingSince;
  if (failure === null) {
    return [
      {
        ...{ kind: 'recovered', site: name, code: 'ok', hint: '' },
        message: `Email of ${name} can leave again.`,
        ...{ since: null, at: null },
      },
    ];
  }
  // Says nothing of the site: it can't be checked from here.
  if (isUntried(failure) || failure.exitCode === OF_COMPUTER) return [];
  if (failure.exitCode === PASSING && isFresh(name, memory)) return [];
  const { code, message, hint } = failure;
  return [{ kind: 'died', site: name, code, message, hint, since, at: null }];
}

/**
 * What may pass by itself, and was not so at the check before: it is told if the next one finds it too. Where there
 * was none, nobody knows how long it has been so.
 */
function isFresh(name: string, memory: FleetMemory | null): boolean {
  return memory?.seen[siteKey(name)]?.failingSince === null;
}

/** A keychain that is locked stops the checks, and says nothing of any site: told once, not for each. */
function ofComputer(found: readonly SiteFound[], memory: FleetMemory | null): NewsItem[] {
  const unchecked = found.filter(
    ({ name, failure }) => failure?.exitCode === OF_COMPUTER && !isFresh(name, memory),
  );
  const [first] = unchecked;
  if (first?.failure == null) return [];
  const { code, message, hint } = first.failure;
  return [
    {
      ...{ kind: 'unchecked', site: null, code, hint, since: first.seen.failingSince, at: null },
      message: `${unchecked.length === 1 ? '1 site' : `${unchecked.length} sites`} could not be checked on this computer. ${message}`,
    },
  ];
}
