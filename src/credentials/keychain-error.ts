/** What a failure of the keychain means, in plain words, and the two ways to deal with it. */

import { type ErrorCode, MailError } from '../errors.js';
import type { KeychainFailure } from './keychain-protocol.js';

/** What the message depends on. */
interface Situation {
  readonly platform: NodeJS.Platform;
  /** The time limit that was set, in milliseconds. */
  readonly limitMs: number;
  /** Whether an entry was being stored or deleted. */
  readonly changing: boolean;
}

/** The keychain, as its own operating system calls it. */
export function keychainName(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'the macOS Keychain';
  if (platform === 'win32') return 'Windows Credential Manager';
  return 'the keyring of this computer (Secret Service)';
}

/** The error for a keychain that did not do what it was asked. */
export function keychainError(failure: KeychainFailure, situation: Situation): MailError {
  const { platform, limitMs, changing } = situation;
  const name = keychainName(platform);
  const seconds = Math.round(limitMs / 1000);
  const said = WHAT_HAPPENED[failure]
    .replaceAll('{name}', name)
    .replaceAll('{seconds}', `${seconds} second${seconds === 1 ? '' : 's'}`);
  return new MailError(
    codeOf(failure),
    said,
    [
      'There are two ways on.',
      `1. Make the keychain work: ${remedy(failure, platform)}`,
      VAULT,
    ].join('\n'),
    changing ? { secretChanged: MAY_HAVE_CHANGED.has(failure) ? 'unknown' : 'no' } : {},
  );
}

const VAULT =
  '2. Or use the vault instead, a file encrypted with a passphrase of your own: ' +
  'set WRITEUPP_MAIL_CREDENTIALS=vault and run the command again.';

const WHAT_HAPPENED: Readonly<Record<KeychainFailure, string>> = {
  'no-library':
    'The keychain can’t be used: a part of the system that it needs is missing ("libsecret" on Linux).',
  'no-bus':
    'The keychain can’t be used: this session has no connection to the desktop (no D-Bus session).',
  'no-service': 'The keychain can’t be used: no keyring program is running on this computer.',
  'no-keyring': 'The keychain can’t be used: it holds no keyring yet, or has never been unlocked.',
  locked: 'The keychain is locked: {name} did not let this program in.',
  'not-kept':
    'The keychain can’t be trusted: it did not give back what had just been stored in it.',
  'too-long': 'The secret is too long: {name} holds at most 2,560 bytes in an entry.',
  'no-answer':
    'The keychain did not answer within {seconds}. It may be waiting for a password in a window.',
  ended: 'The keychain ended before it had answered.',
  refused: 'The keychain can’t be used: {name} refused, without a reason that this program knows.',
};

/** After these, a change that was asked for may or may not be stored. */
const MAY_HAVE_CHANGED: ReadonlySet<KeychainFailure> = new Set(['no-answer', 'ended', 'not-kept']);

function codeOf(failure: KeychainFailure): ErrorCode {
  if (failure === 'locked') return 'keychain-locked';
  return failure === 'no-answer' ? 'keychain-timeout' : 'keychain-unavailable';
}

function remedy(failure: KeychainFailure, platform: NodeJS.Platform): string {
  if (failure === 'too-long') return 'use a shorter password.';
  if (platform === 'darwin') {
    return (
      'log in at the Mac itself, or unlock it with ' +
      '"security unlock-keychain ~/Library/Keychains/login.keychain-db". ' +
      'Over SSH it is usually locked. If a window asks whether "node" may use it, choose Always Allow.'
    );
  }
  if (platform === 'win32') {
    return 'log in to Windows as yourself, not as another user or a service, and check that the service "Credential Manager" is running.';
  }
  if (failure === 'locked' || failure === 'no-answer') {
    return 'unlock it by logging in to the desktop with your password, or answer the window that asks for it. Over SSH it is usually locked.';
  }
  return (
    'install libsecret-1-0 and a keyring such as gnome-keyring ' +
    '(on Debian or Ubuntu: sudo apt install libsecret-1-0 gnome-keyring), ' +
    'then log in to the desktop, which unlocks it. Over SSH there is usually none.'
  );
}
