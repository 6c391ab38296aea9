/** What the OS keychains say, and what is made of it. */

import { describe, expect, test } from '@jest/globals';
import { keychainFailure } from '../../src/credentials/keychain-operations.js';

describe('keychainFailure', () => {
  test.each([
    [
      'Failed to load keytar native addon, checked ["../build/Release"] on prebuilds/linux-x64',
      'no-library',
    ],
    ["Cannot find package 'keytar' imported from /app/keychain-worker.js", 'no-library'],
    ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'no-bus'],
    ['Could not connect: No such file or directory', 'no-bus'],
    [
      'Error spawning command line “dbus-launch --autolaunch=1f --binary-syntax”: Child process exited with code 1',
      'no-bus',
    ],
    ['The name org.freedesktop.secrets was not provided by any .service files', 'no-service'],
    ['Object does not exist at path “/org/freedesktop/secrets/collection/login”', 'no-keyring'],
    ['Cannot create an item in a locked collection', 'locked'],
    ['The prompt was dismissed', 'locked'],
    ['Timeout was reached', 'no-answer'],
    ['Message recipient disconnected from message bus without replying', 'ended'],
    ['The connection is closed', 'ended'],
    ['User interaction is not allowed.', 'locked'],
    ['The user name or passphrase you entered is not correct.', 'locked'],
    ['User canceled the operation.', 'locked'],
    ['Something that no release has said so far', 'refused'],
  ] as const)('%s', (message, failure) => {
    expect(keychainFailure(new Error(message))).toBe(failure);
  });

  test('is a refusal when what was thrown is not an error', () => {
    expect(keychainFailure('locked')).toBe('refused');
  });
});
