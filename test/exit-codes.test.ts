/** The exit code of each error code, as the contract of the command line gives it. Scripts rely on every line. */

import { expect, test } from '@jest/globals';
import { EXIT_CODES } from '../src/errors.js';

test('no code ends on another exit code than promised, none is missing and none is new', () => {
  expect(EXIT_CODES).toEqual({
    'account-mismatch': 1,
    'invalid-id-token': 1,
    'admin-policy': 1,
    'gmail-api-disabled': 1,
    'no-mailbox': 1,
    'smtp-refused': 1,
    storage: 1,
    internal: 1,
    usage: 2,
    'invalid-settings': 2,
    'no-such-site': 2,
    'no-sites': 2,
    'not-interactive': 2,
    'no-oauth-client': 2,
    'invalid-oauth-client': 2,
    'invalid-recipient': 2,
    'invalid-message': 2,
    'message-too-large': 2,
    'no-mail-server': 2,
    cancelled: 3,
    'consent-denied': 3,
    'sign-in-needed': 4,
    'sign-in-timeout': 4,
    'permission-not-granted': 4,
    'permission-insufficient': 4,
    'no-refresh-token': 4,
    'site-busy': 5,
    'rate-limited': 5,
    'daily-limit': 5,
    'google-unavailable': 5,
    'delivery-unknown': 5,
    network: 5,
    proxy: 5,
    'keychain-unavailable': 6,
    'keychain-locked': 6,
    'keychain-timeout': 6,
    'vault-passphrase': 6,
    interrupted: 130,
  });
});
