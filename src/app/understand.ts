/** Maps the words that people type to the commands they mean, before any option is parsed. */

import { MailError } from '../errors.js';
import { nearMiss } from '../text/near-miss.js';

/** Words from other programs. None of them deletes anything: `revert` is only suggested. */
const MEANT: ReadonlyMap<string, readonly string[]> = new Map([
  ['login', ['sign-in']],
  ['signin', ['sign-in']],
  ['logout', ['sign-out']],
  ['signout', ['sign-out']],
  ['test', ['test-connection']],
  ['version', ['--version']],
  ['sites', ['site', 'list']],
]);

/** Words that are not accepted, but whose meaning is clear. */
const SUGGESTED: ReadonlyMap<string, string> = new Map([
  ['revert', 'revert-smtp'],
  ['add', 'site add'],
  ['list', 'site list'],
  ['remove', 'site remove'],
]);

/** Common options whose value is a separate word. */
const TAKING_A_VALUE = ['-s', '--site'];

/**
 * The arguments with this program's own word for the command; `help WORDS` becomes `WORDS --help`.
 *
 * @param commands the existing commands
 * @throws MailError `usage` for a word that is not a command, even with --help: help on something else would hide it
 */
export function understand(argv: readonly string[], commands: readonly string[]): string[] {
  const at = wordIn(argv);
  const word = argv[at];
  if (word === undefined) return [...argv];
  const [before, after] = [argv.slice(0, at), argv.slice(at + 1)];
  if (word === 'help') return understand([...before, ...after, '--help'], commands);
  if (commands.includes(word)) return [...argv];
  const meant = MEANT.get(word);
  if (meant !== undefined) return [...before, ...meant, ...after];
  const small = word.toLowerCase();
  const known = [...commands, ...MEANT.keys()];
  const suggestion = SUGGESTED.get(small) ?? known.find((one) => one === small);
  throw noSuchCommand(word, suggestion ?? nearMiss(word, known));
}

/** @param suggestion a whole command, or null */
export function noSuchCommand(word: string, suggestion: string | null, group = ''): MailError {
  const help = `See: writeupp-mail ${group}--help`;
  return new MailError(
    'usage',
    `There is no command "${group}${word}".`,
    suggestion === null ? help : `Did you mean ${suggestion}?\n${help}`,
  );
}

/** The index of the command: the first word that is neither an option nor the value of one; -1 if there is none. */
function wordIn(argv: readonly string[]): number {
  return upToOptionsEnd(argv).findIndex(isPlain);
}

/** The words that are neither an option nor the value of a common one. */
export function plainWords(argv: readonly string[]): string[] {
  return upToOptionsEnd(argv).filter(isPlain);
}

function upToOptionsEnd(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

function isPlain(word: string, index: number, argv: readonly string[]): boolean {
  return !word.startsWith('-') && !TAKING_A_VALUE.includes(argv[index - 1] ?? '');
}
