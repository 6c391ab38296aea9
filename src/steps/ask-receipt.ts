/** What a migration asks: Enter once the new sender has been read, and the reference in the test message. */

import { problemWith } from '../sites/site-input.js';
import type { Ask } from '../terminal/prompts.js';

/** Patients will see another sender: waits until the person has read that. */
export function pressEnterForSender(ask: Ask, after: string | null): Promise<void> {
  return ask.pressEnter(`Patients will see ${after}. Press Enter if that is right, Ctrl-C if not:`);
}

/** Shown with the question, before anything is removed. */
export function beforeReference(hasSmtp: boolean): string {
  const where = 'Look in junk too.';
  return hasSmtp ? `${where} Typing its reference removes the SMTP settings for good.` : where;
}

/** The same, where the reference was given with the command. */
export function beforeSender(sendAs: string): string {
  return `If the message shows ${sendAs} as its sender, the SMTP settings are removed for good.`;
}

/** Whether the person typed the reference: a wrong one is asked for again, and Enter alone is no answer. */
export async function isReferenceTyped(
  ask: Ask,
  isRight: (typed: string) => boolean,
): Promise<boolean> {
  const typed = await ask.text(
    'Type its reference (three letters, three digits; Enter: not there):',
    (answer) =>
      answer.trim() === '' || isRight(answer)
        ? null
        : 'That is not the reference of this message. Type it as it stands there, or press Enter alone.',
  );
  return isRight(typed);
}

/** What to do where the reference was not given. */
export async function whatNext(
  ask: Ask,
  to: string,
): Promise<'again' | 'not-arrived' | 'stop' | { readonly to: string }> {
  const choice = await ask.choose<'again' | 'elsewhere' | 'not-arrived' | 'stop'>('What now?', [
    { name: 'Wait a moment, and ask me again', value: 'again' },
    { name: 'Send it to another address', value: 'elsewhere' },
    { name: `It did not come to ${to}`, value: 'not-arrived' },
    { name: 'Stop here, and go on another time', value: 'stop' },
  ]);
  if (choice !== 'elsewhere') return choice;
  return {
    to: await ask.text('Send it to which address?', (answer) => problemWith('login', answer)),
  };
}

/** Which sender the message shows, for a site with a send-as address. Enter alone is neither a Yes nor a No. */
export async function shownSender(
  ask: Ask,
  sendAs: string,
  account: string,
): Promise<'send-as' | 'account' | 'other'> {
  for (;;) {
    const shown = await ask.choose<'look' | 'send-as' | 'account' | 'other'>(
      'Which sender does the message show?',
      [
        { name: 'I have to look: ask me again', value: 'look' },
        { name: sendAs, value: 'send-as' },
        { name: account, value: 'account' },
        { name: 'Another one', value: 'other' },
      ],
    );
    if (shown !== 'look') return shown;
  }
}
