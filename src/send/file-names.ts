/** File names in a spool: read, chosen so that they are unused and fit, and shown. */

import { randomBytes } from 'node:crypto';

/** The limit of most file systems. */
const NAME_MAX_BYTES = 255;

/** The name, or null if it is not UTF-8: such a name can't be written down or asked for again. */
export function nameOf(bytes: Buffer): string | null {
  const name = bytes.toString();
  return Buffer.from(name).equals(bytes) ? name : null;
}

/**
 * An unused name: the wanted one, or that with a random ending, shortened to fit.
 *
 * @param beside endings of the files that go next to it: the name is unused with each of these, too
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

/** A name as shown to people: a line feed in it must not make it look like two lines. */
export function shownName(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd');
}
