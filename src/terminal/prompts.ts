/** Asking a person: every question of the program goes through here, to standard error. */

import { interrupted } from '../errors.js';
import { safeText } from '../text/safe-text.js';
import { foldedBeside } from '../text/wrap.js';
import type { Look } from './look.js';
import type { Check, Choice, Question, QuestionStreams, ShowQuestion } from './question.js';
import { askOnce } from './question-input.js';

export type { Check, Choice } from './question.js';

/**
 * The questions that can be asked. What was typed before a question appeared is thrown away. Ctrl-C, Ctrl-D and the end
 * of the input cancel: MailError `interrupted`.
 */
export interface Ask {
  /** Yes or No; Enter alone is No unless said otherwise. */
  confirm(question: string, byDefault?: boolean): Promise<boolean>;
  /** A line of text, trimmed. */
  text(question: string, check: Check, byDefault?: string): Promise<string>;
  /** A line of text; null if the signal ends the wait for it. */
  textUntil(question: string, signal: AbortSignal): Promise<string | null>;
  /** A password: not shown. */
  secret(question: string, check: Check): Promise<string>;
  /** True if the word is typed exactly (ignoring case). Enter alone is false. */
  typed(question: string, expected: string): Promise<boolean>;
  choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  /** A choice from a long list, which typing filters. */
  find<T>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  /** Waits for Enter; what is typed before it is not shown and means nothing. */
  pressEnter(message: string): Promise<void>;
  /** The same questions; one that is open when the signal is aborted is closed, and rejects with its reason. */
  until(signal: AbortSignal): Ask;
}

/** Ask on a terminal. `clear` takes the line back from a spinner first. */
export function terminalPrompts(
  streams: QuestionStreams,
  look: Look,
  clear: () => void,
  signal: AbortSignal,
): Ask {
  return promptsOn({ streams, look, clear, signal }, null);
}

interface Terminal {
  readonly streams: QuestionStreams;
  readonly look: Look;
  readonly clear: () => void;
  readonly signal: AbortSignal;
}

const ANYTHING: Check = () => null;

function promptsOn(terminal: Terminal, until: AbortSignal | null): Ask {
  async function ask(question: Question): Promise<unknown> {
    // Loaded before typed-ahead keys are thrown away: keys can arrive while it loads.
    const show = await loadAsk(terminal);
    until?.throwIfAborted();
    terminal.clear();
    const { signal, streams } = terminal;
    const safe = { ...question, message: folded(question, streams.stderr.columns) };
    const given = await askOnce(
      streams.stdin,
      until === null ? signal : AbortSignal.any([signal, until]),
      async (cancelled) => ({ answer: await show(safe, cancelled) }),
    );
    if (given !== null) return given.answer;
    if (!signal.aborted) until?.throwIfAborted();
    throw interrupted();
  }
  const line = async (
    message: string,
    check: Check,
    more: { readonly shows?: 'text' | 'mask' | 'nothing'; readonly byDefault?: string } = {},
  ) => String(await ask({ kind: 'line', message, check, shows: 'text', ...more }));

  const prompts: Ask = {
    confirm: async (message, byDefault = false) =>
      (await ask({ kind: 'yes-no', message, byDefault })) === true,
    text: async (message, check, byDefault) =>
      (await line(message, check, byDefault === undefined ? {} : { byDefault })).trim(),
    textUntil: async (message, signal) => {
      try {
        return await promptsOn(terminal, signal).text(message, ANYTHING);
      } catch (error) {
        if (signal.aborted && !terminal.signal.aborted) return null;
        throw error;
      }
    },
    secret: (message, check) => line(message, check, { shows: 'mask' }),
    typed: async (message, expected) => {
      const isExpected = (answer: string) => sameWord(answer, expected);
      const answer = await line(message, (typed) =>
        typed.trim() === '' || isExpected(typed)
          ? null
          : `That is not ${expected}. Type it as it stands, or press Enter to stop.`,
      );
      return isExpected(answer);
    },
    choose: async <T>(message: string, choices: readonly Choice<T>[]) =>
      (await ask({ kind: 'list', message, choices, hasFilter: false })) as T,
    find: async <T>(message: string, choices: readonly Choice<T>[]) =>
      (await ask({ kind: 'list', message, choices, hasFilter: true })) as T,
    pressEnter: async (message) => {
      await line(message, ANYTHING, { shows: 'nothing' });
    },
    until: (signal) =>
      promptsOn(terminal, until === null ? signal : AbortSignal.any([until, signal])),
  };
  return prompts;
}

/** What follows a Yes or No question. */
const YES_NO_WIDTH = ' (Y/n) '.length;

/** The question, broken between words: the prompt would break it anywhere. */
function folded({ kind, message }: Question, columns: number | undefined): string {
  const text = safeText(message);
  return foldedBeside(text, columns, kind === 'yes-no' ? YES_NO_WIDTH : 1);
}

async function loadAsk({ look, streams }: Terminal): Promise<ShowQuestion> {
  if (!look.cursor) {
    const { plainAsk } = await import('./plain-ask.js');
    return plainAsk(streams);
  }
  const { inquirerAsk } = await import('./inquirer-ask.js');
  return inquirerAsk(streams, look);
}

function sameWord(one: string, other: string): boolean {
  const plain = (text: string) => text.normalize('NFC').trim().toLowerCase();
  return plain(one) === plain(other);
}
