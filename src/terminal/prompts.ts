/** Asking a person: every question of the program goes through here, to standard error. */

import { interrupted } from '../errors.js';
import { safeText } from '../words/safe-text.js';

/** A choice of a list. */
export interface Choice<T> {
  readonly name: string;
  readonly value: T;
}

/** The questions that can be asked. All throw MailError `interrupted` on Ctrl-C. */
export interface Prompts {
  /** Yes or No; Enter alone is No unless said otherwise. */
  confirm(question: string, byDefault?: boolean): Promise<boolean>;
  /** A line of text. `check` gives what is wrong with it, or null. */
  text(
    question: string,
    check: (answer: string) => string | null,
    byDefault?: string,
  ): Promise<string>;
  /** A line of text that can be given up by the signal: null then. */
  textUntil(question: string, signal: AbortSignal): Promise<string | null>;
  /** A password: not shown. */
  secret(question: string, check: (answer: string) => string | null): Promise<string>;
  choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  /** Waits for Enter; what is typed before it means nothing. */
  pressEnter(message: string): Promise<void>;
  /** The same questions; whichever is open when the signal is aborted is closed, and rejects with its reason. */
  until(signal: AbortSignal): Prompts;
}

/** Prompts on a terminal. `clear` takes the line back from a spinner first. */
export function terminalPrompts(
  streams: { readonly stdin: NodeJS.ReadStream; readonly stderr: NodeJS.WriteStream },
  clear: () => void,
  signal: AbortSignal,
  closing?: AbortSignal,
): Prompts {
  async function ask(
    question: Readonly<Record<string, unknown>> & { readonly message: string },
    until?: AbortSignal,
  ): Promise<unknown> {
    clear();
    const { default: inquirer } = await import('inquirer');
    const prompt = inquirer.createPromptModule({
      input: streams.stdin,
      output: streams.stderr,
      signal: AbortSignal.any([signal, ...[until, closing].filter((one) => one !== undefined)]),
    });
    try {
      const answers: Record<string, unknown> = await prompt([
        { name: 'answer', ...question, message: safeText(question.message) } as never,
      ]);
      return answers.answer;
    } catch (error) {
      if (until?.aborted && !signal.aborted) return null;
      if (!signal.aborted) closing?.throwIfAborted();
      throw isClosedPrompt(error) ? interrupted() : error;
    }
  }
  const validate = (check: (answer: string) => string | null) => (answer: string) =>
    check(answer) ?? true;

  return {
    confirm: async (message, byDefault = false) =>
      (await ask({ type: 'confirm', message, default: byDefault })) === true,
    text: async (message, check, byDefault) =>
      String(
        await ask({
          type: 'input',
          message,
          validate: validate(check),
          ...(byDefault === undefined ? {} : { default: byDefault }),
        }),
      ).trim(),
    textUntil: async (message, until) => {
      const answer = await ask({ type: 'input', message }, until);
      return answer === null ? null : String(answer);
    },
    pressEnter: async (message) => {
      await ask({ type: 'input', message });
    },
    until: (until) => terminalPrompts(streams, clear, signal, until),
    secret: async (message, check) =>
      String(await ask({ type: 'password', message, mask: '*', validate: validate(check) })),
    choose: async <T>(message: string, choices: readonly Choice<T>[]) =>
      (await ask({
        type: 'select',
        message,
        choices: choices.map(({ name, value }) => ({ name: safeText(name), value })),
        loop: false,
      })) as T,
  };
}

/** Ctrl-C at a prompt, or the signal of the process: inquirer gives each an error of its own. */
function isClosedPrompt(error: unknown): boolean {
  return error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name);
}
