/** Invisible characters, which come along when text is copied from a page, a document or a dialog. */

/** Soft hyphens, zero-width spaces, direction marks, byte order marks. Joiners are not here: letters may need them. */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;
const JOINERS = /[\u200c\u200d]/g;

/** Every space that looks like the usual one (Unicode Zs). */
const BLANKS = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;

/** A name as people see it: without invisible characters, with plain spaces, and trimmed. */
export function asSeen(text: string): string {
  return text.replace(INVISIBLE, '').replace(BLANKS, ' ').trim();
}

/** Like `asSeen`, for an address or any other word that machines compare. */
export function wordAsSeen(text: string): string {
  return asSeen(text.replace(JOINERS, ''));
}

/** Spaces count as visible. */
export function hasInvisible(text: string): boolean {
  return text.search(INVISIBLE) >= 0 || text.search(JOINERS) >= 0;
}
