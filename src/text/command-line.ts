/** Commands in hints: meant to be copied, so quoted only where a shell needs it, and always last on their line. */

import { CONTROLS, LETTERS } from './letters.js';

/** What a shell might interpret inside double quotes: the person must type such a name. */
const UNSAFE = new RegExp(`["$\`\\\\!%${CONTROLS}]`);

/**
 * A command of this program: `commandLine('site set', 'Harbour Physio', '--smtp-password-stdin')`.
 *
 * @param args unquoted; a name that is not safe in every shell becomes NAME
 */
export function commandLine(command: string, ...args: readonly string[]): string {
  return ['writeupp-mail', command, ...args.map(shellWord)].join(' ');
}

/** The same for one site; without its name if it is unknown. */
export function siteCommand(
  command: string,
  site: string | undefined,
  ...args: readonly string[]
): string {
  return commandLine(command, ...(site === undefined ? [] : ['--site', site]), ...args);
}

/** How such a command names its site: ` --site harbour-physio`. */
export function namingSite(site: string): string {
  return ` --site ${shellWord(site)}`;
}

function shellWord(word: string): string {
  if (isPlain(word)) return word;
  return UNSAFE.test(word) ? 'NAME' : `"${word}"`;
}

/** Whether every shell takes a word literally. */
function isPlain(word: string): boolean {
  return /^[\w@%+=:,./-]+$/.test(word) || new RegExp(`^[${LETTERS}_@%+=:,./-]+$`, 'u').test(word);
}

/** Whether a line is only a command: such a line is never folded. */
export function isCommand(line: string): boolean {
  return /^\s*writeupp-mail /.test(line);
}

/** Puts a command at the end of a line on a separate line. */
export function withCommandApart(line: string): string[] {
  const [, indent = '', words, command] =
    /^(\s*)(.*\S[:,]?) (writeupp-mail (?:[a-z]|--).*)$/u.exec(line) ?? [];
  if (words === undefined || command === undefined || !words.endsWith(':')) return [line];
  return [`${indent}${words}`, `${indent}  ${command}`];
}
