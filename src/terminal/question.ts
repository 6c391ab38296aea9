/** A question, apart from how it is shown. */

import { safeText } from '../text/safe-text.js';

/** A choice in a list. */
export interface Choice<T> {
  readonly name: string;
  readonly value: T;
  /** More about it, shown after the name and also searched. */
  readonly about?: string;
}

/** Returns what is wrong with an answer, or null. */
export type Check = (answer: string) => string | null;

/** A question, as both ways of asking receive it. */
export type Question =
  | { readonly kind: 'yes-no'; readonly message: string; readonly byDefault: boolean }
  | {
      readonly kind: 'line';
      readonly message: string;
      readonly check: Check;
      readonly byDefault?: string;
      /** What is shown while it is typed: the text, a sign for each letter, or nothing. */
      readonly shows: 'text' | 'mask' | 'nothing';
    }
  | {
      readonly kind: 'list';
      readonly message: string;
      readonly choices: readonly Choice<unknown>[];
      readonly hasFilter: boolean;
    };

/** Shows a question and reads the answer to it; rejects once the signal is aborted. */
export type ShowQuestion = (question: Question, cancelled: AbortSignal) => Promise<unknown>;

export interface QuestionStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What follows a Yes or No question: the answer of Enter alone is in capitals. */
export function yesNoEnd(byDefault: boolean): string {
  return byDefault ? '(Y/n)' : '(y/N)';
}

/** Yes or No, as typed; null for anything else. */
export function readYesNo(typed: string, byDefault: boolean): boolean | null {
  const word = typed.trim().toLowerCase();
  if (word === '') return byDefault;
  if ('yes'.startsWith(word)) return true;
  return 'no'.startsWith(word) ? false : null;
}

export const NEITHER_YES_NOR_NO = 'Please answer with y or n.';

export function choiceText({ name, about }: Choice<unknown>): string {
  return safeText(about === undefined ? name : `${name} (${about})`);
}
