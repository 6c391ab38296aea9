/** What a migration asks: that another sender was read about, and the reference that stands in the test message. */

import type { Context } from '../context/context.js';
import type { ReceiptQuestions } from '../migration/situation.js';
import { problemWith } from '../sites/site-input.js';
import type { Prompts } from '../terminal/prompts.js';

/** The questions on a terminal. */
export function receiptQuestions({ reporter }: Context, prompts: Prompts): ReceiptQuestions {
  return {
    anotherSender: ({ after }) =>
      prompts.pressEnter(
        `Patients will see ${after}. Press Enter if that is right, Ctrl-C if not:`,
      ),
    async reference() {
      const typed = await prompts.text(
        'Type its reference (look in junk too; Enter: not there yet):',
        () => null,
      );
      return typed === '' ? null : typed;
    },
    async next({ to }, isWrong) {
      if (isWrong) reporter.note('That is not the reference of this message.');
      const choice = await prompts.choose<'again' | 'elsewhere' | 'not-arrived' | 'stop'>(
        'What now?',
        [
          { name: 'Wait a moment, and ask me again', value: 'again' },
          { name: 'Send it to another address', value: 'elsewhere' },
          { name: `It did not come to ${to}`, value: 'not-arrived' },
          { name: 'Stop here, and go on another time', value: 'stop' },
        ],
      );
      if (choice !== 'elsewhere') return choice;
      return {
        to: await prompts.text('Send it to which address?', (answer) =>
          problemWith('login', answer),
        ),
      };
    },
    sender: (sendAs, account) =>
      prompts.choose('Which sender does the message show?', [
        { name: sendAs, value: 'send-as' },
        { name: account, value: 'account' },
        { name: 'Another one', value: 'other' },
      ]),
  };
}
