/**
 * Kinds of characters, for the inside of a character class.
 *
 * V8 makes ready what a literal with \p{…} stands for as its file is loaded, wherever it stands, and that takes
 * each start a fifth of a millisecond, and letters several.
 */

/**
 * Letters and digits of every language. Put together where it is asked, and asked only of what no plain expression
 * takes, it costs those who need it.
 */
export const LETTERS = String.raw`\p{L}\p{N}`;

/** Control characters (C0 and C1 of ECMA-48), which are all that \p{Cc} stands for. */
export const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f`;
