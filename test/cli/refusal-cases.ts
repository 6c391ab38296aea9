/** Every refusal and every tampered answer that the stand-in knows, and what the program must make of it. */

import type { ErrorCode, SignInReason } from '../../src/errors.js';
import type { GoogleErrorName } from '../stand-in/errors.js';
import type { TamperName } from '../stand-in/tampers.js';

/** What a case must end on; the exit code follows from the code. */
export interface Expected {
  readonly code: ErrorCode;
  /** Words that the message or the hint must hold: what tells this case from its neighbours. */
  readonly says: string;
  readonly reason?: SignInReason;
  readonly sent?: 'no' | 'unknown';
  readonly retryAt?: string;
  /** The note for the administrator comes with it. */
  readonly adminNote?: true;
}

const notConnected = (says: string): Expected => ({
  code: 'sign-in-needed',
  says,
  reason: 'not-connected',
});
const ended = (reason: SignInReason, says: string): Expected => ({
  code: 'sign-in-needed',
  says,
  reason,
});
const page = (says: string): Expected => ({ code: 'sign-in-timeout', says });
const clientFile = (says: string): Expected => ({ code: 'invalid-oauth-client', says });
const admin = (says: string): Expected => ({ code: 'admin-policy', says, adminNote: true });
const ours = (says: string): Expected => ({ code: 'internal', says });
const wait = (code: ErrorCode, says: string): Expected => ({ code, says });
const unsent = (expected: Expected): Expected => ({ ...expected, sent: 'no' });
const unknownFate: Expected = {
  code: 'delivery-unknown',
  says: 'look in the Sent folder',
  sent: 'unknown',
};
const until2099: Expected = {
  code: 'rate-limited',
  says: 'Wait until Thursday 1 January 2099 at 20:00',
  sent: 'no',
  retryAt: '2099-01-01T20:00:00.000Z',
};
const unsafe = (says: string): Expected => ({ code: 'invalid-id-token', says });

/** By the stand-in's names: the compiler refuses a list with one missing. */
export const GOOGLE_CASES: Readonly<Record<GoogleErrorName, Expected>> = {
  // Google's page shows these and the program hears nothing: it lists what the page can say.
  'page-admin_policy_enforced': page('Error 400: admin_policy_enforced'),
  'page-disallowed_useragent': page('Error 403: disallowed_useragent'),
  'page-org_internal': page('Error 403: org_internal'),
  'page-deleted_client': page('Error 401: deleted_client'),
  'page-invalid_client': page('Error 401: invalid_client'),
  'page-redirect_uri_mismatch': page('Error 400: redirect_uri_mismatch'),
  'page-invalid_request': page('Error 400: invalid_request'),
  'page-invalid_grant': page('showed it to you only'),
  'page-invalid_scope': page('showed it to you only'),
  'page-not-test-user': page('has not completed the Google verification process'),
  'page-app-not-verified': page('hasn’t verified this app'),
  'page-app-blocked': page('This app is blocked'),
  'page-advanced-protection': page('Advanced Protection'),

  'redirect-access_denied': { code: 'consent-denied', says: 'choose Allow' },
  'redirect-admin_policy_enforced': admin('does not allow this app to send email yet'),
  'redirect-org_internal': {
    code: 'admin-policy',
    says: 'open only to people of the organisation that owns it',
  },
  'redirect-server_error': wait('google-unavailable', 'a fault at the moment'),
  'redirect-temporarily_unavailable': wait('google-unavailable', 'a fault at the moment'),
  'redirect-unknown': ours('Words never seen before'),

  'invalid_grant-malformed-code': notConnected('copy the whole of it'),
  'invalid_grant-missing-verifier': ours('did not prove that it had asked'),
  'invalid_grant-invalid-verifier': notConnected('belongs to another sign-in'),
  'invalid_request-client-secret-missing': clientFile('"client_secret" is missing'),
  'invalid_request-code': ours('did not understand this program’s request'),
  redirect_uri_mismatch: clientFile('Desktop app'),

  'invalid_grant-revoked': ended('password-changed-or-revoked', 'password was changed'),
  'invalid_grant-bad-request': ended('revoked-or-expired', 'not used for six months'),
  'invalid_grant-account-deleted': ended('revoked-or-expired', 'has been deleted'),
  'invalid_grant-invalid-email-or-user': {
    code: 'invalid-settings',
    says: 'not a person in your Google Workspace',
  },
  'invalid_grant-not-a-valid-email': {
    code: 'invalid-settings',
    says: 'not a person in your Google Workspace',
  },
  'invalid_grant-invalid-rapt': ended('admin-session-policy', 'sign in again after a set time'),
  'invalid_grant-rapt-required': ended('admin-session-policy', 'sign in again after a set time'),
  'invalid_client-not-found': clientFile('does not know the app'),
  'invalid_client-unauthorized': clientFile('no longer the right one'),
  unauthorized_client: clientFile('does not let the app of the Google client file'),
  invalid_scope: ours('does not know a permission'),
  'access_denied-client-not-authorized': admin('has not allowed this app'),
  'access_denied-account-restricted': admin('has restricted this account'),
  internal_failure: wait('google-unavailable', 'a fault at the moment'),
  admin_policy_enforced: admin('does not allow this app to send email yet'),
  deleted_client: clientFile('was deleted at Google'),
  disabled_client: clientFile('switched off the app'),
  org_internal: { code: 'admin-policy', says: 'open only to people of the organisation' },
  invalid_dpop_proof: clientFile('DPoP'),
  use_dpop_nonce: clientFile('DPoP'),
  'delegation-unauthorized-client-or-scope': {
    code: 'admin-policy',
    says: 'Domain Wide Delegation',
  },
  'delegation-client-is-unauthorized': { code: 'admin-policy', says: 'numeric client id' },
  'delegation-jwt-not-short-lived': {
    code: 'invalid-settings',
    says: 'clock is most likely wrong',
  },
  'delegation-jwt-signature': clientFile('service account’s key'),
  'delegation-invalid-scope': ours('does not know a permission'),
  'delegation-invalid-prn': {
    code: 'invalid-settings',
    says: 'not a person in your Google Workspace',
  },
  'delegation-no-verifier': clientFile('service account’s key'),
  'token-page-502': wait('google-unavailable', 'a fault at the moment'),
  'token-unavailable': wait('google-unavailable', 'a fault at the moment'),

  'gmail-invalid-credentials': unsent(
    ended('password-changed-or-revoked', 'no longer accepts the connection'),
  ),
  'gmail-login-required': unsent(ours('without the permission to send')),
  'gmail-insufficient-permissions': unsent({
    code: 'permission-insufficient',
    says: 'tick the box',
  }),
  'gmail-api-disabled': unsent({
    code: 'gmail-api-disabled',
    says: 'https://console.developers.google.com/apis/api/gmail.googleapis.com/overview',
  }),
  'gmail-api-disabled-old-wording': unsent({
    code: 'gmail-api-disabled',
    says: 'https://console.developers.google.com/apis/api/gmail.googleapis.com/overview',
  }),
  'gmail-domain-policy': unsent(admin('switched off access to Gmail by apps')),
  'gmail-mail-service-not-enabled': unsent({ code: 'no-mailbox', says: 'no Gmail mailbox' }),
  'gmail-precondition-failed': unsent({ code: 'no-mailbox', says: 'no Gmail mailbox' }),
  'gmail-delegation-denied': unsent({ code: 'account-mismatch', says: 'may not send as' }),
  'gmail-invalid-to-header': unsent({ code: 'invalid-recipient', says: 'typing mistakes' }),
  'gmail-recipient-required': unsent({ code: 'invalid-recipient', says: 'no recipient' }),
  'gmail-raw-required': unsent({ code: 'invalid-message', says: 'nothing in it' }),
  'gmail-payload-size': unsent({ code: 'message-too-large', says: 'too large' }),
  'gmail-not-found': unsent({ code: 'invalid-message', says: 'conversation' }),
  'gmail-daily-limit': unsent(wait('daily-limit', 'midnight, Pacific Time')),
  'gmail-rate-limit': unsent(wait('rate-limited', 'slow down')),
  'gmail-user-rate-limit': unsent(wait('rate-limited', 'slow down')),
  'gmail-rate-limit-until-403': until2099,
  'gmail-rate-limit-until-429': until2099,
  'gmail-quota-403': unsent(wait('rate-limited', 'in one minute')),
  'gmail-quota-429': unsent(wait('rate-limited', 'in one minute')),
  'gmail-too-many-concurrent': unsent(wait('rate-limited', 'at the same moment')),
  'gmail-mail-sending-limit': unsent(wait('daily-limit', 'in a day')),
  'gmail-bandwidth-limit': unsent(wait('rate-limited', 'more data')),
  'gmail-backend-500': unknownFate,
  'gmail-backend-502': unknownFate,
  'gmail-backend-503': unknownFate,
  'gmail-backend-504': unknownFate,
  'gmail-too-large-page': unsent({ code: 'message-too-large', says: 'too large' }),
  'gmail-bad-request-page': unsent({ code: 'message-too-large', says: 'gave no reason' }),
  'gmail-bad-gateway-page': unknownFate,
};

/** Answers that look right and are not. What is not Google's answer is not heard: the sign-in goes on, to its end. */
export const TAMPER_CASES: Readonly<Record<TamperName, Expected>> = {
  'no-refresh-token': { code: 'no-refresh-token', says: 'myaccount.google.com/connections' },
  'no-id-token': unsafe('did not say which account'),
  'no-scope': { code: 'permission-not-granted', says: 'tick the box' },
  'scope-without-send': { code: 'permission-not-granted', says: 'tick the box' },
  'id-token-wrong-nonce': unsafe('its link to this sign-in'),
  'id-token-no-nonce': unsafe('its link to this sign-in'),
  'id-token-wrong-audience': unsafe('the program it was made for'),
  'id-token-wrong-issuer': unsafe('its issuer'),
  'id-token-expired': unsafe('its time'),
  'id-token-email-not-verified': unsafe('its email address'),
  'id-token-no-email': unsafe('the account it names'),
  'id-token-bad-signature': unsafe('its signature'),
  'redirect-wrong-iss': page('showed it to you only'),
  'redirect-no-iss': page('showed it to you only'),
  'redirect-wrong-state': page('showed it to you only'),
  'redirect-no-state': page('showed it to you only'),
  'redirect-wrong-code': notConnected('used already'),
};

/** How many there are. */
export const CASE_COUNT = Object.keys(GOOGLE_CASES).length + Object.keys(TAMPER_CASES).length;
