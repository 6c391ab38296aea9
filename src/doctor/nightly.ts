/** Whether all sites are checked every night, which keeps unused connections alive. See docs/nightly-check.md. */

import type { FleetMemory } from '../kit/fleet-memory.js';
import { signInOf } from '../sites/connection-kind.js';
import type { Site } from '../sites/site.js';
import { documentPath } from '../text/document-path.js';
import { type Check, type Finding, pass, warn } from './run-check.js';
import type { ReadSites } from './settings.js';

const LIMIT_MS = 5_000;
const HOUR_MS = 60 * 60 * 1000;
/** A connection used within this time is in no danger yet: Google ends those that were not used for six months. */
const USED_LATELY_MS = 30 * 24 * HOUR_MS;
/** One night may be missed: the computer was off. */
const RECENT_MS = 48 * HOUR_MS;

export interface NightlyPorts {
  found(): Pick<ReadSites, 'sites' | 'isWhole'>;
  memory(): Promise<FleetMemory | null>;
  now(): Date;
}

export function nightlyCheck(ports: NightlyPorts): Check {
  return {
    name: 'nightly-check',
    waitsFor: 'what is kept of the last check of all sites',
    limitMs: LIMIT_MS,
    async run() {
      const { sites, isWhole } = ports.found();
      if (sites.every(({ gmail }) => gmail === null)) {
        return isWhole
          ? pass('No site is connected to Gmail, so no check has to run each night.')
          : null;
      }
      const memory = await ports.memory();
      return finding(memory === null ? null : new Date(memory.checkedAt), ports);
    },
  };
}

/** Whether nothing of the site will soon end from disuse. A service account’s connection never ends that way. */
function isUsed({ gmail }: Site, now: Date): boolean {
  const signIn = signInOf(gmail);
  if (signIn === null) return true;
  return now.getTime() - Date.parse(signIn.usedAt) < USED_LATELY_MS;
}

function finding(last: Date | null, ports: NightlyPorts): Finding | null {
  const now = ports.now();
  const ageMs = last === null ? Number.POSITIVE_INFINITY : now.getTime() - last.getTime();
  if (ageMs <= RECENT_MS) return pass(`All sites were last checked ${ago(ageMs)}.`);
  // A single practice that has just switched needs no nightly check yet.
  const { sites, isWhole } = ports.found();
  if (last === null && sites.every((site) => isUsed(site, now))) {
    return isWhole
      ? pass(
          `No check runs each night. Each Gmail connection was used within the last 30 days; for sites that send less often: ${documentPath('nightly-check.md')}.`,
        )
      : null;
  }
  const when =
    last === null
      ? 'All sites were never checked together on this computer.'
      : `All sites were last checked ${ago(ageMs)}.`;
  return warn(
    `${when} A connection that nobody uses ends after six months.`,
    `Let a check run each night, as ${documentPath('nightly-check.md')} says, or now: writeupp-mail status --all --check`,
  );
}

function ago(ms: number): string {
  const hours = Math.max(0, Math.floor(ms / HOUR_MS));
  if (hours < 1) return 'less than an hour ago';
  if (hours < 48) return `${hours} ${hours === 1 ? 'hour' : 'hours'} ago`;
  return `${Math.floor(hours / 24)} days ago`;
}
