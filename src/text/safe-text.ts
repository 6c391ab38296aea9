/** Text for a terminal: nothing from outside may move the cursor, change the title or reverse the text direction. */

import { CONTROLS } from './letters.js';

/** The styles that style.ts writes: the only escape sequences that may stay. */
const OWN_STYLE = '\\u001b\\[(?:1|2|22|31|32|33|39)m';

/**
 * C0 and C1 controls except the line feed (ECMA-48), and the marks that change the text direction (Unicode UAX #9:
 * embeddings, overrides, isolates). Right-to-left letters need none of them.
 */
const OBEYED = `(?!\\n)[${CONTROLS}\\u202a-\\u202e\\u2066-\\u2069]`;

const STYLE_OR_OBEYED = new RegExp(`${OWN_STYLE}|${OBEYED}`, 'g');
const HIDDEN_IN_JSON = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Replaces each such character with �. */
export function safeText(text: string): string {
  return text.replace(STYLE_OR_OBEYED, (found) => (found.length > 1 ? found : '\ufffd'));
}

/** Like `safeText`, for a name or a fact within a line: it can't end that line and start another. */
export function oneLine(text: string): string {
  return safeText(text).replaceAll('\n', '\ufffd');
}

/** Equivalent JSON, with such characters escaped where JSON allows them unescaped. */
export function safeJson(json: string): string {
  return json.replace(
    HIDDEN_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
