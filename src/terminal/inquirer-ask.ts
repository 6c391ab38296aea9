/** Questions that redraw themselves as they are answered, by inquirer. */

import inquirer from 'inquirer';
import { foldedBeside } from '../words/wrap.js';
import type { Look } from './look.js';
import { type Ask, choiceText, type Question, type QuestionStreams } from './question.js';
import { SIGN, type Style, styleFor } from './style.js';

/** How many choices are shown at a time. */
const PAGE_SIZE = 12;

/** Asks on the terminal behind the streams. */
export function inquirerAsk({ stdin, stderr }: QuestionStreams, look: Look): Ask {
  const style = styleFor(stderr, look);
  return async (question, signal) => {
    const prompt = inquirer.createPromptModule({ input: stdin, output: stderr, signal });
    const answers: Record<string, unknown> = await prompt([
      {
        name: 'answer',
        theme: theme(style, asWide(question, stderr)),
        ...inquirerWords(question, stderr),
      } as never,
    ]);
    return answers.answer;
  };
}

function inquirerWords(
  question: Question,
  { columns }: NodeJS.WriteStream,
): Readonly<Record<string, unknown>> {
  const { kind, message } = question;
  if (kind === 'yes-no') return { type: 'confirm', message, default: question.byDefault };
  if (kind === 'line') {
    return {
      type: question.shows === 'mask' ? 'password' : 'input',
      mask: '*',
      message,
      validate: (answer: string) => question.check(answer) ?? true,
      ...(question.byDefault === undefined ? {} : { default: question.byDefault }),
      ...(question.shows === 'nothing' ? { transformer: () => '' } : {}),
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

/** An answer that would be broken at the edge of the window stands on a line of its own. */
function asWide({ message }: Question, { columns }: NodeJS.WriteStream): (text: string) => string {
  const [last = ''] = message.split('\n').slice(-1);
  const room = columns - last.length - SIGN_AND_SPACES;
  return (text) => (text.length > room ? `\n  ${text}` : text);
}

/** A sign before the question, a space on either side of it and before the answer. */
const SIGN_AND_SPACES = 4;

/** inquirer's own colours know nothing of `--no-color`. */
function theme(style: Style, answer: (text: string) => string): Readonly<Record<string, unknown>> {
  const same = (text: string) => text;
  return {
    prefix: { idle: style.strong('?'), done: style.good(SIGN.good) },
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
      confirmDefault: (text: string) => text.toUpperCase(),
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
