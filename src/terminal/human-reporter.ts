/** The report for people: numbered steps and results on standard output, talk on standard error. */

import { STEPS } from '../migration/step.js';
import type { OutputStreams } from './json-reporter.js';
import type { Reporter } from './reporter.js';
import { SIGN, styleFor } from './style.js';
import { waitingLine } from './waiting.js';

export function humanReporter({ stdout, stderr }: OutputStreams, noColor: boolean): Reporter {
  const out = styleFor(stdout, noColor);
  const err = styleFor(stderr, noColor);
  const wait = waitingLine(stderr, noColor);

  const print = (lines: readonly string[]) => {
    wait.clear();
    stdout.write(lines.map((line) => `${line}\n`).join(''));
  };
  const talk = (lines: readonly string[]) => {
    wait.clear();
    stderr.write(lines.map((line) => `${line}\n`).join(''));
  };
  const heading = ({ name, title }: (typeof STEPS)[number]) =>
    `${STEPS.findIndex((step) => step.name === name) + 1}/${STEPS.length} ${title}`;

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
        ...(error.details.retryAt === undefined
          ? []
          : [`  Try again after ${error.details.retryAt}.`]),
        err.faint(`  (${error.code}, exit code ${error.exitCode})`),
      ]);
    },
    signInUrl: (url, lines) => talk([...lines, '', url, '']),
    note: (line) => talk([line]),
    waiting: (what) => wait.start(what),
    clear: () => wait.clear(),
  };
}
