/**
 * The options of sendmail and of the programs in its place, as those of `send`. Each is known to at least one of
 * Sendmail 8, Postfix, Exim 4, nullmailer, dma and msmtp (their manual pages); those that change nothing here are
 * left out, and those that ask for something else than sending a message are handed on to be refused in words.
 */

/** Options with a value, in the same word or the next, that change nothing here. */
const IGNORED_WITH_VALUE = 'BNRhLOXCp';

/** Options whose value, if any, is in the same word: `-oem`, `-em`, `-Ac`, `-d0.1`, `-Dlog`, `-dropcr`. */
const IGNORED_IN_ONE_WORD = 'eAdDE';

/** Options without a value that change nothing here; they may share a word, as in `-ti`. */
const IGNORED_ALONE = 'cGmnUvx';

/** Exim's `-o…` options whose value is the next word: facts about who hands the message over, and its own files. */
const LONG_O = /^-o(?:M[a-z]{1,2}|A|P|X|r|s)$/;

/** Options of modes in which no message is sent: queue runs and the management of a queue or of aliases. */
const OTHER_MODES = 'qQIMST';

/** Long options of msmtp that mean the same as a short one. */
const LONG: Readonly<Record<string, readonly string[]>> = {
  '--read-recipients': ['-t'],
  '--read-envelope-from': [],
};

/** The hidden option of `send` for what it has to refuse in words. */
const UNSUPPORTED = '--unsupported';

/** The arguments of `send` that mean the same. What is not known is handed on as it is. */
export function fromSendmailOptions(args: readonly string[]): string[] {
  const taken: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (word === '--') return [...taken, ...args.slice(at)];
    if (!/^-[^-]/.test(word)) {
      taken.push(...longOption(word));
      continue;
    }
    const [options, usesNext] = fromWord(word, args[at + 1]);
    taken.push(...options);
    if (usesNext) at += 1;
  }
  return taken;
}

function longOption(word: string): readonly string[] {
  return word.startsWith('--from=') ? ['-f', word.slice('--from='.length)] : (LONG[word] ?? [word]);
}

/** One word that begins with a hyphen, and whether the next one belongs to it. */
function fromWord(word: string, next: string | undefined): [options: string[], usesNext: boolean] {
  const options: string[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    const rest = word.slice(at + 1);
    /** The value of the option: the rest of the word, else the next word. */
    const valued = (take: (value: string) => string[]): [string[], boolean] => {
      if (rest !== '') return [[...options, ...take(rest)], false];
      // Without a value, `-h` asks for help and `-V` for the version; of the others, the command says what is wrong.
      return next === undefined
        ? [[...options, `-${letter}`], false]
        : [[...options, ...take(next)], true];
    };
    if (letter === 't' || letter === 'i') options.push(`-${letter}`);
    else if ('fFr'.includes(letter)) {
      return valued((value) => [letter === 'F' ? '-F' : '-f', value]);
    } else if (letter === 'b') {
      return valued((mode) => (mode === 'm' ? [] : [UNSUPPORTED, `-b${mode}`]));
    } else if (letter === 'o')
      return [options, rest === '' ? next !== undefined : LONG_O.test(word)];
    else if (letter === 'V' || IGNORED_WITH_VALUE.includes(letter)) return valued(() => []);
    else if (IGNORED_IN_ONE_WORD.includes(letter)) {
      // Some take a letter as the next word too: `-e m`, `-A c`. No recipient is one letter.
      return [options, rest === '' && 'eA'.includes(letter) && /^[a-z]$/.test(next ?? '')];
    } else if (OTHER_MODES.includes(letter)) return [[...options, UNSUPPORTED, word], false];
    else if (!IGNORED_ALONE.includes(letter)) {
      // An option of the program itself, such as `-s`, or one that nobody knows.
      return [[...options, `-${letter}${rest}`], false];
    }
  }
  return [options, false];
}
