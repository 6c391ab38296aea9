/** Commands as they stand in a hint: to be copied, so quoted only where a shell needs it, and always last in their line. */

import { CONTROLS, LETTERS } from './letters.js';

/** What a shell might obey inside double quotes: such a name is left to the person to type. */
const UNSAFE = new RegExp(`["$\`\\\\!%${CONTROLS}]`);

/**
 * A command of this program: `commandLine('site set', 'Harbour Physio', '--smtp-password-stdin')`.
 *
 * @param args as the program takes them; a name that no shell takes safely becomes NAME
 */
export function commandLine(command: string, ...args: readonly string[]): string {
  return ['writeupp-mail', command, ...args.map(shellWord)].join(' ');
}

/** The same for one site; without its name where it is not known. */
export function siteCommand(
  command: string,
  site: string | undefined,
  ...args: readonly string[]
): string {
  return commandLine(command, ...(site === undefined ? [] : ['--site', site]), ...args);
}

function shellWord(word: string): string {
  if (isPlain(word)) return word;
  return UNSAFE.test(word) ? 'NAME' : `"${word}"`;
}

/** Whether every shell takes a word as it stands. */
function isPlain(word: string): boolean {
  return /^[\w@%+=:,./-]+$/.test(word) || new RegExp(`^[${LETTERS}_@%+=:,./-]+$`, 'u').test(word);
}

/** Whether a line is nothing but a command: it is never folded. */
export function isCommand(line: string): boolean {
  return /^\s*writeupp-mail /.test(line);
}

/** The line, with a command at its end on a line of its own. */
export function withCommandApart(line: string): string[] {
  const [, indent = '', words, command] =
    /^(\s*)(.*\S[:,]?) (writeupp-mail (?:[a-z]|--).*)$/u.exec(line) ?? [];
  if (words === undefined || command === undefined || !words.endsWith(':')) return [line];
  return [`${indent}${words}`, `${indent}  ${command}`];
}
