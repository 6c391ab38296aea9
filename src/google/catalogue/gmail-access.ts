/** Gmail's refusals that would hit any message: permission, project, mailbox. */
import type { GoogleFailure } from '../failure.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { during, matching } from './match.js';
import { connectAgain, signInAgain } from './words.js';

/** Gmail API, "Resolve errors", and real captures: the reason decides, never the status alone. */
export const GMAIL_ACCESS_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'permission-insufficient',
    googleSays: 'insufficientPermissions, ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    when: matching({ reasons: ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'] }),
    code: 'permission-insufficient',
    what: 'The connected Google account has not given the permission to send email.',
    who: 'you',
    hint: ['Sign in again, and tick the box "Send email on your behalf" on Google’s page.'],
    moreHints: (_failure, facts) => [signInAgain(facts)],
  },
  {
    id: 'gmail-api-disabled',
    googleSays: 'accessNotConfigured, SERVICE_DISABLED',
    when: matching(
      { reasons: ['accessNotConfigured', 'SERVICE_DISABLED'] },
      { text: /^Access Not Configured/i },
    ),
    code: 'gmail-api-disabled',
    what: 'The Gmail service is not switched on for the app that the Google client file belongs to.',
    who: 'oauth-client-owner',
    hint: ['Switching it on takes a minute, and some minutes more until it works.'],
    moreHints: (failure) => {
      const link = activationLink(failure);
      return link === undefined
        ? ['Google Cloud console: APIs & Services > Library > Gmail API > Enable.']
        : [`The page to switch it on: ${link}`];
    },
  },
  {
    id: 'no-mailbox',
    googleSays: 'failedPrecondition: Mail service not enabled',
    when: matching({ text: /mail service not enabled/i }),
    code: 'no-mailbox',
    what: 'This Google account has no Gmail mailbox, so it can’t send email.',
    who: 'you',
    hint: [
      'It may be an account that was made with another provider’s address (such as Outlook), or one that is only for signing in.',
      'Sign in with a Google account that you read email with at mail.google.com.',
      'In Google Workspace your administrator can switch on Gmail for it.',
    ],
    moreHints: (_failure, facts) => [signInAgain(facts)],
  },
  {
    id: 'no-mailbox-precondition',
    googleSays: 'failedPrecondition: Precondition check failed.',
    when: matching({ text: /precondition check failed/i }),
    code: 'no-mailbox',
    what: 'Gmail can’t send for this account: most likely it has no Gmail mailbox.',
    who: 'you',
    hint: [
      'Check that you can open the account’s email at mail.google.com.',
      'A service account has no mailbox: it needs the address of a person to send for.',
    ],
  },
  {
    id: 'credentials-missing',
    googleSays: '401 required, CREDENTIALS_MISSING: Login Required.',
    when: matching({ reasons: ['CREDENTIALS_MISSING'] }, { status: 401, reasons: ['required'] }),
    code: 'internal',
    what: 'Gmail was asked without the permission to send.',
    who: 'writeupp-support',
    hint: ['This is a fault of this program: please tell WriteUpp support, with this message.'],
  },
  {
    id: 'invalid-credentials',
    googleSays: '401 authError: Invalid Credentials',
    when: during(['send'], { reasons: ['authError'] }, { status: 401 }),
    code: 'sign-in-needed',
    what: 'Gmail no longer accepts the connection to this Google account.',
    who: 'you',
    hint: ['Access may have been removed a moment ago, or the account’s password was changed.'],
    moreHints: (_failure, facts) => [connectAgain(facts)],
    details: () => ({ reason: 'password-changed-or-revoked' }),
  },
];

/** Google's own consoles: a link from a response is shown only if it leads there. */
const CONSOLE_HOSTS = ['console.developers.google.com', 'console.cloud.google.com'];

/** The page that enables the API, from the error's metadata or its words. */
function activationLink(failure: GoogleFailure): string | undefined {
  const inWords = /https:\/\/\S+?(?=[.,]?(?:\s|$))/.exec(failure.message ?? '')?.[0];
  return [failure.metadata?.activationUrl, inWords].find(isConsoleLink);
}

function isConsoleLink(link: string | undefined): boolean {
  if (link === undefined || !URL.canParse(link)) return false;
  const url = new URL(link);
  return (
    url.protocol === 'https:' &&
    CONSOLE_HOSTS.includes(url.host) &&
    url.username === '' &&
    url.password === ''
  );
}
