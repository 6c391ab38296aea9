/** A sign-in's dialogue with the person at the terminal. A question that is no longer needed resolves to null. */

import type { MailError } from '../errors.js';
import { type SenderChange, senderChanges, senderLines } from '../sites/sender.js';
import type { Ask } from '../terminal/prompts.js';
import { timeLeft } from '../terminal/waiting.js';
import { lineReader } from './line-reader.js';
import { renamedWords, type SignedInAs } from './pages.js';
import type { SignInRequest, SignInWorld } from './request.js';

/** Asks whether the account is the right one. */
interface AccountQuestion extends SignedInAs {
  readonly organisation: string;
  /** The sender that patients see: now, and if this account is used. */
  readonly sender: SenderChange;
}

/** Google's page: its own address, and a short one on this computer that redirects there once. */
export interface PageAddress {
  readonly url: string;
  readonly oneTime: string;
}

export type Talk = ReturnType<typeof talkWith>;

/** Who can be asked about an account: nobody if `--yes` answers every question. */
export function askerOf({ ask, options }: Pick<SignInWorld, 'ask' | 'options'>): Ask | null {
  return options.yes === true ? null : ask;
}

export function talkWith(world: SignInWorld, { readFirst }: SignInRequest) {
  const { ask, report, options, browser } = world;
  const asker = askerOf(world);
  const showAddress = ({ oneTime }: PageAddress) => report.address(oneTime, 'Google’s page:');
  const waitsForEnter = readFirst && browser.canOpen && asker !== null;
  const askForPaste = pasting(world);
  const copies = ask !== null && report.canCopy();
  const sayWhatToDo = (account: string | null) =>
    report.note(
      `There: ${account === null ? 'choose the practice’s account' : `sign in as ${account}`}, tick "Send email on your behalf", press Continue or Allow.`,
    );
  return {
    canAsk: asker !== null,
    /** Whether `copy` works here. */
    copies,
    /** Shows the address and waits for Enter before a browser covers the terminal. */
    async waitForEnter(page: PageAddress, signal: AbortSignal): Promise<void> {
      if (!waitsForEnter) return;
      showAddress(page);
      await untilClosed(asker, signal, (ask) =>
        ask.pressEnter('Press Enter to open it in your browser:'),
      );
    },
    openBrowser: async (address: string) => browser.canOpen && (await browser.open(address)),
    /** The browser was opened; the address helps if it did not appear. */
    browserOpened(page: PageAddress, account: string | null, until: Date): void {
      if (options.json === true) return;
      if (!waitsForEnter) showAddress(page);
      sayWhatToDo(account);
      report.waiting(WAITING, until);
    },
    /** The person must open this address. */
    showUrl(
      url: string,
      account: string | null,
      until: Date,
      reason: 'asked-for' | 'no-browser',
    ): void {
      const words = ['Open this address in a browser and sign in there:'];
      report.signInUrl(url, reason === 'no-browser' ? browser.whyNot() : words);
      if (options.json === true) return;
      if (copies) report.note('To copy the address: press c, then Enter.');
      sayWhatToDo(account);
      report.note(PASTE_HELP);
      report.note(`You have ${timeLeft(until)}.`);
    },
    /** After something that did not end the wait. */
    waitOn(until: Date, mayPaste: boolean): void {
      if (options.json === true) return;
      if (mayPaste) report.note(`${WAITING} (${timeLeft(until)} left).`);
      else report.waiting(WAITING, until);
    },
    copy(url: string): void {
      report.copy(url);
      report.note('Copied. Paste it into the browser’s address bar.');
    },
    askForPaste,
    pasteNotUnderstood: (why: string) => report.note(why),
    tellRenamed: (expected: string, actual: string) => report.note(renamedWords(expected, actual)),
    askAboutAccount: (question: AccountQuestion, signal: AbortSignal) =>
      untilClosed(asker, signal, (ask) => askAboutAccount(world, ask, question)),
    /** The permission is missing. @param maybeForged another user of the computer may have caused it */
    askAboutRefusal: (refusal: MailError, maybeForged: boolean, signal: AbortSignal) =>
      untilClosed(asker, signal, (ask) => {
        const isUnticked = refusal.code === 'permission-not-granted';
        report.note(
          isUnticked
            ? refusal.message
            : `The browser came back without a permission. ${refusal.message}`,
        );
        return ask.choose<'again' | 'wait' | 'stop'>('Sign in again?', [
          { name: isUnticked ? 'Yes, and tick the box this time' : 'Yes', value: 'again' },
          ...(maybeForged ? [GO_ON_WAITING] : []),
          { name: 'No, stop here', value: 'stop' },
        ]);
      }),
  };
}

const WAITING = 'Waiting for you to finish on Google’s page';

const GO_ON_WAITING = { name: 'That was not me: go on waiting', value: 'wait' } as const;

/** Asks about the account that signed in, and says what sending through it means. No habitual answer is a yes. */
async function askAboutAccount(
  { report }: SignInWorld,
  ask: Ask,
  { organisation, expected, actual, isRenamed, sender }: AccountQuestion,
): Promise<'use' | 'again' | 'stop'> {
  // The choice says what patients will see; this says what it replaces.
  for (const line of senderChanges(sender) ? senderLines(sender) : []) report.note(line);
  const sees = sender.after ?? actual;
  const through = sees === actual ? '' : `, through ${actual}`;
  const isUnexpected = expected !== null;
  const again = {
    name:
      isUnexpected && !isRenamed
        ? `Sign in again, as ${expected}`
        : 'No, sign in again with another account',
    value: 'again',
  } as const;
  const use = {
    name: `${isUnexpected ? `Use ${actual}: ` : 'Yes, '}patients will see ${sees === actual && isUnexpected ? 'it as the sender' : sees}`,
    value: 'use',
  } as const;
  return ask.choose<'use' | 'again' | 'stop'>(
    isUnexpected
      ? isRenamed
        ? renamedWords(expected, actual)
        : `${actual} signed in, but ${expected} was expected.`
      : `Send the email of ${organisation} as ${sees}${through}?`,
    [again, use, { name: 'Stop', value: 'stop' }],
  );
}

async function untilClosed<T>(
  asker: Ask | null,
  signal: AbortSignal,
  question: (ask: Ask) => Promise<T>,
): Promise<T | null> {
  if (asker === null) throw new TypeError('nobody can be asked here');
  try {
    return await question(asker.until(signal));
  } catch (error) {
    if (error === signal.reason) return null;
    throw error;
  }
}

const PASTE_HELP =
  'If that browser then can’t open a page at 127.0.0.1: copy the page’s whole address and paste it here.';

/** Asks for the address that the browser ended at; null if nobody can give it. */
function pasting({
  ask,
  options,
  streams,
}: SignInWorld): ((signal: AbortSignal) => Promise<string | null>) | null {
  if (options.json === true) return null;
  return ask === null ? lineReader(streams.stdin) : (signal) => ask.textUntil('Address:', signal);
}
