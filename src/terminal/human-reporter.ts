/** The report for people: numbered steps and results on standard output, everything else on standard error. */

import type { MailError } from '../errors.js';
import { withCommandApart } from '../text/command-line.js';
import { documentPath } from '../text/document-path.js';
import { safeText } from '../text/safe-text.js';
import { wrapLines } from '../text/wrap.js';
import type { OutputStreams } from './json-reporter.js';
import type { Look } from './look.js';
import type { Reporter } from './reporter.js';
import { STEPS } from './steps.js';
import { SIGN, type Style, styleFor, withSigns } from './style.js';
import { waitingLine } from './waiting.js';

const NOTE_HEAD = '\n----- A message that you can forward to your administrator: -----';
const NOTE_END = '----- End of the message -----';

export function humanReporter(
  streams: OutputStreams & { readonly stdin?: NodeJS.ReadStream },
  look: Look,
  isVerbose = false,
): Reporter {
  const { stdout, stderr } = streams;
  const out = styleFor(stdout, look);
  const err = styleFor(stderr, look);
  const wait = waitingLine(streams, look);

  const print = (lines: readonly string[]) => {
    wait.clear();
    stdout.write(`${fitted(lines, stdout, look).join('\n')}\n`);
  };
  const talk = (lines: readonly string[]) => {
    wait.clear();
    stderr.write(`${fitted(lines, stderr, look).join('\n')}\n`);
  };
  const heading = ({ name, title }: (typeof STEPS)[number]) =>
    `Step ${STEPS.findIndex((step) => step.name === name) + 1} of ${STEPS.length}: ${title}`;

  const showAddress = (url: string, lines: readonly string[]) => {
    talk(lines);
    // Whole, however long: a folded address can't be copied or clicked.
    stderr.write(`\n${safeText(url)}\n\n`);
  };
  let hasStepFailed = false;

  return {
    started: (step) => {
      wait.start(heading(step));
    },
    ended: (_step, { status, lines: [first = '', ...rest], isQuiet = false }) => {
      if (isQuiet && !isVerbose) return wait.clear();
      const sign = status === 'done' ? out.good(SIGN.good) : out.faint(SIGN.skipped);
      print([`${sign} ${out.strong(first)}`, ...rest.map((line) => detail(line, out))]);
    },
    failed: (step, error) => {
      hasStepFailed = true;
      const isStopped = STOPPED.includes(error.code);
      const sign = isStopped ? out.faint(SIGN.skipped) : out.bad(SIGN.bad);
      const word = out.faint(isStopped ? ' (stopped)' : ' (failed)');
      print([`${sign} ${out.strong(heading(step))}${word}`]);
    },
    result: (_facts, lines) => print(lines),
    lines: print,
    // Many items are for scripts alone: those print no empty lines, and leave a bar as it is.
    item: (_event, _facts, lines) => {
      if (lines.length > 0) print(lines);
    },
    error: (error) => {
      const [first = '', ...rest] = error.message.split('\n');
      // One cross per failure: the failed step already has it.
      const sign = hasStepFailed ? '' : `${err.bad(SIGN.bad)} `;
      talk([
        '',
        `${STOPPED.includes(error.code) ? '' : sign}${err.strong(first)}`,
        ...[...rest, ...error.hint.split('\n')].map((line) => `  ${line}`),
        ...(isVerbose ? guide(error).map((line) => err.faint(line)) : []),
      ]);
      const { adminNote } = error.details;
      // Neither folded nor indented, so that it can be copied as it is.
      if (adminNote !== undefined)
        stderr.write(`${NOTE_HEAD}\n\n${safeText(adminNote)}\n${NOTE_END}\n`);
    },
    signInUrl: showAddress,
    address: (short, words) => talk([`${words} ${short}`]),
    canCopy: () => stderr.isTTY === true && look.copies,
    copy: (text) => {
      stderr.write(`\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`);
    },
    note: (line) => talk([line]),
    waiting: (what, until) => wait.start(what, until),
    clear: () => wait.clear(),
  };
}

/** Where a person can look the error up. */
function guide({ code, exitCode }: MailError): string[] {
  return [
    `  (${code}, exit code ${exitCode})`,
    `  More about it: ${documentPath('troubleshooting.md')}#${code}`,
  ];
}

/** A line below a step's own; one that starts with the warning sign stands out. */
function detail(line: string, { warning, strong }: Style): string {
  if (line === '') return '';
  const { warning: sign } = SIGN;
  if (!line.startsWith(`${sign} `)) return `  ${line}`;
  return `${warning(sign)} ${strong(line.slice(sign.length + 1))}`;
}

/** Codes of what a person decided: nothing went wrong. */
const STOPPED: readonly string[] = ['interrupted', 'cancelled', 'consent-denied'];

function fitted(lines: readonly string[], stream: NodeJS.WriteStream, look: Look): string[] {
  const safe = lines.map(safeText);
  const said = look.kit ? safe.map(inKit) : safe;
  const whole = wrapLines(said.flatMap(withCommandApart), stream);
  return whole.map((line) => withSigns(line, stream, look));
}

/** The files of a kit, by the commands that they run; anything else can be typed in a separate window. */
const STARTERS: readonly (readonly [command: RegExp, starter: string])[] = [
  [/^migrate(?: --(?:site|from) (?:"[^"]*"|\S+))*$/, 'Switch to Gmail'],
  [/^status(?: --site (?:"[^"]*"|\S+))? --done-in-writeupp$/, 'Done in WriteUpp'],
  [/^status(?: --site (?:"[^"]*"|\S+))?$/, 'How email goes out now'],
];

/** A command of this program at the end of a line; its name alone is not a command. */
const COMMAND = /writeupp-mail ((?:[a-z]+(?:-[a-z]+)*|--[a-z-]+)(?: .*)?)$/;

/** Words after the name that mean it is not a command. */
const NO_COMMAND = /^(?:again|on|with|is|from)\b/;

/** The line, with what to double-click in place of a command at its end. */
export function inKit(line: string): string {
  const whole = line.replace(
    /^(\s*)Update writeupp-mail on this computer\./,
    '$1Get the newest kit: this one is older than what is on this computer.',
  );
  const [found = '', command = ''] = COMMAND.exec(whole) ?? [];
  if (command === '' || NO_COMMAND.test(command)) return whole;
  const bare = command.replace(/[.)]+$/, '');
  const [, starter] = STARTERS.find(([pattern]) => pattern.test(bare)) ?? [];
  const rest = whole.slice(0, -found.length);
  return starter === undefined
    ? `${rest}double-click "Type a command", and type there: ${found}`
    : `${rest}double-click "${starter}"${command.slice(bare.length)}`;
}
