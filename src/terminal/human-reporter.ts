/** The report for people: numbered steps and results on standard output, talk on standard error. */

import { STEPS } from '../migration/step.js';
import { safeText } from '../words/safe-text.js';
import { wrapLines } from '../words/wrap.js';
import type { OutputStreams } from './json-reporter.js';
import type { Look } from './look.js';
import type { Reporter } from './reporter.js';
import { SIGN, styleFor } from './style.js';
import { waitingLine } from './waiting.js';

const NOTE_HEAD = '\n----- A message that you can forward to your administrator: -----';
const NOTE_END = '----- End of the message -----';

export function humanReporter({ stdout, stderr }: OutputStreams, look: Look): Reporter {
  const out = styleFor(stdout, look);
  const err = styleFor(stderr, look);
  const wait = waitingLine(stderr, look);

  const print = (lines: readonly string[]) => {
    wait.clear();
    stdout.write(`${wrapLines(lines.map(safeText), stdout).join('\n')}\n`);
  };
  const talk = (lines: readonly string[]) => {
    wait.clear();
    stderr.write(`${wrapLines(lines.map(safeText), stderr).join('\n')}\n`);
  };
  const heading = ({ name, title }: (typeof STEPS)[number]) =>
    `${STEPS.findIndex((step) => step.name === name) + 1}/${STEPS.length} ${title}`;

  const address = (url: string, lines: readonly string[]) => {
    talk(lines);
    // Whole, however long: a folded address can't be copied or clicked.
    stderr.write(`\n${safeText(url)}\n\n`);
  };

  return {
    started: (step) => {
      wait.start(heading(step));
    },
    ended: (step, { status, lines }) => {
      const isDone = status === 'done';
      const sign = isDone ? out.good(SIGN.good) : out.faint(SIGN.skipped);
      const word = isDone ? '' : out.faint(' (skipped)');
      print([`${sign} ${out.strong(heading(step))}${word}`, ...lines.map((line) => `  ${line}`)]);
    },
    failed: (step) => print([`${out.bad(SIGN.bad)} ${out.strong(heading(step))} (failed)`]),
    result: (_facts, lines) => print(lines),
    error: (error) => {
      const [first = '', ...rest] = error.message.split('\n');
      talk([
        '',
        `${err.bad(SIGN.bad)} ${err.strong(first)}`,
        ...[...rest, ...error.hint.split('\n')].map((line) => `  ${line}`),
        err.faint(`  (${error.code}, exit code ${error.exitCode})`),
      ]);
      const { adminNote } = error.details;
      // Unfolded and unindented, so that it can be copied as it stands.
      if (adminNote !== undefined)
        stderr.write(`${NOTE_HEAD}\n\n${safeText(adminNote)}\n${NOTE_END}\n`);
    },
    signInUrl: address,
    address,
    note: (line) => talk([line]),
    waiting: (what) => wait.start(what),
    clear: () => wait.clear(),
  };
}
