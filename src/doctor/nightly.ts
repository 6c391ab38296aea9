/** Whether all sites are checked each night: connections that nobody uses live on by it. See docs/nightly-check.md. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetMemory } from '../many/fleet-memory.js';
import type { Site } from '../sites/site.js';
import { paper } from '../words/paper.js';
import { type Check, type Finding, pass, warn } from './check.js';

const LIMIT_MS = 5_000;
const HOUR_MS = 60 * 60 * 1000;
/** One night may be left out: a computer was off. */
const RECENT_MS = 48 * HOUR_MS;

const TIMER = 'writeupp-mail-check';

/** What is looked at. */
export interface NightlyPorts {
  sites(): readonly Site[];
  memory(): Promise<FleetMemory | null>;
  now(): Date;
  readonly userHome: string;
  readonly variables: Readonly<NodeJS.ProcessEnv>;
}

export function nightlyCheck(ports: NightlyPorts): Check {
  return {
    name: 'nightly-check',
    waitsFor: 'what is kept of the last check of all sites',
    limitMs: LIMIT_MS,
    async run() {
      if (ports.sites().every(({ gmail }) => gmail === null)) {
        return pass('No site is connected to Gmail, so no check has to run each night.');
      }
      const memory = await ports.memory();
      return finding(memory === null ? null : new Date(memory.checkedAt), ports);
    },
  };
}

function finding(last: Date | null, ports: NightlyPorts): Finding {
  const ageMs = last === null ? Number.POSITIVE_INFINITY : ports.now().getTime() - last.getTime();
  if (ageMs <= RECENT_MS) return pass(`All sites were last checked ${ago(ageMs)}.`);
  const when =
    last === null
      ? 'All sites were never checked together on this computer.'
      : `All sites were last checked ${ago(ageMs)}.`;
  const timer = timerOf(ports, process.platform);
  if (timer !== 'on') {
    return warn(
      `${when} ${timer === 'off' ? 'A timer for it is there, but not switched on.' : 'No timer for it was found.'} A connection that nobody uses ends after six months.`,
      timer === 'off'
        ? `Switch it on: systemctl --user enable --now ${TIMER}.timer`
        : `Let a check run each night, as ${paper('nightly-check.md')} says, or now: writeupp-mail status --all --check`,
    );
  }
  return warn(
    `${when} A timer for it is there, and does not seem to run.`,
    HOW_IT_WENT[process.platform] ?? `See ${paper('nightly-check.md')}.`,
  );
}

/** How to see what became of it. */
const HOW_IT_WENT: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: `See what it said: journalctl --user -u ${TIMER}`,
  darwin: `See what it said: ~/Library/Logs/${TIMER}.log`,
  win32: `See what it said: schtasks /query /v /fo list /tn ${TIMER}`,
};

/** Whether the timer is there, by the files that switch it on: nothing is started to find out. */
function timerOf(
  { userHome, variables }: NightlyPorts,
  platform: NodeJS.Platform,
): 'on' | 'off' | 'none' {
  if (platform === 'darwin') {
    return existsSync(join(userHome, 'Library', 'LaunchAgents', `${TIMER}.plist`)) ? 'on' : 'none';
  }
  if (platform === 'win32') {
    const tasks = join(variables.SystemRoot ?? 'C:\\Windows', 'System32', 'Tasks');
    return existsSync(join(tasks, TIMER)) ? 'on' : 'none';
  }
  const units = [
    join(variables.XDG_CONFIG_HOME || join(userHome, '.config'), 'systemd', 'user'),
    ...['/etc/systemd/user', '/etc/systemd/system'],
  ];
  const isThere = (...path: string[]) =>
    units.some((folder) => existsSync(join(folder, ...path, `${TIMER}.timer`)));
  if (isThere('timers.target.wants')) return 'on';
  return isThere() ? 'off' : 'none';
}

function ago(ms: number): string {
  const hours = Math.max(0, Math.floor(ms / HOUR_MS));
  if (hours < 1) return 'less than an hour ago';
  if (hours < 48) return `${hours} ${hours === 1 ? 'hour' : 'hours'} ago`;
  return `${Math.floor(hours / 24)} days ago`;
}
