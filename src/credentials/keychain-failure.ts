/** Recognises what the OS keychains say when they fail. */

import type { KeychainFailure } from './keychain-protocol.js';

/**
 * The words of libsecret, GLib, D-Bus, gnome-keyring and macOS, tried in this order. Keytar passes on
 * their messages without a code. (Windows' messages come in the language of Windows, so nothing is
 * recognised there; the one limit that matters, the length of an entry, is checked before writing.)
 */
const WORDS: readonly (readonly [words: RegExp, failure: KeychainFailure])[] = [
  // Keytar's own loader, and Node's, when optional packages were left out of an installation.
  [/native addon|cannot find (?:module|package)/i, 'no-library'],
  // gnome-keyring; KDE Wallet and KeePassXC say much the same. "dismissed": the unlock prompt was closed.
  [/\blocked\b|dismissed/i, 'locked'],
  // macOS: errSecInteractionNotAllowed (-25308), errSecAuthFailed (-25293), errSecUserCanceled (-128).
  [/user interaction is not allowed|passphrase you entered|user cancell?ed/i, 'locked'],
  // gnome-keyring that was started without ever being unlocked has no "login" keyring.
  [/object does not exist at path/i, 'no-keyring'],
  [/\.service files|not activatable|serviceunknown/i, 'no-service'],
  // The service ended while it was being asked, or the bus did.
  [/disconnected from message bus|connection is closed|noreply/i, 'ended'],
  [/autolaunch|dbus-launch|could not connect|given address|transport/i, 'no-bus'],
  // GDBus gives up on a service that is alive and silent after 25 seconds.
  [/timeout was reached|timed out/i, 'no-answer'],
];

/** The failure that an error's message tells of; `refused` if none of the known words is in it. */
export function keychainFailure(error: unknown): KeychainFailure {
  const message = error instanceof Error ? error.message : '';
  return WORDS.find(([words]) => words.test(message))?.[1] ?? 'refused';
}
