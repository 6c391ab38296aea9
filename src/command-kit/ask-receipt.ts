/** Asking whether the test message came: the reference that stands in it is typed, which is shown nowhere else. */

import type { Context } from '../context/context.js';
import { TEST_SUBJECT } from '../message/test-subject.js';
import type { ReceiptQuestions } from '../migration/situation.js';
import { problemWith } from '../sites/site-input.js';
import type { Prompts } from '../terminal/prompts.js';

/** The questions on a terminal. */
export function receiptQuestions({ reporter }: Context, prompts: Prompts): ReceiptQuestions {
  return {
    async reference(test) {
      reporter.note(
        `Look in the inbox of ${test.to}, and in its junk folder, for "${TEST_SUBJECT}".`,
      );
      const typed = await prompts.text(
        'Type the reference that stands in it, for example ABC-123 (Enter: it is not there yet):',
        () => null,
      );
      return typed === '' ? null : typed;
    },
    async next(test, isWrong) {
      if (isWrong) reporter.note('That is not the reference of this message.');
      const choice = await prompts.choose<'again' | 'elsewhere' | 'not-arrived' | 'stop'>(
        'What now?',
        [
          { name: 'Wait a moment, and ask me again', value: 'again' },
          { name: 'Send it to another address', value: 'elsewhere' },
          { name: `It did not come to ${test.to}`, value: 'not-arrived' },
          { name: 'Stop here, and go on another time', value: 'stop' },
        ],
      );
      if (choice !== 'elsewhere') return choice;
      const to = await prompts.text('Send it to which address?', (answer) =>
        problemWith('login', answer),
      );
      return { to };
    },
    sender: (sendAs, account) =>
      prompts.choose('Which sender does the message show?', [
        { name: sendAs, value: 'send-as' },
        { name: account, value: 'account' },
        { name: 'Another one', value: 'other' },
      ]),
  };
}
