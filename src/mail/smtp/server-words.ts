/** Makes a mail server's own words safe to show: one short line, without secrets. */

const LONGEST = 300;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to remove.
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b./g;

/** Links in replies can carry login tokens in their query; a run this long is a token or an encoded secret. */
const QUERY = /(https?:\/\/[^\s?>]+)\?(?!p=\w+(?:\s|$))[^\s>]*/g;
const LONG_RUN = /[\w+/=-]{32,}/g;

/** What may be base64 (RFC 4648), even of a one-letter secret. */
const BASE64_RUN = /[\w+/-]{2,}/g;

const REMOVED = '[removed]';

/** @param secrets values that the server might repeat, such as the password */
export function serverWords(response: string, secrets: readonly string[] = []): string {
  // In Latin-1 too: what the server repeats may be decoded as UTF-8 or as Latin-1.
  const bytes = secrets
    .filter((secret) => secret !== '')
    .map((secret) => Buffer.from(secret).toString('latin1'));
  const hidden = [...secrets.filter((secret) => secret !== ''), ...bytes].reduce(
    (text, secret) => text.replaceAll(secret, REMOVED),
    response.replace(BASE64_RUN, (run) => (isEncodingOf(bytes, run) ? REMOVED : run)),
  );
  const line = hidden
    .replace(ESCAPES, ' ')
    .replace(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069]+/gu, ' ')
    .replace(/ (\d{3})-(?=\d\.\d)/g, ' ')
    .replace(QUERY, '$1')
    .replace(LONG_RUN, REMOVED)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}

/**
 * Whether a run of letters is base64 that contains a secret, or the first half of one: a login puts the user before
 * the password (AUTH PLAIN, RFC 4616), so the secret can start at any letter, and a server may truncate it.
 */
function isEncodingOf(secrets: readonly string[], run: string): boolean {
  const texts = [0, 1, 2, 3].map((start) =>
    Buffer.from(run.slice(start), 'base64').toString('latin1'),
  );
  return secrets.some((secret) => {
    const half = secret.slice(0, Math.ceil(secret.length / 2));
    return texts.some((text) => text.includes(half));
  });
}
