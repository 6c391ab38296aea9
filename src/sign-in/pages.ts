/** The texts of the browser's pages: how far the person is, what now holds for the email, what to do next. */

import { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';
import type { PageText } from './page.js';

/** The text of a page, before we know for whom. */
export type PageWords = Omit<PageText, 'isRehearsal' | 'practice'>;

const BACK = 'Go back to the window where you started';

/** Shown after the tokens were stored and read back: only then is it true. */
export function signedInPage(
  { organisation, smtp }: Pick<Site, 'organisation' | 'smtp'>,
  email: string,
  { isDone, isWriteUpp = false }: { readonly isDone: boolean; readonly isWriteUpp?: boolean },
): PageWords {
  const sending = `Email that ${organisation} sends from WriteUpp`;
  const until =
    smtp === null
      ? isWriteUpp
        ? 'Only its test message is left.'
        : 'That includes a step in WriteUpp itself, which the window names.'
      : 'Until then it goes by the SMTP settings.';
  return {
    tone: 'signed-in',
    title: `You are signed in as ${email}. ${isDone ? BACK : 'Not finished yet'}`,
    heading: isDone ? BACK : `Not finished yet: ${lowerFirst(BACK)}`,
    lines: [
      `You are signed in as ${email}. The permission to send is stored safely.`,
      isDone
        ? `${sending} goes out through this Google account.`
        : `${sending} will go out through this Google account once the switch is finished. ${until}`,
    ],
  };
}

/** For an unexpected account: shown immediately, while the terminal asks. */
export function otherAccountPage(
  { expected, actual, isRenamed }: SignedInAs,
  reassurance: string | null,
): PageWords {
  return {
    tone: 'asked',
    title: `${actual} signed in. Nothing is stored yet`,
    heading: BACK,
    lines: [
      expected === null
        ? `${actual} signed in. Nothing is stored yet: the window asks whether this is the right account.`
        : isRenamed
          ? `${renamedWords(expected, actual)} Nothing is stored yet: the window asks whether to go on with it.`
          : `${actual} signed in, but ${expected} was expected. Nothing was stored: the window asks what to do.`,
      ...(reassurance === null ? [] : [reassurance]),
    ],
  };
}

/** The account that signed in, and the one that was expected. */
export interface SignedInAs {
  readonly expected: string | null;
  readonly actual: string;
  /** By Google's stable key it is the same account, with a new address. */
  readonly isRenamed: boolean;
}

export function renamedWords(expected: string, actual: string): string {
  return `The Google account ${expected} has the address ${actual} now. It is the same account.`;
}

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
      // What Cancel means for an app in testing would cast doubt on the heading.
      ...(isCancel ? [] : forBrowsers(known?.hint ?? '')),
      `${BACK}: it says what to do next.`,
    ],
  };
}

/** Google gave its permission, but it could not be stored. */
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

/** The one-time address was opened again: by the person's second click, or after somebody else opened it. */
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

/** Lines with commands and options for the terminal mean nothing in a browser. */
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
