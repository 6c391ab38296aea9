/** The sign-in's view of this terminal: how it opens a browser, shows an address and asks. */

import type { Context } from '../context/context.js';
import type { AccountQuestion, PageAddress, SignInPorts } from '../sign-in/ports.js';
import { canOpenBrowser, surroundings, whyNoBrowser } from '../sign-in/surroundings.js';
import { senderChanges, senderLines } from '../sites/sender.js';
import type { Prompts } from '../terminal/prompts.js';
import { lineReader } from './line-reader.js';

/** Options of the commands that sign in. */
export interface SignInOptions {
  readonly account?: string;
  /** Commander's way of `--no-browser`. */
  readonly browser?: boolean;
  /** Seconds. */
  readonly timeout: string;
  readonly reauthenticate?: boolean;
  /** A key file, or an address. */
  readonly serviceAccount?: string;
}

/**
 * Makes the ports of a sign-in.
 *
 * @param more `readFirst`: the terminal holds what has to be read before a browser covers it
 */
export function signInPorts(
  context: Context,
  { readFirst = false }: { readonly readFirst?: boolean } = {},
): SignInPorts {
  const { reporter, options, environment } = context;
  const canOpen = canOpenBrowser(environment.forChildren, process.platform);
  const asking = options.yes === true ? null : context.prompts;
  const showAddress = ({ url, oneTime }: PageAddress) =>
    reporter.address(url, oneTime, 'Google’s page:');
  const waitsForEnter = readFirst && canOpen && asking !== null;
  return {
    signal: context.signal,
    openBrowser: async (oneTimeAddress) => {
      if (!canOpen) return false;
      const { openBrowser } = await import('../sign-in/browser.js');
      return openBrowser(oneTimeAddress, environment.forChildren.BROWSER);
    },
    waitForEnter: waitsForEnter
      ? async (page, signal) => {
          showAddress(page);
          await untilClosed(asking, signal, (prompts) =>
            prompts.pressEnter('Press Enter to open it in your browser:'),
          );
        }
      : null,
    browserOpened: (page, { account, until }) => {
      if (options.json === true) return;
      if (!waitsForEnter) showAddress(page);
      reporter.note(
        `There: ${account === null ? 'choose the practice’s account' : `sign in as ${account}`}, tick “Send email on your behalf”, press Continue or Allow.`,
      );
      reporter.waiting('Waiting for you to finish on Google’s page', until);
    },
    showUrl: (url, reason) =>
      reporter.signInUrl(
        url,
        reason === 'no-browser'
          ? whyNoBrowser(surroundings(environment.forChildren, process.platform))
          : ['Open this address in a browser and sign in there:'],
      ),
    askForPaste: pasting(context),
    pasteNotUnderstood: (why) => reporter.note(why),
    askAboutAccount:
      asking === null
        ? null
        : (question, signal) =>
            untilClosed(asking, signal, (prompts) => askAboutAccount(context, prompts, question)),
    askAboutRefusal:
      asking === null
        ? null
        : (refusal, signal) =>
            untilClosed(asking, signal, async (prompts) => {
              reporter.note(`The browser came back without a permission. ${refusal.message}`);
              return prompts.choose<'stop' | 'wait'>('Was that you?', [
                { name: 'Yes, stop here', value: 'stop' },
                { name: 'No, go on waiting for the sign-in', value: 'wait' },
              ]);
            }),
  };
}

/** The account that signed in, and what sending through it means. No answer by habit is a Yes. */
async function askAboutAccount(
  { reporter }: Context,
  prompts: Prompts,
  { organisation, expected, actual, sender }: AccountQuestion,
): Promise<'use' | 'again' | 'stop'> {
  // Who patients will see is said in the choice; here, what it takes the place of.
  for (const line of senderChanges(sender) ? senderLines(sender) : []) reporter.note(line);
  const sees = sender.after ?? actual;
  const through = sees === actual ? '' : `, through ${actual}`;
  const isUnexpected = expected !== null;
  const again = {
    name: isUnexpected ? `Sign in again, as ${expected}` : 'No, sign in again with another account',
    value: 'again',
  } as const;
  const use = {
    name: `${isUnexpected ? `Use ${actual}: ` : 'Yes, '}patients will see ${sees === actual && isUnexpected ? 'it as the sender' : sees}`,
    value: 'use',
  } as const;
  return prompts.choose<'use' | 'again' | 'stop'>(
    isUnexpected
      ? `${actual} signed in, but ${expected} was expected.`
      : `Send the email of ${organisation} as ${sees}${through}?`,
    [again, use, { name: 'Stop', value: 'stop' }],
  );
}

/** A question that the sign-in no longer needs is closed, and gives null. */
async function untilClosed<T>(
  prompts: Prompts,
  signal: AbortSignal,
  ask: (prompts: Prompts) => Promise<T>,
): Promise<T | null> {
  try {
    return await ask(prompts.until(signal));
  } catch (error) {
    if (error === signal.reason) return null;
    throw error;
  }
}

const PASTE_HELP =
  'If that browser then can’t open a page at 127.0.0.1: copy the page’s whole address and paste it here.';

function pasting(context: Context): SignInPorts['askForPaste'] {
  const { prompts, options, reporter, streams } = context;
  if (options.json === true) return null;
  let isExplained = false;
  const explain = () => {
    if (!isExplained) reporter.note(PASTE_HELP);
    isExplained = true;
  };
  if (prompts !== null) {
    return (signal) => {
      explain();
      return prompts.textUntil('Address:', signal);
    };
  }
  const lines = lineReader(streams.stdin);
  return async (signal) => {
    explain();
    return lines(signal);
  };
}
