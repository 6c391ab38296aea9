/** `--parallel`: how many things are done at a time. */

import { MailError } from '../errors.js';

/** The default, and the maximum. */
export const PARALLEL = 4;
const PARALLEL_MAX = 50;

/** @throws MailError `usage` */
export function readParallel(value: string | undefined): number {
  if (value === undefined) return PARALLEL;
  const parallel = Number(value);
  if (/^\d+$/.test(value) && parallel >= 1 && parallel <= PARALLEL_MAX) return parallel;
  throw new MailError(
    'usage',
    `--parallel: ${JSON.stringify(value)} is not a number from 1 to ${PARALLEL_MAX}.`,
    `Nothing was done. Leave it out for ${PARALLEL}.`,
  );
}
