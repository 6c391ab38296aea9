/** What is told about DKIM: Google's signature under each email. */

import type { DkimJudgement } from './dkim.js';
import type { Finding } from './report.js';
import { type DnsKeeper, isMailProvider, notAnswered, SHOW_ORIGINAL, whoKeeps } from './who.js';

/** The page of Google's Admin console where the key is made and signing is started. */
export const ADMIN_PAGE = 'Apps > Google Workspace > Gmail > Authenticate email';

/** @param keeper of the domain's DNS */
export function findDkim({ domain, key, name }: DkimJudgement, keeper: DnsKeeper): Finding {
  if (key === 'no-answer') {
    return notAnswered('dkim', `Whether Google’s DKIM key for ${domain} is there`);
  }
  if (key === 'found') {
    return {
      topic: 'dkim',
      status: 'good',
      code: null,
      message: `Google’s DKIM key for ${domain} is there (${name}). Google signs with it once "Start authentication" was pressed in its Admin console, which can’t be seen from here.`,
      hint: '',
      record: null,
    };
  }
  const isProvider = isMailProvider(domain);
  return {
    topic: 'dkim',
    status: 'warning',
    code: 'dkim-without-google',
    message: whatIsWrong(domain, key, name),
    hint: isProvider
      ? `Nobody but ${domain} itself can have Google sign for it: use the Google account’s own address as the sender.`
      : howToMend(domain, name, keeper),
    record: isProvider ? null : { name, type: 'TXT', value: null, replaces: [] },
  };
}

/** For a personal account, which Google signs for as gmail.com, or not at all. */
export function noDkimOfPersonalAccount(domain: string): Finding {
  return {
    topic: 'dkim',
    status: 'note',
    code: null,
    message: `Google does not sign for ${domain}: it does so only for domains of Google Workspace, and this is a personal account.`,
    hint: '',
    record: null,
  };
}

function whatIsWrong(
  domain: string,
  key: 'damaged' | 'withdrawn' | 'not-found',
  name: string,
): string {
  const without =
    'Google signs with a domain of its own (gappssmtp.com), which proves nothing about yours.';
  switch (key) {
    case 'damaged':
      return `Google’s DKIM key for ${domain} (${name}) can’t be read: it was cut off or mistyped when it was published. Receivers take the signature for false.`;
    case 'withdrawn':
      return `Google’s DKIM key for ${domain} (${name}) was published empty, which takes it back. Receivers take the signature for false.`;
    case 'not-found':
      return `Google’s DKIM key for ${domain} is not at its usual place (${name}). Whether it has another can’t be told from here. If there is none, ${without}`;
  }
}

function howToMend(domain: string, name: string, keeper: DnsKeeper): string {
  return [
    `Your Google Workspace administrator makes the key: admin.google.com, ${ADMIN_PAGE}, domain ${domain}, "Generate new record".`,
    `${whoKeeps(keeper)} publishes it as a TXT record at ${name}.`,
    'The administrator then presses "Start authentication" on the same page.',
    SHOW_ORIGINAL,
  ].join('\n');
}
