/**
 * Translates the options of sendmail, and of programs that take its place, into those of `send`. Each is known to at
 * least one of Sendmail 8, Postfix, Exim 4, nullmailer, dma, msmtp, ssmtp and BusyBox (see their manual pages). Those
 * that change nothing here are dropped; those that ask for anything other than sending a message are passed on, to be
 * refused with an explanation.
 */

/** Options with a value, in the same word or the next, that change nothing here. */
const IGNORED_WITH_VALUE = 'BNRhLOXCpw';

/** Options whose value, if any, is in the same word: `-oem`, `-em`, `-Ac`, `-d0.1`, `-Dlog`, `-dropcr`. */
const IGNORED_IN_ONE_WORD = 'eAdDE';

/** Options without a value that change nothing here; they may share a word, as in `-ti`. */
const IGNORED_ALONE = 'cGmnUvx46';

/** Exim's `-o…` options whose value is the next word: facts about who submits the message, and Exim's own files. */
const LONG_O = /^-o(?:M[a-z]{1,2}|A|P|X|r|s)$/;

/** Options for modes that send no message: queue runs, and managing a queue or aliases. */
const OTHER_MODES = 'qQIMT';

/** Options that name a server or a login (BusyBox, ssmtp, msmtp): their values, which may be passwords, are dropped. */
const OTHER_SERVERS = 'aHS';

/** Long options of msmtp that name a server or a login. */
const LONG_SERVERS =
  /^--(?:account|host|port|user|auth|passwordeval|tls(?:-\w+)*|proxy-\w+|source-ip|socket|lmtp|protocol)(?==|$)/;

/** Long options of msmtp that change nothing here, the first of them with a value in the same word or the next. */
const LONG_WITH_VALUE = /^--(?:file|logfile|timeout|domain|dsn-notify|dsn-return)(?==|$)/;
const LONG_IGNORED =
  /^--(?:read-envelope-from|debug|syslog|add-missing-(?:from|date)-header|set-(?:date|msgid)-header)(?==|$)/;
/** Options of `send` itself whose value is the next word, whatever it looks like. */
const OWN_WITH_VALUE = /^--(?:again|batch|give-up|keep|notify|parallel|settle|site)$/;

/** The hidden option of `send` for what it refuses with an explanation. */
const UNSUPPORTED = '--unsupported';

/** The equivalent arguments of `send`. Unknown ones are passed on as they are. */
export function fromSendmailOptions(args: readonly string[]): string[] {
  const taken: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (word === '--') return [...taken, ...args.slice(at)];
    const read = /^-[^-]/.test(word) ? fromWord : fromLongWord;
    const [options, usesNext] = read(word, args[at + 1]);
    taken.push(...options);
    if (usesNext) at += 1;
  }
  return taken;
}

/** A recipient, or a long option, and whether the next word belongs to it. */
function fromLongWord(
  word: string,
  next: string | undefined,
): [options: string[], usesNext: boolean] {
  const [option = '', ...values] = word.split('=');
  const usesNext = values.length === 0 && next !== undefined;
  if (word === '--read-recipients') return [['-t'], false];
  if (option === '--from' && (values.length > 0 || usesNext)) {
    return [['-f', values.length > 0 ? values.join('=') : (next ?? '')], usesNext];
  }
  if (OWN_WITH_VALUE.test(word) && usesNext) return [[word, next ?? ''], true];
  if (LONG_SERVERS.test(word)) return [[UNSUPPORTED, option], false];
  if (LONG_WITH_VALUE.test(word)) return [[], usesNext];
  return [LONG_IGNORED.test(word) ? [] : [word], false];
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
      // Without a value, `-h` asks for help and `-V` for the version; for the others, the command says what is wrong.
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
    else if (IGNORED_ALONE.includes(letter)) continue;
    else if (OTHER_SERVERS.includes(letter) || /\d/.test(letter)) {
      // A number would be taken for a recipient.
      return [[...options, UNSUPPORTED, `-${letter}`], false];
    } else {
      // An option of the program itself, such as `-s`, or an unknown one.
      return [[...options, `-${letter}${rest}`], false];
    }
  }
  return [options, false];
}
