/**
 * Refusals on Google's sign-in page, which are seldom reported to a program
 * (developers.google.com/identity/protocols/oauth2/native-app, "Errors"), and those on the redirect.
 * Error values that Google does not define are this program's own names for pages without one;
 * page-refusals.ts offers them to the person.
 */
import type { CatalogueEntry } from './catalogue-entry.js';
import { during } from './match.js';
import { ADMIN_NOTE_HINT, signInAgain } from './words.js';

const OPERATIONS = ['authorize'] as const;

export const SIGN_IN_PAGE_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'consent-denied',
    googleSays: 'access_denied (Cancel)',
    when: during(OPERATIONS, { errors: ['access_denied'] }),
    code: 'consent-denied',
    what: 'The sign-in ended at Google with Cancel, or Google did not allow it.',
    who: 'you',
    hint: [
      'To go on, sign in again and choose Allow (or Continue).',
      'If you did not choose Cancel, this app may still be in testing: ask the person who gave you the Google client file to add your address as a test user.',
    ],
  },
  {
    id: 'not-a-test-user',
    googleSays: 'Access blocked: … has not completed the Google verification process',
    when: during(OPERATIONS, { errors: ['not_a_test_user'] }),
    code: 'invalid-oauth-client',
    what: 'This app is still in testing at Google, and your Google account is not on its list of test users.',
    who: 'oauth-client-owner',
    hint: [
      'Ask them to add your address: Google Cloud console, Google Auth Platform > Audience > Test users.',
      'Better for good: "Publish app" on the same page, since a test user’s permission ends after 7 days.',
    ],
  },
  {
    id: 'unverified-app',
    googleSays: 'Google hasn’t verified this app',
    when: during(OPERATIONS, { errors: ['unverified_app'] }),
    code: 'sign-in-timeout',
    what: 'Google warns that it has not checked this app. That is a warning, not a refusal: you can go on.',
    who: 'you',
    hint: [
      'First make sure that the Google client file came from someone you trust.',
      'Sign in again; on the warning choose "Advanced", then "Go to … (unsafe)", then Continue.',
      'If there is no "Advanced", your administrator or Google has closed this way: ask the person who gave you the Google client file to have the app verified.',
    ],
    moreHints: (_failure, facts) => [signInAgain(facts)],
  },
  {
    id: 'app-blocked',
    googleSays: 'This app is blocked',
    when: during(OPERATIONS, { errors: ['app_blocked'] }),
    code: 'invalid-oauth-client',
    what: 'Google does not let this app ask for the permission to send email, because it has not checked the app.',
    who: 'oauth-client-owner',
    hint: [
      'Ask them to have the app verified: Google Cloud console, Google Auth Platform > Verification Center.',
      `An administrator can also trust the app for the practice. ${ADMIN_NOTE_HINT}`,
    ],
  },
  {
    id: 'browser-not-secure',
    googleSays: 'This browser or app may not be secure',
    when: during(OPERATIONS, { errors: ['browser_not_secure', 'disallowed_useragent'] }),
    code: 'sign-in-timeout',
    what: 'Google does not accept sign-ins in the browser window that was opened.',
    who: 'you',
    hint: [
      'Use an ordinary, up-to-date browser: Chrome, Edge, Firefox or Safari.',
      'With --no-browser the program prints the address, so that you can paste it into the browser you choose.',
    ],
    moreHints: (_failure, facts) => [signInAgain(facts)],
  },
  {
    id: 'advanced-protection',
    googleSays: 'Access blocked: … Advanced Protection',
    when: during(OPERATIONS, { errors: ['advanced_protection'] }),
    code: 'admin-policy',
    what: 'This Google account is in Google’s Advanced Protection Program, which keeps most other apps away from Gmail.',
    who: 'workspace-admin',
    hint: [
      'They can trust this app for the practice.',
      ADMIN_NOTE_HINT,
      'For a personal account: send from another Google account, or leave Advanced Protection at myaccount.google.com.',
    ],
  },
  {
    id: 'page-invalid-request',
    googleSays: 'Access blocked: Authorization Error (Error 400: invalid_request)',
    when: during(OPERATIONS, { errors: ['invalid_request'] }),
    code: 'invalid-oauth-client',
    what: 'Google did not accept the way this app asked to sign in.',
    who: 'oauth-client-owner',
    hint: [
      'The Google client file may be of the wrong kind: this program needs a client of the type "Desktop app".',
      'If the address was copied by hand, copy the whole of it and try again.',
    ],
  },
  {
    id: 'none-of-these',
    googleSays: 'Nothing of these, or a page that never finished',
    when: during(OPERATIONS, { errors: ['none_of_these'] }),
    code: 'sign-in-timeout',
    what: 'The sign-in was not finished in time.',
    who: 'you',
    hint: [
      'Sign in again, and finish on Google’s page; --timeout 900 gives you 15 minutes.',
      'If Google shows a message, note its words and its "Error …" line, and send both to WriteUpp support.',
    ],
    moreHints: (_failure, facts) => [signInAgain(facts)],
  },
];
