/** The sign-in's view of this terminal: how it opens a browser, shows an address and asks. */

import type { Context } from '../context/context.js';
import type { SignInPorts } from '../sign-in/sign-in.js';
import { canOpenBrowser, surroundings, whyNoBrowser } from '../sign-in/surroundings.js';
import { lineReader } from './line-reader.js';

/** Options of the commands that sign in. */
export interface SignInOptions {
  readonly account?: string;
  /** Commander's way of `--no-browser`. */
  readonly browser?: boolean;
  /** Seconds. */
  readonly timeout: string;
  readonly reauthenticate?: boolean;
}

/** Makes the ports of a sign-in. */
export function signInPorts(context: Context): SignInPorts {
  const { reporter, prompts, options, environment } = context;
  return {
    signal: context.signal,
    openBrowser: async (url) => {
      if (!canOpenBrowser(environment.forChildren, process.platform)) return false;
      const { openBrowser } = await import('../sign-in/browser.js');
      return openBrowser(url);
    },
    browserOpened: (url) => {
      if (options.json === true) return;
      reporter.address(url, [
        "Google's sign-in page was opened in your browser.",
        "If you don't see it, open this address in the browser of this computer:",
      ]);
      reporter.waiting("Waiting for you to finish on Google's page");
    },
    showUrl: (url, reason) =>
      reporter.signInUrl(
        url,
        reason === 'no-browser'
          ? whyNoBrowser(surroundings(environment.forChildren, process.platform))
          : [
              'The browser is left to you, as you asked.',
              'Open this address in a browser and sign in there:',
            ],
      ),
    askForPaste: pasting(context),
    pasteNotUnderstood: (why) => reporter.note(why),
    confirmOtherAccount:
      prompts === null || options.yes === true
        ? null
        : (expected, actual) =>
            prompts.confirm(
              `${actual} signed in, but ${expected} was expected. Send this site's email as ${actual}?`,
            ),
    explainSilence:
      prompts === null
        ? null
        : async () => {
            const { askWhatThePageSaid } = await import('./ask-page.js');
            return askWhatThePageSaid(prompts, context);
          },
  };
}

const PASTE_HELP =
  "If that browser is on another computer, it ends on an address that starts with http://127.0.0.1 and can't be reached. " +
  'Copy that whole address and paste it here:';

function pasting(context: Context): SignInPorts['askForPaste'] {
  const { prompts, options, reporter, streams } = context;
  if (options.json === true) return null;
  if (prompts !== null) return (signal) => prompts.textUntil(PASTE_HELP, signal);
  const lines = lineReader(streams.stdin);
  return async (signal) => {
    reporter.note(PASTE_HELP);
    return lines(signal);
  };
}
