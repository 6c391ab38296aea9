/** The words for each failure of the keychain. */

import { describe, expect, test } from '@jest/globals';
import { keychainError } from '../../src/credentials/keychain-error.js';
import type { KeychainFailure } from '../../src/credentials/keychain-protocol.js';

const CODES = {
  'no-library': 'keychain-unavailable',
  'no-bus': 'keychain-unavailable',
  'no-service': 'keychain-unavailable',
  'no-keyring': 'keychain-unavailable',
  locked: 'keychain-locked',
  'not-kept': 'keychain-unavailable',
  'too-long': 'keychain-unavailable',
  'no-answer': 'keychain-timeout',
  ended: 'keychain-unavailable',
  refused: 'keychain-unavailable',
} as const satisfies Record<KeychainFailure, string>;

const EVERY_FAILURE = Object.keys(CODES) as KeychainFailure[];
const EVERY_CASE = EVERY_FAILURE.flatMap((failure) =>
  (['linux', 'darwin', 'win32'] as const).map((platform) => ({ failure, platform })),
);

const LINUX = { platform: 'linux', limitMs: 10_000 } as const;

describe('keychainError', () => {
  test.each(EVERY_CASE)('$failure on $platform has its code and both ways on', (each) => {
    const error = keychainError(each.failure, {
      platform: each.platform,
      limitMs: 10_000,
      changing: false,
    });

    expect(error.code).toBe(CODES[each.failure]);
    expect(error.message).not.toMatch(/[{}]|undefined|changed/);
    expect(error.details).toEqual({});
    expect(error.hint.split('\n')).toEqual([
      'There are two ways on.',
      expect.stringMatching(/^1\. /),
      expect.stringMatching(/^2\. .*WRITEUPP_MAIL_CREDENTIALS=vault/),
    ]);
  });

  test('a change that may have been stored is not called undone', () => {
    const unknown = EVERY_FAILURE.filter((failure) => {
      const { details } = keychainError(failure, { ...LINUX, changing: true });
      if (details.secretChanged !== 'unknown') expect(details).toEqual({ secretChanged: 'no' });
      return details.secretChanged === 'unknown';
    });
    expect(unknown).toEqual(['not-kept', 'no-answer', 'ended']);
  });

  test('names the packages on Linux, and the command that unlocks on macOS', () => {
    const situation = { limitMs: 10_000, changing: false } as const;

    expect(keychainError('no-library', { ...situation, platform: 'linux' }).hint).toMatch(
      /libsecret-1-0.*gnome-keyring/,
    );
    expect(keychainError('locked', { ...situation, platform: 'darwin' }).hint).toMatch(
      /security unlock-keychain/,
    );
  });

  test('tells the time limit', () => {
    const error = keychainError('no-answer', {
      platform: 'linux',
      limitMs: 60_000,
      changing: false,
    });

    expect(error.message).toMatch(/within 60 seconds/);
  });
});
