/** Decodes text strictly: malformed bytes are refused, since a password would be stored as a different one. */

const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  // Written by Windows PowerShell and Excel ("Unicode text").
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Text without its byte order mark, and whether it had one. */
export interface Decoded {
  readonly text: string;
  readonly hasMark: boolean;
}

/** Decodes UTF-8, or UTF-16 if its byte order mark says so; null for anything else. */
export function decodeText(bytes: Uint8Array): Decoded | null {
  const found = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
  try {
    const text = new TextDecoder(found?.[0] ?? 'utf-8', { fatal: true }).decode(bytes);
    // UTF-16 without a mark, or UTF-32.
    return text.includes('\0') ? null : { text, hasMark: found !== undefined };
  } catch {
    return null;
  }
}
