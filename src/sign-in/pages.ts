/** The words of the browser's pages: where the person stands, what is true of the email now, what to do next. */

import { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';
import type { PageText } from './page.js';

/** What a page says, before it is known for whom. */
export type PageWords = Omit<PageText, 'isRehearsal' | 'practice'>;

const BACK = 'Go back to the window where you started';

/** Served after the tokens were stored and read back: only then is it true. */
export function signedInPage(site: Pick<Site, 'organisation' | 'smtp'>, email: string): PageWords {
  const sending = `Email that ${site.organisation} sends from WriteUpp`;
  const isSwitched = site.smtp === null;
  return {
    tone: 'signed-in',
    title: `You are signed in as ${email}. ${isSwitched ? BACK : 'Not finished yet'}`,
    heading: isSwitched ? BACK : `Not finished yet: ${lowerFirst(BACK)}`,
    lines: [
      `You are signed in as ${email}. The permission to send is stored safely on this computer.`,
      isSwitched
        ? `${sending} goes out through this Google account.`
        : `${sending} will go out through this Google account once the switch is finished. Until then it goes by the SMTP settings.`,
    ],
  };
}

/** An account that was not expected: told at once, while the terminal asks. */
export function otherAccountPage(
  expected: string | null,
  actual: string,
  reassurance: string | null,
): PageWords {
  return {
    tone: 'asked',
    title: `${actual} signed in. Nothing is stored yet`,
    heading: BACK,
    lines: [
      expected === null
        ? `${actual} signed in. Nothing is stored yet: the window asks whether this is the right account.`
        : `${actual} signed in, but ${expected} was expected. Nothing was stored: the window asks what to do.`,
      ...(reassurance === null ? [] : [reassurance]),
    ],
  };
}

/** The browser came back without a permission. */
export function refusedPage(error: unknown, reassurance: string | null): PageWords {
  const known = error instanceof MailError ? error : null;
  const isCancel = known?.code === 'consent-denied';
  const heading = isCancel
    ? 'You chose Cancel. Nothing was changed.'
    : 'The sign-in could not be finished';
  return {
    tone: isCancel ? 'stopped' : 'failed',
    title: heading,
    heading,
    lines: [
      ...(isCancel ? [] : [known?.message ?? 'Something went wrong on this computer.']),
      ...(reassurance === null ? [] : [reassurance]),
      ...forBrowsers(known?.hint ?? ''),
      `${BACK}: it says what to do next.`,
    ],
  };
}

/** Google said yes, and then the permission could not be kept. */
export function storingFailedPage(error: unknown, reassurance: string | null): PageWords {
  const known = error instanceof MailError ? error : null;
  const heading = 'You signed in, but the permission could not be kept';
  return {
    tone: 'failed',
    title: heading,
    heading,
    lines: [
      ...(reassurance === null ? [] : [reassurance]),
      known?.message ?? 'Something went wrong on this computer.',
      `${BACK}: it says what to do next.`,
    ],
  };
}

/** The one-time address was opened again: by the person's second click, or after somebody else's first. */
export const USED_PAGE: PageWords = {
  tone: 'stopped',
  title: 'This address was opened already',
  heading: 'This address was opened already',
  lines: [
    'For your safety it works once. Nothing was changed.',
    'If Google’s page is open in another tab or window, finish there.',
    'If it is not: go back to the window where you started, stop it there (hold down Ctrl and press C), and run the same command again. Somebody else who uses this computer may have opened the address first.',
  ],
};

/** Lines for the terminal, with its commands and options, mean nothing in a browser. */
function forBrowsers(hint: string): string[] {
  return hint
    .split('\n')
    .filter(
      (line) =>
        line !== '' && !/(?:^|[\s("])--?[a-z]|writeupp-mail |client id|^For support:/i.test(line),
    );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
