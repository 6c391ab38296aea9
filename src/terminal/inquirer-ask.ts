/** Questions that redraw themselves as they are answered, by inquirer. */

import inquirer from 'inquirer';
import { foldedBeside } from '../text/wrap.js';
import type { Look } from './look.js';
import {
  choiceText,
  NEITHER_YES_NOR_NO,
  type Question,
  type QuestionStreams,
  readYesNo,
  type ShowQuestion,
  yesNoEnd,
} from './question.js';
import { SIGN, type Style, styleFor, withSigns } from './style.js';

/** How many choices are shown at a time. */
const PAGE_SIZE = 12;

export function inquirerAsk({ stdin, stderr }: QuestionStreams, look: Look): ShowQuestion {
  const style = styleFor(stderr, look);
  const done = style.good(withSigns(SIGN.good, stderr, look));
  return async (question, signal) => {
    const prompt = inquirer.createPromptModule({ input: stdin, output: stderr, signal });
    const answers: Record<string, unknown> = await prompt([
      {
        name: 'answer',
        theme: theme(style, done, asWide(question, stderr)),
        ...inquirerWords(question, stderr),
      } as never,
    ]);
    return question.kind === 'yes-no'
      ? readYesNo(String(answers.answer), question.byDefault)
      : answers.answer;
  };
}

function inquirerWords(
  question: Question,
  { columns }: NodeJS.WriteStream,
): Readonly<Record<string, unknown>> {
  const { kind, message } = question;
  // All three use `input`: inquirer's own for passwords and for Yes or No leave a wrong answer in the field, so that
  // the next one would be added to it.
  if (kind === 'yes-no') {
    const { byDefault } = question;
    return {
      type: 'input',
      message: `${message} ${yesNoEnd(byDefault)}`,
      validate: (typed: string) => readYesNo(typed, byDefault) !== null || NEITHER_YES_NOR_NO,
      transformer: (typed: string, { isFinal }: { readonly isFinal: boolean }) =>
        isFinal ? (readYesNo(typed, byDefault) ? 'Yes' : 'No') : typed,
    };
  }
  if (kind === 'line') {
    return {
      type: 'input',
      message,
      validate: (answer: string) => question.check(answer) ?? true,
      ...(question.byDefault === undefined ? {} : { default: question.byDefault }),
      ...(question.shows === 'text' ? {} : { transformer: SHOWN[question.shows] }),
    };
  }
  const choices = question.choices.map((choice) => ({
    name: foldedBeside(choiceText(choice), columns),
    short: choiceText(choice),
    value: choice.value,
  }));
  const pageSize = PAGE_SIZE;
  if (!question.hasFilter) return { type: 'select', message, choices, pageSize, loop: false };
  return {
    type: 'search',
    message,
    pageSize,
    source: (typed = '') => {
      const words = typed.toLowerCase().split(/\s+/);
      return choices.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
    },
  };
}

/** What is shown in place of what is typed. */
const SHOWN = {
  mask: (typed: string) => '*'.repeat(typed.length),
  nothing: () => '',
} as const;

/** An answer that would be broken at the edge of the window goes on a separate line. */
function asWide({ message }: Question, { columns }: NodeJS.WriteStream): (text: string) => string {
  const [last = ''] = message.split('\n').slice(-1);
  const room = columns - last.length - SIGN_AND_SPACES;
  return (text) => (text.length > room ? `\n  ${text}` : text);
}

/** A sign before the question, a space on either side of it and before the answer. */
const SIGN_AND_SPACES = 4;

/** inquirer's own colours ignore `--no-color`. */
function theme(
  style: Style,
  done: string,
  answer: (text: string) => string,
): Readonly<Record<string, unknown>> {
  const same = (text: string) => text;
  return {
    // Enter alone means something: it must not submit a refused answer again.
    validationFailureMode: 'clear',
    prefix: { idle: style.strong('?'), done },
    style: {
      answer,
      message: (text: string) => style.strong(text),
      error: (text: string) => style.bad(`> ${text}`),
      defaultAnswer: (text: string) => style.faint(`(${text})`),
      help: (text: string) => style.faint(text),
      highlight: (text: string) => style.strong(text),
      key: same,
      searchTerm: same,
      description: same,
      keysHelpTip: (keys: readonly (readonly [string, string])[]) =>
        style.faint(
          keys.map(([key, action]) => `${key} ${KEY_WORDS[action] ?? action}`).join(', '),
        ),
    },
  };
}

const KEY_WORDS: Readonly<Record<string, string>> = {
  navigate: 'up and down',
  select: 'to choose',
};
