/**
 * Kinds of characters, for use inside a character class.
 *
 * V8 expands a regular expression literal with \p{…} when its file is loaded, wherever it is, which costs each start
 * a fifth of a millisecond, and several for letters.
 */

/**
 * Letters and digits of every language. If the expression is built where it is used, and only for what a plain one
 * does not match, only those who need it pay for it.
 */
export const LETTERS = String.raw`\p{L}\p{N}`;

/** Control characters (C0 and C1 of ECMA-48), exactly what \p{Cc} matches. */
export const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f`;
