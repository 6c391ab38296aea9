/**
 * Refusals of a service account that sends in a person's name (domain-wide delegation):
 * developers.google.com/identity/protocols/oauth2/service-account, "JWT error codes".
 */
import type { CatalogueEntry } from './entry.js';

const WHERE_TO_DELEGATE =
  'In the Admin console: Security > Access and data control > API controls > Manage Domain Wide Delegation.';

export const SERVICE_ACCOUNT_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'delegation-wrong-id',
    googleSays:
      'unauthorized_client: Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
    match: [{ errors: ['unauthorized_client'], text: /unauthorized to retrieve access tokens/i }],
    code: 'admin-policy',
    what: 'Your Google Workspace does not let the service account send in people’s names: it is not on the list, or not under its numeric client id.',
    who: 'workspace-admin',
    hint: [
      WHERE_TO_DELEGATE,
      'The entry must hold the numeric client id (not the email address, not a group) and the permission https://www.googleapis.com/auth/gmail.send.',
      'A change can take up to 24 hours.',
    ],
  },
  {
    id: 'delegation-missing',
    googleSays: 'unauthorized_client: Unauthorized client or scope in request.',
    match: [{ errors: ['unauthorized_client'], text: /client or scope in request/i }],
    code: 'admin-policy',
    what: 'Your Google Workspace has not yet allowed the service account to send in people’s names.',
    who: 'workspace-admin',
    hint: [
      WHERE_TO_DELEGATE,
      'Add its numeric client id with the permission https://www.googleapis.com/auth/gmail.send.',
      'A change can take up to 24 hours.',
    ],
  },
  {
    id: 'jwt-clock',
    googleSays: 'invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) …',
    match: [{ errors: ['invalid_grant'], text: /short-lived token|iat.{0,20}exp/i }],
    code: 'invalid-settings',
    what: 'Google did not accept the time in this computer’s request: its clock is most likely wrong.',
    who: 'you',
    hint: ['Set the date and time of this computer to automatic, then run the same command again.'],
  },
  {
    id: 'jwt-signature',
    googleSays: 'invalid_grant: Invalid JWT Signature.',
    match: [{ errors: ['invalid_grant'], text: /invalid jwt signature|no valid verifier found/i }],
    code: 'invalid-oauth-client',
    what: 'Google does not accept the service account’s key: it was deleted, disabled or has ended, or is another account’s.',
    who: 'oauth-client-owner',
    hint: ['Ask them for a new key: Google Cloud console, IAM & Admin > Service accounts > Keys.'],
  },
  {
    id: 'delegated-user-unknown',
    googleSays: 'invalid_grant: Invalid email or User ID / Not a valid email.',
    match: [
      { errors: ['invalid_grant'], text: /not a valid email|invalid email or user id/i },
      { errors: ['invalid_request'], text: /invalid impersonation/i },
    ],
    code: 'invalid-settings',
    what: 'The address that email should be sent from is not a person in your Google Workspace.',
    who: 'you',
    hint: [
      'Check the spelling of the address.',
      'It must be a person’s own address: an alias or a group will not do.',
    ],
  },
  {
    id: 'delegation-denied',
    googleSays: 'forbidden: Delegation denied for …',
    match: [{ text: /delegation denied for/i }],
    code: 'account-mismatch',
    what: 'The connected Google account may not send as the address that was asked for.',
    who: 'you',
    hint: ['Connect the Google account that the email should be sent from.'],
  },
];
