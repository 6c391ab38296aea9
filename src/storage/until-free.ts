/**
 * Windows refuses to replace, delete or open a file while another program has it open: a virus scanner, the indexer, a
 * backup, an editor, another run that reads it. Most let go within a moment.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from './storage-error.js';

/** Some ten seconds in all, in milliseconds: a scanner is done in the first, a backup may take a few more. */
const PAUSES = [10, 20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000, 2_000, 2_000];

/** Windows' errors for a file in use (and for one that may never be touched: it does not distinguish the two). */
const IN_USE: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Whether an error can mean that another program has the file open. */
export function isInUse(error: unknown, platform = process.platform): boolean {
  return platform === 'win32' && IN_USE.has(errnoOf(error));
}

/**
 * Retries an operation on a file with growing pauses while another program may have it open. On other systems such an
 * error is final.
 *
 * @throws what the last attempt threw; `storageError` explains it
 */
export async function untilFree<T>(
  work: () => T | Promise<T>,
  platform = process.platform,
): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (!isInUse(error, platform)) throw error;
    }
    await sleep(pause);
  }
  return work();
}
