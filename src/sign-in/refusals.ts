/** The ways this program's own rules can refuse a sign-in, explained for the person. */

import { MailError } from '../errors.js';
import { explainFailure, type FailureFacts } from '../google/explain.js';
import { authorizeFailure } from '../google/failure.js';
import { listPageRefusals } from '../google/page-refusals.js';
import { SEND_SCOPE } from '../google/scopes.js';

/** Scopes that include the permission to send (Gmail API, users.messages.send). */
const SENDING_SCOPES: ReadonlySet<string> = new Set([SEND_SCOPE, 'https://mail.google.com/']);

/**
 * Google lets people untick permissions, and still grants the rest
 * (developers.google.com/identity/protocols/oauth2/resources/granular-permissions).
 *
 * @throws MailError `permission-not-granted`
 */
export function requireSendPermission(scopes: readonly string[], email: string): void {
  if (scopes.some((scope) => SENDING_SCOPES.has(scope))) return;
  throw new MailError(
    'permission-not-granted',
    `${email} signed in, but the box for sending email was not ticked.`,
    'Sign in again, and on Google’s page tick the box "Send email on your behalf" before you press Continue or Allow.\n' +
      'Without that box WriteUpp can’t send email through this account.',
  );
}

/** Refusals of an account that Google itself let in. */
export const accountRefused = {
  mismatch: (expected: string, actual: string) =>
    new MailError(
      'account-mismatch',
      `The Google account that signed in is ${actual}, but ${expected} was expected.`,
      'Nothing from this sign-in was kept.\n' +
        `Sign in again and choose ${expected} on Google’s page (a private browser window helps where several accounts are signed in).\n` +
        `If ${actual} is the right account, say so with: --account ${actual}`,
    ),
  stopped: (actual: string) =>
    new MailError(
      'cancelled',
      `Stopped, as you asked: email is not sent as ${actual}.`,
      'Nothing from this sign-in was kept. To sign in with another account, run the same command again.',
    ),
  noRefreshToken: (email: string) =>
    new MailError(
      'no-refresh-token',
      `Google let ${email} sign in, but gave no lasting permission to send.`,
      'Open https://myaccount.google.com/connections, remove the access of this program, then sign in again.',
    ),
  noIdentity: () =>
    new MailError(
      'invalid-id-token',
      'Google did not say which account signed in.',
      'Nothing from this sign-in was kept. Sign in again.',
    ),
};

/** The person chose Cancel, or Google refused with an error on the redirect (RFC 6749 4.1.2.1). */
export function whyDeclined(
  error: string,
  description: string | null,
  facts: FailureFacts,
): MailError {
  return explainFailure(authorizeFailure(error, description ?? undefined), facts);
}

/** Nobody can be asked to agree to an account, and none was named. */
export function accountNotNamed(): MailError {
  return new MailError(
    'usage',
    'No Google account is named, and nobody can be asked here whether the one that signs in is right.',
    'Name the account that is to send: --account ADDRESS\nOr run the same command in a terminal, without --yes and --json, to be asked.',
  );
}

export function accountNotAgreed(actual: string, timeoutMs: number): MailError {
  return new MailError(
    'sign-in-timeout',
    `${actual} signed in, and nobody said within ${Math.round(timeoutMs / 1000)} seconds whether that is the right account.`,
    'Nothing from this sign-in was kept.\nRun the same command again, and answer the question in the terminal.',
  );
}

export function signInTimedOut(timeoutMs: number): MailError {
  const seconds = Math.round(timeoutMs / 1000);
  return new MailError(
    'sign-in-timeout',
    `Google’s page was not finished within ${seconds} seconds.`,
    'To try again with more time: --timeout 900\n' +
      'If Google’s page showed an error, it showed it to you only. This is what its words mean:\n' +
      listPageRefusals(),
  );
}
