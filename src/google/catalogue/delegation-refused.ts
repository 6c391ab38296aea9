/**
 * Refusals of a service account that sends for a person (domain-wide delegation):
 * developers.google.com/identity/protocols/oauth2/service-account, "JWT error codes".
 */

import type { GoogleFailure } from '../failure.js';
import { SEND_SCOPE } from '../scopes.js';
import type { CatalogueEntry, FailureFacts } from './catalogue-entry.js';
import { during, matching } from './match.js';

const WHERE_TO_DELEGATE =
  'In the Admin console: Security > Access and data control > API controls > Manage Domain Wide Delegation.';

const CHANGES_TAKE_TIME =
  'A change can take up to 24 hours. Where several administrators must agree (multi-party approval), a second one has to approve it.';

const KEYLESS =
  'If your organisation forbids keys (iam.disableServiceAccountKeyCreation, or iam.managed.disableServiceAccountKeyCreation), none is needed: --service-account EMAIL, once you are signed in with gcloud.';

/** What the Admin console asks for, ready to paste. */
function whatToPaste(_failure: GoogleFailure, { serviceAccount }: FailureFacts): string[] {
  if (serviceAccount === undefined) return [`The permission (scope) to enter: ${SEND_SCOPE}`];
  const { email, clientId } = serviceAccount;
  return [
    clientId === null
      ? `The numeric client id to enter is the "Unique ID" of ${email}: Google Cloud console, IAM & Admin > Service accounts.`
      : `The numeric client id to enter: ${clientId}`,
    `The permission (scope) to enter: ${SEND_SCOPE}`,
  ];
}

/** The same in one line, for failures where something else must be fixed first: support asks for it next. */
function whoAsked(_failure: GoogleFailure, { serviceAccount }: FailureFacts): string[] {
  if (serviceAccount === undefined) return [];
  const id = serviceAccount.clientId ?? `the "Unique ID" of ${serviceAccount.email}`;
  return [`In the Admin console it stands as: client id ${id}, permission (scope) ${SEND_SCOPE}`];
}

export const SERVICE_ACCOUNT_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'delegation-wrong-id',
    googleSays:
      'unauthorized_client: Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
    when: matching({
      errors: ['unauthorized_client'],
      text: /unauthorized to retrieve access tokens/i,
    }),
    code: 'admin-policy',
    what: 'Your Google Workspace does not let the service account send in people’s names: it is not on the list, or not under its numeric client id.',
    who: 'workspace-admin',
    hint: [
      WHERE_TO_DELEGATE,
      'The entry must hold the numeric client id (not the email address, not a group) and the permission.',
      CHANGES_TAKE_TIME,
    ],
    moreHints: whatToPaste,
  },
  {
    id: 'delegation-missing',
    googleSays: 'unauthorized_client: Unauthorized client or scope in request.',
    when: matching({ errors: ['unauthorized_client'], text: /client or scope in request/i }),
    code: 'admin-policy',
    what: 'Your Google Workspace has not yet allowed the service account to send in people’s names.',
    who: 'workspace-admin',
    hint: [
      WHERE_TO_DELEGATE,
      'Add new: its numeric client id, with the permission.',
      CHANGES_TAKE_TIME,
    ],
    moreHints: whatToPaste,
  },
  {
    id: 'jwt-clock',
    googleSays: 'invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) …',
    when: matching({ errors: ['invalid_grant'], text: /short-lived token|iat.{0,20}exp/i }),
    code: 'invalid-settings',
    what: 'Google did not accept the time in this computer’s request: its clock is most likely wrong.',
    who: 'you',
    hint: ['Set the date and time of this computer to automatic, then run the same command again.'],
    moreHints: whoAsked,
  },
  {
    id: 'jwt-signature',
    googleSays: 'invalid_grant: Invalid JWT Signature.',
    when: matching({
      errors: ['invalid_grant'],
      text: /invalid jwt signature|no valid verifier found/i,
    }),
    code: 'invalid-oauth-client',
    what: 'Google does not accept the service account’s key: it was deleted, disabled or has ended, or is another account’s.',
    who: 'service-account-owner',
    hint: [
      'Ask them for a new key: Google Cloud console, IAM & Admin > Service accounts > Keys.',
      'Then run the same command with it: --service-account KEY.json',
      KEYLESS,
    ],
    moreHints: whoAsked,
  },
  {
    id: 'delegated-user-unknown',
    googleSays: 'invalid_grant: Invalid email or User ID / Not a valid email.',
    when: matching(
      { errors: ['invalid_grant'], text: /not a valid email|invalid email or user id/i },
      { errors: ['invalid_request'], text: /invalid impersonation/i },
    ),
    code: 'invalid-settings',
    what: 'The address that email should be sent from is not a person in your Google Workspace.',
    who: 'you',
    hint: [
      'Check the spelling of the address.',
      'It must be a person’s own address: an alias or a group will not do.',
    ],
    moreHints: whoAsked,
  },
  {
    id: 'delegation-denied',
    googleSays: 'forbidden: Delegation denied for …',
    when: matching({ text: /delegation denied for/i }),
    code: 'account-mismatch',
    what: 'The connected Google account may not send as the address that was asked for.',
    who: 'you',
    hint: ['Connect the Google account that the email should be sent from.'],
  },
  {
    id: 'delegation-scope',
    googleSays: 'invalid_scope: Invalid OAuth scope or ID token audience provided.',
    when: during(['delegate'], { errors: ['invalid_scope'] }),
    code: 'admin-policy',
    what: 'Google does not give the service account the permission to send.',
    who: 'workspace-admin',
    hint: [WHERE_TO_DELEGATE, 'The permissions there are separated by commas.'],
    moreHints: whatToPaste,
  },
  {
    id: 'delegation-account-gone',
    googleSays: 'invalid_grant: The account has been deleted; Invalid principal',
    when: during(['delegate'], { text: /account has been deleted|invalid principal/i }),
    code: 'invalid-settings',
    what: 'The person in whose name email should be sent is no longer in your Google Workspace.',
    who: 'you',
    hint: ['Name the account of somebody who is: --account user@practice.example'],
    moreHints: whoAsked,
  },
  {
    id: 'delegation-account-restricted',
    googleSays: 'access_denied: Account restricted',
    when: during(['delegate'], { text: /account restricted/i }),
    code: 'admin-policy',
    what: 'Google has restricted the account in whose name email should be sent.',
    who: 'workspace-admin',
    hint: ['Ask them whether the account is suspended, and whether Gmail is switched on for it.'],
    moreHints: whoAsked,
  },
  {
    id: 'delegation-denied-scope',
    googleSays: 'access_denied (a service account)',
    when: during(['delegate'], { errors: ['access_denied', 'admin_policy_enforced'] }),
    code: 'admin-policy',
    what: 'Your Google Workspace does not allow the service account this permission, or restricts access to Gmail.',
    who: 'workspace-admin',
    hint: [WHERE_TO_DELEGATE, CHANGES_TAKE_TIME],
    moreHints: whatToPaste,
  },
  {
    id: 'service-account-disabled',
    googleSays: 'disabled_client, deleted_client, invalid_client (a service account)',
    when: during(['delegate'], { errors: ['disabled_client', 'deleted_client', 'invalid_client'] }),
    code: 'invalid-oauth-client',
    what: 'Google does not know the service account, or it was switched off or deleted.',
    who: 'service-account-owner',
    hint: [
      'They can switch it on again, and restore it for 30 days after it was deleted: Google Cloud console, IAM & Admin > Service accounts.',
    ],
    moreHints: whoAsked,
  },
  {
    id: 'service-account-internal',
    googleSays: 'org_internal (a service account)',
    when: during(['delegate'], { errors: ['org_internal'] }),
    code: 'admin-policy',
    what: 'The service account’s project is open only to people of the organisation that owns it, and this account is not one of them.',
    who: 'service-account-owner',
    hint: ['Ask them for a service account of your own organisation, or to open the project.'],
    moreHints: whoAsked,
  },
  {
    id: 'signing-api-disabled',
    googleSays: 'SERVICE_DISABLED: IAM Service Account Credentials API has not been used …',
    when: during(['sign-jwt'], { reasons: ['SERVICE_DISABLED', 'accessNotConfigured'] }),
    code: 'invalid-settings',
    what: 'The service of Google Cloud that signs for the service account is not switched on.',
    who: 'service-account-owner',
    hint: ['They switch it on in the project of the service account. Then wait a few minutes.'],
    moreHints: () => [
      'The command for it, in that project: gcloud services enable iamcredentials.googleapis.com',
    ],
  },
  {
    id: 'signing-not-allowed',
    googleSays: 'PERMISSION_DENIED: iam.serviceAccounts.signJwt',
    when: during(
      ['sign-jwt'],
      { status: 403, reasons: ['IAM_PERMISSION_DENIED'] },
      { text: /signJwt/i },
    ),
    code: 'invalid-settings',
    what: 'You, as Google Cloud knows you on this computer, may not sign for the service account.',
    who: 'service-account-owner',
    hint: [
      'They give you the role "Service Account Token Creator" (roles/iam.serviceAccountTokenCreator) on the service account itself.',
      'Or, for another person: gcloud auth application-default login',
    ],
  },
  {
    id: 'signing-no-such-account',
    googleSays: 'NOT_FOUND (signJwt); FAILED_PRECONDITION',
    when: during(['sign-jwt'], { status: [400, 404] }),
    code: 'invalid-settings',
    what: 'Google Cloud does not know a service account of this address that it can sign for.',
    who: 'you',
    hint: ['Check the address: it ends with .iam.gserviceaccount.com.'],
  },
  {
    id: 'application-default-refused',
    googleSays: 'invalid_grant, invalid_client, 401 (Application Default Credentials)',
    when: during(
      ['application-default', 'sign-jwt'],
      { errors: ['invalid_grant', 'invalid_client', 'invalid_rapt', 'unauthorized_client'] },
      { status: 401 },
    ),
    code: 'invalid-settings',
    what: 'Google no longer accepts how this computer is signed in to Google Cloud.',
    who: 'you',
    hint: ['Sign in to Google Cloud again: gcloud auth application-default login'],
  },
];
