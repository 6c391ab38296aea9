/** A saved permission (refresh token) that Google no longer accepts. */
import type { SignInReason } from '../../errors.js';
import type { Who } from '../../text/catalogue.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { during, matching } from './match.js';
import { connectAgain, signInAgain } from './words.js';

/** A refresh can also run inside a send, if the library finds that the access token has expired. */
const OPERATIONS = ['refresh', 'send'] as const;

interface ReasonWords {
  readonly id: string;
  readonly reason: SignInReason;
  readonly googleSays: string;
  readonly what: string;
  readonly who: Who;
  readonly hint: readonly string[];
}

/** Sources: developers.google.com/identity/protocols/oauth2#expiration, support.google.com/a/answer/9368756. */
const REASONS: readonly ReasonWords[] = [
  {
    id: 'session-policy',
    reason: 'admin-session-policy',
    googleSays: 'invalid_grant with invalid_rapt or rapt_required',
    what: 'Your Google Workspace asks people to sign in again after a set time, and that time has passed.',
    who: 'workspace-admin',
    hint: [
      'You can go on at once by signing in again, but it will end again after the same time.',
      'For a lasting cure, ask your administrator to exempt this app: in the Admin console, Security > Access and data control > Google Cloud session control, tick "Exempt Trusted apps", and trust this app.',
    ],
  },
  {
    id: 'testing-mode',
    reason: 'testing-mode-expiry',
    googleSays: 'invalid_grant about 7 days after the account was connected',
    what: 'Google ended the permission to send about 7 days after it was given, as it does for an app that is still marked "Testing".',
    who: 'oauth-client-owner',
    hint: [
      'Ask them to set the Google project to "In production": Google Cloud console, Google Auth Platform > Audience > Publish app.',
      'Signing in again helps at once, but for another 7 days only.',
    ],
  },
  {
    id: 'password-changed',
    reason: 'password-changed-or-revoked',
    googleSays: 'invalid_grant: Token has been expired or revoked.',
    what: 'Google no longer accepts the saved permission to send: most likely the Google account’s password was changed, or access was removed.',
    who: 'you',
    hint: ['Google ends the permission to send whenever the account’s password changes.'],
  },
  {
    id: 'permission-ended',
    reason: 'revoked-or-expired',
    googleSays: 'invalid_grant: Bad Request, or after six months without use',
    what: 'Google no longer accepts the saved permission to send: it was removed, or it was not used for six months.',
    who: 'you',
    hint: ['The Google account itself is not harmed: it only has to be connected again.'],
  },
];

/** The deleted account comes first: Google has a separate message for it. */
export const SAVED_PERMISSION_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'no-saved-permission',
    googleSays: 'No refresh token is set. (from the library)',
    when: during(OPERATIONS, { text: /^No (?:access, )?refresh token/ }),
    code: 'sign-in-needed',
    what: 'No Google account is connected.',
    who: 'you',
    hint: [],
    moreHints: (_failure, facts) => [signInAgain(facts)],
    details: () => ({ reason: 'not-connected' }),
  },
  {
    id: 'account-deleted',
    googleSays: 'invalid_grant: The account has been deleted',
    when: matching({ errors: ['invalid_grant'], text: /account has been deleted/i }),
    code: 'sign-in-needed',
    what: 'Google says that the connected Google account has been deleted.',
    who: 'workspace-admin',
    hint: [
      'An administrator can bring a deleted account back for a short time: ask them soon.',
      'Or connect another Google account of the practice.',
    ],
    moreHints: (_failure, facts) => [signInAgain(facts)],
    details: () => ({ reason: 'revoked-or-expired' }),
  },
  ...REASONS.map(
    ({ reason, ...words }): CatalogueEntry => ({
      ...words,
      when: during(OPERATIONS, { errors: ['invalid_grant'], signInReason: reason }),
      code: 'sign-in-needed',
      moreHints: (_failure, facts) => [connectAgain(facts)],
      details: () => ({ reason }),
    }),
  ),
];
