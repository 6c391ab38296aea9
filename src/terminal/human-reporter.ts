/** The report for people: numbered steps and results on standard output, talk on standard error. */

import type { MailError } from '../errors.js';
import { STEPS } from '../migration/step.js';
import { withCommandApart } from '../words/command-line.js';
import { paper } from '../words/paper.js';
import { safeText } from '../words/safe-text.js';
import { wrapLines } from '../words/wrap.js';
import type { OutputStreams } from './json-reporter.js';
import type { Look } from './look.js';
import type { Reporter } from './reporter.js';
import { SIGN, type Style, styleFor } from './style.js';
import { waitingLine } from './waiting.js';

const NOTE_HEAD = '\n----- A message that you can forward to your administrator: -----';
const NOTE_END = '----- End of the message -----';

export function humanReporter(
  { stdout, stderr }: OutputStreams,
  look: Look,
  isVerbose = false,
): Reporter {
  const out = styleFor(stdout, look);
  const err = styleFor(stderr, look);
  const wait = waitingLine(stderr, look);

  const print = (lines: readonly string[]) => {
    wait.clear();
    stdout.write(`${fitted(lines, stdout).join('\n')}\n`);
  };
  const talk = (lines: readonly string[]) => {
    wait.clear();
    stderr.write(`${fitted(lines, stderr).join('\n')}\n`);
  };
  const heading = ({ name, title }: (typeof STEPS)[number]) =>
    `Step ${STEPS.findIndex((step) => step.name === name) + 1} of ${STEPS.length}: ${title}`;

  const showAddress = (url: string, lines: readonly string[]) => {
    talk(lines);
    // Whole, however long: a folded address can't be copied or clicked.
    stderr.write(`\n${safeText(url)}\n\n`);
  };
  const address: Reporter['address'] = (url, short, words) => {
    if (stderr.isTTY !== true || !look.links) return talk([`${words} ${short}`]);
    wait.clear();
    stderr.write(`${words} ${link(url, 'open it by this link')}\n`);
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
    // Many things are told to scripts alone: they leave no empty lines, and a bar as it is.
    item: (_event, _facts, lines) => {
      if (lines.length > 0) print(lines);
    },
    error: (error) => {
      const [first = '', ...rest] = error.message.split('\n');
      // One failure, one cross: the step that failed bears it.
      const sign = hasStepFailed ? '' : `${err.bad(SIGN.bad)} `;
      talk([
        '',
        `${STOPPED.includes(error.code) ? '' : sign}${err.strong(first)}`,
        ...[...rest, ...error.hint.split('\n')].map((line) => `  ${line}`),
        ...(isVerbose ? guide(error).map((line) => err.faint(line)) : []),
      ]);
      const { adminNote } = error.details;
      // Unfolded and unindented, so that it can be copied as it stands.
      if (adminNote !== undefined)
        stderr.write(`${NOTE_HEAD}\n\n${safeText(adminNote)}\n${NOTE_END}\n`);
    },
    signInUrl: showAddress,
    address,
    note: (line) => talk([line]),
    waiting: (what, until) => wait.start(what, until),
    clear: () => wait.clear(),
  };
}

/** What a person can look up. */
function guide({ code, exitCode }: MailError): string[] {
  return [
    `  (${code}, exit code ${exitCode})`,
    `  More about it: ${paper('troubleshooting.md')}#${code}`,
  ];
}

/** A line below a step's own; one that begins with the sign of a warning stands out. */
function detail(line: string, { warning, strong }: Style): string {
  if (line === '') return '';
  const { warning: sign } = SIGN;
  if (!line.startsWith(`${sign} `)) return `  ${line}`;
  return `${warning(sign)} ${strong(line.slice(sign.length + 1))}`;
}

/** Codes of what a person decided: nothing went wrong. */
const STOPPED: readonly string[] = ['interrupted', 'cancelled', 'consent-denied'];

function fitted(lines: readonly string[], stream: NodeJS.WriteStream): string[] {
  return wrapLines(lines.map(safeText).flatMap(withCommandApart), stream);
}

/** A link of a terminal (OSC 8). Letters that could end it are none that an address has. */
function link(url: string, text: string): string {
  return `\u001b]8;;${new URL(url).href}\u001b\\${text}\u001b]8;;\u001b\\`;
}
