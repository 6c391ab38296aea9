/** Text for a terminal: nothing that came from outside may move its cursor, change its title or turn its writing round. */

import { CONTROLS } from './letters.js';

/** The styles that style.ts gives out: all that may stay of what a terminal would obey. */
const OWN_STYLE = '\\u001b\\[(?:1|2|22|31|32|33|39)m';

/**
 * C0 and C1 controls but the line feed (ECMA-48), and the marks that turn text round (Unicode UAX #9: embeddings,
 * overrides, isolates). Letters that are written from right to left need none of them.
 */
const OBEYED = `(?!\\n)[${CONTROLS}\\u202a-\\u202e\\u2066-\\u2069]`;

const STYLE_OR_OBEYED = new RegExp(`${OWN_STYLE}|${OBEYED}`, 'g');
const HIDDEN_IN_JSON = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** The text with each such character shown as �. */
export function safeText(text: string): string {
  return text.replace(STYLE_OR_OBEYED, (found) => (found.length > 1 ? found : '\ufffd'));
}

/** JSON text that means the same, with the characters escaped that JSON allows to stand as they are. */
export function safeJson(json: string): string {
  return json.replace(
    HIDDEN_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
