/** A question, apart from how it is shown. */

import { safeText } from '../words/safe-text.js';

/** A choice of a list. */
export interface Choice<T> {
  readonly name: string;
  readonly value: T;
  /** More about it, shown beside the name and found by typing as well. */
  readonly about?: string;
}

/** Gives what is wrong with an answer, or null. */
export type Check = (answer: string) => string | null;

/** A question, as the two ways to ask it know it. */
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
export type Ask = (question: Question, cancelled: AbortSignal) => Promise<unknown>;

/** The streams that questions need. */
export interface QuestionStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What a choice reads as. */
export function choiceText({ name, about }: Choice<unknown>): string {
  return safeText(about === undefined ? name : `${name} (${about})`);
}
