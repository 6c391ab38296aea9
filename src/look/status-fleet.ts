/** `status --all --check`: what is new since the last report, metrics, and who is notified. */

import { MailError } from '../errors.js';
import { keepFleetMemory, readFleetMemory, type SiteFound } from '../kit/fleet-memory.js';
import type { World } from '../kit/world.js';
import { refuseUnfit, writeNamedFile } from '../storage/named-file.js';
import { metricsText } from './metrics.js';
import { checkStatus } from './status-check.js';

interface FleetOptions {
  readonly changes?: boolean;
  readonly metrics?: string;
  readonly ics?: string;
  readonly notify?: string;
}

const METRICS = { option: '--metrics' };

/** Checks every site, and records what was found. @throws MailError the most urgent failure */
export async function checkFleet(
  world: World,
  names: readonly string[],
  { changes = false, metrics, ics, notify }: FleetOptions,
): Promise<void> {
  const steps: Step[] = [];
  if (metrics !== undefined) {
    refuseUnfit(metrics, METRICS);
    steps.push((found, tookMs) =>
      writeNamedFile(metrics, metricsText(found, world.now(), tookMs), METRICS),
    );
  }
  if (ics !== undefined) {
    const { refuseUnfitCalendar, writeCalendar } = await import('./calendar.js');
    refuseUnfitCalendar(ics);
    steps.push((found) =>
      writeCalendar(
        ics,
        found.map(({ name: site, organisation, ends }) => ({ site, organisation, ends })),
        world,
      ),
    );
  }
  const memory = await readFleetMemory(world.environment.home);
  steps.push((found) => keep(world, found, changes));
  if (notify !== undefined) {
    const [{ readNotifyCommand, notify: tell }, { newsOf }] = await Promise.all([
      import('../kit/notify.js'),
      import('./news.js'),
    ]);
    const command = readNotifyCommand(notify);
    steps.push(async (found) => {
      await tell(world, command, 'check', newsOf(found, memory));
    });
  }
  await checkStatus(world, names, {
    memory,
    onlyNews: changes,
    finish: (found, tookMs) => eachOf(steps, found, tookMs),
  });
}

/** Something to do with what was found. */
type Step = (found: readonly SiteFound[], tookMs: number) => Promise<void>;

/** One file that can't be written must not keep anyone from being notified. @throws MailError the first failure */
async function eachOf(
  steps: readonly Step[],
  found: readonly SiteFound[],
  tookMs: number,
): Promise<void> {
  let failed: MailError | null = null;
  for (const step of steps) {
    try {
      await step(found, tookMs);
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      failed ??= error;
    }
  }
  if (failed !== null) throw failed;
}

/** If only the time of the check is new, a folder that can't be written does not fail the check. */
async function keep(world: World, found: readonly SiteFound[], told: boolean): Promise<void> {
  if (found.length === 0) return;
  try {
    await keepFleetMemory(world.environment.home, found, world.now(), told);
  } catch (error) {
    if (told || !(error instanceof MailError)) throw error;
  }
}
