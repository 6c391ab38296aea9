/**
 * The foreseeable ends of a site's way to send: when, why, and who can prevent them. The one list of them: warnings,
 * the table, the calendar, the metrics and the notifications are made from it.
 */

import { siteCommand } from '../text/command-line.js';
import { kindOf } from './connection-kind.js';
import { type GmailConnection, pathway, type Site, type SmtpSettings } from './site.js';
import { type PasswordsEnd, passwordsEnd } from './smtp-words.js';

/** Every known end, by its code. */
export type EndCode =
  | 'google-ended-smtp'
  | 'microsoft-ends-smtp'
  | 'unused'
  | 'testing-mode'
  | 'permission-ends'
  | 'key-ends'
  | 'spf-without-google'
  | 'dkim-without-google';

/** One end. One that has passed and still applies is listed too: email fails, or can fail at any time. */
export interface End {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly code: EndCode;
  /** Why, and who can prevent it. */
  readonly message: string;
  /** Who can prevent it, in a few words. */
  readonly who: string;
  /** What to do. */
  readonly hint: string;
}

/** What no record says, but a live check has seen. */
export interface SeenEnds {
  /** When the key of the service account ends; absent if it does not, or if nobody has checked. */
  readonly keyEndsAt?: string | undefined;
  /** When a check first saw that a record of the sender's domain, which used to name Google, no longer does. */
  readonly stoppedNaming?:
    | { readonly spf?: string | undefined; readonly dkim?: string | undefined }
    | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Google ends a permission that was not used for six months (developers.google.com/identity/protocols/oauth2). */
const UNUSED_LIFE_MS = 180 * DAY_MS;
/** Google ends the permissions of a project in "Testing" after 7 days (support.google.com/cloud/answer/15549945). */
const TESTING_LIFE_MS = 7 * DAY_MS;

/** Announced for this day, and enforced in stages since. */
const GOOGLE_ENDED = '2021-02-15T00:00:00.000Z';
/** support.microsoft.com, "Modern Authentication methods now needed to continue syncing Outlook Email". */
const MICROSOFT_ENDED_PERSONAL = '2024-09-16T00:00:00.000Z';
/** "End of December 2026" (techcommunity.microsoft.com/blog/exchange/4489835, of 27 January 2026). */
const MICROSOFT_365_ENDS = '2026-12-31T00:00:00.000Z';

const NOBODY = 'Nobody can prevent that: the site has to send another way.';

const PASSWORDS_END: Readonly<
  Record<PasswordsEnd['of'], Pick<End, 'at' | 'code' | 'who'> & { readonly prevents: string }>
> = {
  google: { at: GOOGLE_ENDED, code: 'google-ended-smtp', who: 'nobody', prevents: NOBODY },
  'microsoft-personal': {
    ...{ at: MICROSOFT_ENDED_PERSONAL, code: 'microsoft-ends-smtp', who: 'nobody' },
    prevents: NOBODY,
  },
  'microsoft-365': {
    ...{ at: MICROSOFT_365_ENDS, code: 'microsoft-ends-smtp' },
    who: 'the Microsoft 365 administrator, for a while',
    prevents: 'Only the administrator of your Microsoft 365 can put it off, and only for a while.',
  },
};

/**
 * The known ends of the pathway of a site, the soonest first.
 *
 * @param seen what the latest live check saw
 * @param isOnly whether it is the only site, which no command has to name
 */
export function endsOf(site: Site, seen: SeenEnds = {}, isOnly = false): readonly End[] {
  const name = isOnly ? undefined : site.name;
  const { smtp, gmail } = site;
  const way = pathway(site);
  const ends = [
    ...(way === 'smtp' && smtp !== null ? smtpEnds(smtp, name) : []),
    ...(way === 'gmail' && gmail !== null && !isRefused(gmail)
      ? [...gmailEnds(gmail, name), ...seenEnds(gmail, seen, name)]
      : []),
  ];
  return ends.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

function smtpEnds(smtp: SmtpSettings, name: string | undefined): End[] {
  const end = passwordsEnd(smtp);
  if (end === null) return [];
  const { prevents, ...known } = PASSWORDS_END[end.of];
  return [
    {
      ...known,
      message: [...end.lines, prevents].join(' '),
      hint: `Send through a Google account: ${siteCommand('migrate', name)}\nOr by the WriteUpp mail server: ${siteCommand('revert-smtp', name)}`,
    },
  ];
}

/** The ends of a Gmail connection that its record shows, whether or not email goes through it. */
function gmailEnds(gmail: GmailConnection, name: string | undefined): End[] {
  const { email } = gmail;
  const set = setEnd(gmail);
  const signIn = siteCommand('sign-in', name, '--reauthenticate');
  return [
    ...(set === null
      ? []
      : [
          set.code === 'testing-mode'
            ? {
                ...set,
                who: 'the person who made the Google client file',
                message: `Google ends the permission of ${email} seven days after each sign-in, because the app is still marked "Testing". The person who gave you the Google client file can prevent that for good.`,
                hint: `Ask them to publish the app (Google Cloud console, Google Auth Platform > Audience). Until then, sign in again each week: ${signIn}`,
              }
            : {
                ...set,
                who: `anyone who can sign in as ${email}`,
                message: `The permission of ${email} was given for a limited time, which ends then. Anyone who can sign in as ${email} can give it again.`,
                hint: `Sign in again before that: ${signIn}`,
              },
        ]),
    ...(kindOf(gmail).isSignIn
      ? [
          {
            at: isoTime(unusedEnd(gmail)),
            code: 'unused',
            who: 'the person who looks after this computer',
            message: `Google ends a permission that is not used for six months. Each email through ${email} puts that off, and so does each live check: the person who looks after this computer can prevent it.`,
            hint: `Send the test message: ${siteCommand('test-connection', name)}\nOr let a check of all sites run each night: writeupp-mail status --all --check`,
          } as const,
        ]
      : []),
  ];
}

function seenEnds(
  gmail: GmailConnection,
  { keyEndsAt, stoppedNaming = {} }: SeenEnds,
  name: string | undefined,
): End[] {
  const account = kindOf(gmail).serviceAccount(gmail)?.email ?? null;
  const { spf, dkim } = stoppedNaming;
  const check = `The person who looks after your domain can put it back. What to publish: ${siteCommand('status', name, '--check')}`;
  return [
    ...(keyEndsAt === undefined || account === null
      ? []
      : [
          {
            at: keyEndsAt,
            code: 'key-ends',
            who: 'the Google Cloud administrator',
            message: `The key of the service account ${account} ends then. The person who looks after the Google Cloud project of the service account can make a new one.`,
            hint: `With the new key file: ${siteCommand('sign-in', name, '--service-account', 'KEY.json')}`,
          } as const,
        ]),
    ...(spf === undefined
      ? []
      : [
          {
            at: spf,
            code: 'spf-without-google',
            who: 'the person who looks after the domain',
            message:
              'The SPF record of the sender’s domain named Google, and no longer does: email can be refused, or set aside as junk. The person who looks after the domain can prevent that.',
            hint: check,
          } as const,
        ]),
    ...(dkim === undefined
      ? []
      : [
          {
            at: dkim,
            code: 'dkim-without-google',
            who: 'the person who looks after the domain',
            message:
              'Google’s DKIM key was in the DNS of the sender’s domain, and no longer is: email can be refused, or set aside as junk. The person who looks after the domain can prevent that.',
            hint: check,
          } as const,
        ]),
  ];
}

/** For scripts. */
export function endFacts({ at, code, message }: End): Pick<End, 'at' | 'code' | 'message'> {
  return { at, code, message };
}

/** When the permission ends in any case: Google named the time, or ended an earlier permission after 7 days. */
export function setEnd({ connectedAt, endsAt, refusals = [] }: GmailConnection): {
  readonly at: string;
  readonly code: 'testing-mode' | 'permission-ends';
} | null {
  const week = Date.parse(connectedAt) + TESTING_LIFE_MS;
  if (endsAt !== undefined) {
    // For an app in Testing, Google names the same seven days.
    const isWeek = Date.parse(endsAt) <= week + DAY_MS;
    return { at: endsAt, code: isWeek ? 'testing-mode' : 'permission-ends' };
  }
  const wasEndedBefore = refusals.some(({ reason }) => reason === 'testing-mode-expiry');
  return wasEndedBefore ? { at: isoTime(week), code: 'testing-mode' } : null;
}

/** When Google ends an unused permission, in milliseconds since 1970. */
function unusedEnd({ usedAt }: GmailConnection): number {
  return Date.parse(usedAt) + UNUSED_LIFE_MS;
}

/** Whether Google has refused this very connection, rather than an earlier one. */
export function isRefused({ refusals = [], connectedAt }: GmailConnection): boolean {
  return refusals.some(({ at }) => Date.parse(at) >= Date.parse(connectedAt));
}

/** When a connection is likely to end if nothing is done; null for one that does not need a person's permission. */
export function expectedEnd(gmail: GmailConnection): Date | null {
  if (!kindOf(gmail).isSignIn) return null;
  const unused = unusedEnd(gmail);
  const set = setEnd(gmail);
  return new Date(set === null ? unused : Math.min(unused, Date.parse(set.at)));
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
