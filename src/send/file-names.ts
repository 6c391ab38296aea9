/** Names of the files of a spool: which are messages, and one that is free and fits. */

import { randomBytes } from 'node:crypto';

/** What most file systems take, in bytes. */
const NAME_MAX_BYTES = 255;

/** The name, if it is UTF-8: another one can't be written down, or asked for again. */
export function nameOf(bytes: Buffer): string | null {
  const name = bytes.toString();
  return Buffer.from(name).equals(bytes) ? name : null;
}

/**
 * A name that nothing has: the one that is wanted, or that and a random ending, shortened to fit.
 *
 * @param beside what is put beside it: names of these endings are free as well
 */
export function freeName(
  wanted: string,
  beside: readonly string[],
  isFree: (name: string) => boolean,
): string {
  const room = Math.max(0, ...beside.map((ending) => ending.length));
  for (let name = wanted; ; name = withRandomEnding(wanted, room)) {
    const fits = Buffer.byteLength(name) + room <= NAME_MAX_BYTES;
    if (fits && isFree(name) && beside.every((ending) => isFree(name + ending))) return name;
  }
}

function withRandomEnding(name: string, room: number): string {
  const ending = `.${randomBytes(6).toString('hex')}`;
  return shortened(name, NAME_MAX_BYTES - room - ending.length) + ending;
}

function shortened(name: string, maxBytes: number): string {
  const letters = Array.from(name);
  while (Buffer.byteLength(letters.join('')) > maxBytes) letters.pop();
  return letters.join('');
}

/** A name as people may see it: one that holds a line feed must not look like two lines. */
export function shownName(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd');
}
