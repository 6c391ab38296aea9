/** A command's access to one site, for reading or writing: its failures say what they mean for the site. */

import { MailError } from '../errors.js';
import type { HeldSite } from '../sites/held-site.js';
import { requireSite } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';
import type { World } from './world.js';

/**
 * Reads a site, for a command that changes nothing.
 *
 * @param known used if the site is not stored yet
 * @throws MailError `no-such-site`, `storage`, and what `work` throws
 */
export async function withSite<T>(
  world: World,
  name: string,
  work: (site: Site) => Promise<T>,
  known: Site | null = null,
): Promise<T> {
  try {
    return await work(known ?? (await requireSite(await world.sites(), name)));
  } catch (error) {
    throw await explained(error, world, name);
  }
}

/**
 * Holds a site for writing.
 *
 * @param before the record, if it has just been read
 * @param mayWait false: fail at once if another run holds the site
 * @throws MailError as `holdSite`, and what `work` throws
 */
export async function withHeldSite<T>(
  world: World,
  name: string,
  work: (held: HeldSite) => Promise<T>,
  { before, mayWait = true }: { readonly before?: Site; readonly mayWait?: boolean } = {},
): Promise<T> {
  const { readRecorded } = await import('./explain-for-site.js');
  const { holdSite } = await import('../sites/hold.js');
  const known = before ?? (await readRecorded(world, name));
  const isStored = known !== null && known !== 'unknown';
  try {
    return await holdSite(world, name, work, { mayWait, isStored });
  } catch (error) {
    throw await explained(error, world, name, known);
  }
}

async function explained(...args: [unknown, World, string, (Site | null | 'unknown')?]) {
  if (!(args[0] instanceof MailError)) return args[0];
  const { explainForSite } = await import('./explain-for-site.js');
  return explainForSite(...args);
}
