/** `status --all --check`: what is new since it last told, and what is measured. */

import { resolve } from 'node:path';
import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import type { SiteFound } from '../many/fleet.js';
import { keepFleetMemory, readFleetMemory } from '../many/fleet-memory.js';
import { metricsText } from '../many/metrics.js';
import { replaceSharedFile } from '../storage/shared-file.js';
import { checkStatus } from './status-check.js';

/** What of it is wanted. */
interface FleetOptions {
  readonly changes?: boolean;
  readonly metrics?: string;
}

/** Checks every site, and keeps what was found. @throws MailError the most pressing failure */
export async function checkFleet(
  context: Context,
  names: readonly string[],
  { changes = false, metrics }: FleetOptions,
): Promise<void> {
  const { home } = context.environment;
  const since = changes ? { since: await readFleetMemory(home) } : {};
  await checkStatus(context, names, {
    ...since,
    async finish(found, tookMs) {
      if (metrics !== undefined) {
        await replaceSharedFile(resolve(metrics), metricsText(found, context.now(), tookMs));
      }
      await keep(context, found, changes);
    },
  });
}

/** Where only the time of the check is news, a folder that can't be written is no failure of the check. */
async function keep(context: Context, found: readonly SiteFound[], told: boolean): Promise<void> {
  if (found.length === 0) return;
  try {
    await keepFleetMemory(context.environment.home, found, context.now(), told);
  } catch (error) {
    if (told || !(error instanceof MailError)) throw error;
  }
}
