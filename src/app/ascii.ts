/** Output in ASCII, for logs and bounces of mail servers in an ASCII locale: anything else shows as `___`. */

import type { Writable } from 'node:stream';

/** The non-ASCII characters in the program's own texts. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ '’': "'", '‘': "'", '“': '"', '”': '"', '–': '-', '—': '-', '…': '...', '→': '->' },
  ...{ '✓': 'OK:', '✗': 'Error:', '•': '*', '\u00a0': ' ', '·': '-' },
};

/** Whether the locale variables require ASCII (POSIX.1-2017, 8.2). */
export function isAsciiLocale({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return !/utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

/** The text in ASCII; any other letter becomes a question mark, or an escape in JSON. */
export function inAsciiWords(text: string): string {
  if (!text.startsWith('{')) {
    return text.replace(/\P{ASCII}/gu, (letter) => PLAIN[letter] ?? '?');
  }
  return [...text].map((letter) => (/\P{ASCII}/u.test(letter) ? escaped(letter) : letter)).join('');
}

/** Makes a stream write all text in ASCII. */
export function asciiOnly(stream: Writable): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...args: unknown[]) =>
    write(typeof chunk === 'string' ? inAsciiWords(chunk) : chunk, ...args);
}

function escaped(letter: string): string {
  return Array.from(
    { length: letter.length },
    (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}
