/** What a check of all sites found, as news: pathways that failed or recovered, and ends that are approaching. */

import { isUntried } from '../checks/check-site.js';
import type { FleetMemory, SiteFound } from '../kit/fleet-memory.js';
import type { NewsItem } from '../kit/notify.js';
import { siteKey } from '../sites/site-name.js';

/** Exit codes of failures that may be temporary (5), or that are this computer's own (6). */
const PASSING = 5;
const OF_COMPUTER = 6;

/**
 * Everything that holds now, new or not.
 *
 * @param memory of the previous check
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
  // Says nothing about the site: it can't be checked from here.
  if (isUntried(failure) || failure.exitCode === OF_COMPUTER) return [];
  if (failure.exitCode === PASSING && isFresh(name, memory)) return [];
  const { code, message, hint } = failure;
  return [{ kind: 'died', site: name, code, message, hint, since, at: null }];
}

/**
 * Whether a possibly temporary failure was not there at the previous check: it is reported if the next one finds it
 * too. Without a previous check, nobody knows how long it has lasted.
 */
function isFresh(name: string, memory: FleetMemory | null): boolean {
  return memory?.seen[siteKey(name)]?.failingSince === null;
}

/** A locked keychain stops the checks and says nothing about any site: reported once, not for each. */
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
