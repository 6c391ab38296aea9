/** Makes text from outside safe to show: one short plain line, with no HTML, control characters or secrets. */

const REMOVED = '[removed]';

/** More than any message needs; limits the work on a page of several megabytes. */
const LONGEST_INPUT = 20_000;

/** Terminal escape sequences (ECMA-48 CSI, then OSC with either ending, then any other two-byte escape). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to remove.
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b./g;

/** C0 and C1 controls, and invisible characters that reorder or hide text (Unicode bidi and zero-width). */
const CONTROLS = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** Values named as secrets: a form field (`code=…`), or a JSON string (`"code":"…"`). */
const SECRET_FIELD =
  /((?:token|code|code_verifier|secret|password|passphrase|assertion)\s*=\s*)["']?[^\s"'&,;<>]+["']?/gi;
const SECRET_JSON =
  /((?:token|code|code_verifier|secret|password|passphrase|assertion)["']\s*:\s*)(["'])[^"']*\2?/gi;

/** Patterns of Google's secrets anywhere in a text. */
const SECRET_FORMS: readonly RegExp[] = [
  /\bBearer\s+[\w.~+/=-]+/gi,
  /\beyJ[\w-]*(?:\.[\w-]*)*/g,
  /\bya29\.[\w.-]+/g,
  /\bGOCSPX-[\w-]+/g,
  // A refresh token (1//…) and an authorization code (4/0…), also percent-encoded.
  /(?<!\w)1(?:\/\/|%2F%2F)[\w-]+/gi,
  /(?<!\w)4(?:\/|%2F)0[\w-]{3,}/gi,
];

/** A run too long to be a word; a client id is public (RFC 6749 section 2.2), so it stays. */
const LONG_RUN = /[\w-]{40,}(\.apps\.googleusercontent\.com)?/g;

/** Whether a text is or contains HTML, rather than a plain message. */
export function looksLikeHtml(text: string): boolean {
  return /<(?:!doctype|html|head|body|title|meta|h\d|p|div|span|a|b|i|em|ins|strong|br|script)(?=[\s/>])/i.test(
    text,
  );
}

/**
 * One line of plain text of at most `maxLength` characters, safe for a terminal, a log and a support email.
 * A web page is reduced to its title and first words.
 */
export function cleanText(text: string, options: { readonly maxLength?: number } = {}): string {
  const { maxLength = 300 } = options;
  const input = text.slice(0, LONGEST_INPUT);
  const plain = looksLikeHtml(input) ? htmlToText(input) : input;
  const line = plain.replace(ESCAPES, ' ').replace(CONTROLS, ' ').replace(/\s+/g, ' ').trim();
  return shorten(redact(line), maxLength);
}

function htmlToText(html: string): string {
  const title = /<title[^>]*>([\s\S]*?)<\/title>/i.exec(html)?.[1] ?? '';
  const words = html
    .replace(/<(script|style|title)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replace(/<!--[\s\S]*?(?:-->|$)/g, ' ')
    .replace(/<[^>]*(?:>|$)/g, ' ')
    .trim();
  return decodeEntities([title, words].filter((part) => part.trim() !== '').join(': '));
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|(\w{2,5}));/g, (whole, number?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const point = Number(number);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

function redact(line: string): string {
  const unnamed = SECRET_FORMS.reduce((text, form) => text.replace(form, REMOVED), line);
  return unnamed
    .replace(SECRET_FIELD, `$1${REMOVED}`)
    .replace(SECRET_JSON, `$1${REMOVED}`)
    .replace(LONG_RUN, (run, clientIdEnding?: string) => (clientIdEnding ? run : REMOVED));
}

function shorten(line: string, maxLength: number): string {
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).trimEnd()}…`;
}
