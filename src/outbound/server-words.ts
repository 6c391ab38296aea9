/** A mail server's own words, made safe to show: one short line, without secrets. */

const LONGEST = 300;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to remove.
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b./g;

/** Links that servers give carry log-in tokens in their query; a run this long is a token or an encoded secret. */
const QUERY = /(https?:\/\/[^\s?>]+)\?(?!p=\w+(?:\s|$))[^\s>]*/g;
const LONG_RUN = /[\w+/=-]{32,}/g;

/**
 * @param secrets values that the server might repeat, such as the password
 */
export function serverWords(response: string, secrets: readonly string[] = []): string {
  const hidden = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')])
    .reduce((text, secret) => text.replaceAll(secret, '[removed]'), response);
  const line = hidden
    .replace(ESCAPES, ' ')
    .replace(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069]+/gu, ' ')
    .replace(/ (\d{3})-(?=\d\.\d)/g, ' ')
    .replace(QUERY, '$1')
    .replace(LONG_RUN, '[removed]')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
