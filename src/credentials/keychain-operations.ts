/** What the worker does with the OS keychain: every answer proven, never taken at the keychain's word. */

import type { KeychainAnswer, KeychainFailure, KeychainRequest } from './keychain-protocol.js';

/** The part of keytar that is used. `findCredentials` is not: it crashes on a locked Linux keyring. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** How long a proof that the keychain is unlocked counts, in milliseconds: a screen lock can lock it. */
const PROOF_LASTS_MS = 5_000;

const DUMMY_VALUE = 'a test entry of writeupp-mail, safe to delete';

/**
 * Makes the function that answers requests.
 *
 * @param load returns keytar, or throws if it does not load.
 * @param clock a clock that never goes back, in milliseconds.
 * @param dummyAccount the account of the dummy entry; a different one for each worker, so that two programs that prove
 *   the keychain at once do not delete each other's.
 */
export function keychainOperations(
  load: () => Promise<Keytar>,
  clock: () => number,
  dummyAccount: string,
): (request: KeychainRequest) => Promise<KeychainAnswer> {
  let provenAt = Number.NEGATIVE_INFINITY;

  return async (request) => {
    try {
      return await answer(await load(), request);
    } catch (error) {
      return { ok: false, failure: keychainFailure(error) };
    }
  };

  async function answer(keytar: Keytar, request: KeychainRequest): Promise<KeychainAnswer> {
    switch (request.action) {
      case 'get':
        return provenUnlessEmpty(
          keytar,
          request.service,
          await keytar.getPassword(request.service, request.account),
          null,
        );
      case 'delete':
        return provenUnlessEmpty(
          keytar,
          request.service,
          await keytar.deletePassword(request.service, request.account),
          false,
        );
      case 'set':
        return store(keytar, request.service, request.account, request.secret);
      case 'prove':
        return prove(keytar, request.service);
      case 'peek':
        return {
          ok: true,
          value: await keytar.getPassword(request.service, request.account),
        };
    }
  }

  /**
   * A locked Linux keyring answers "nothing there" just as an empty one does (and macOS may, in a session without a
   * screen), so that answer counts only once the keychain is proven to be unlocked.
   */
  async function provenUnlessEmpty(
    keytar: Keytar,
    service: string,
    value: string | boolean | null,
    empty: false | null,
  ): Promise<KeychainAnswer> {
    if (value !== empty) {
      provenAt = clock();
    } else if (clock() - provenAt > PROOF_LASTS_MS) {
      const proof = await prove(keytar, service);
      if (!proof.ok) return proof;
    }
    return { ok: true, value };
  }

  async function store(
    keytar: Keytar,
    service: string,
    account: string,
    secret: string,
  ): Promise<KeychainAnswer> {
    await keytar.setPassword(service, account, secret);
    if ((await keytar.getPassword(service, account)) !== secret) {
      return { ok: false, failure: 'not-kept' };
    }
    provenAt = clock();
    return { ok: true, value: null };
  }

  async function prove(keytar: Keytar, service: string): Promise<KeychainAnswer> {
    const stored = await store(keytar, service, dummyAccount, DUMMY_VALUE);
    if (stored.ok && !(await keytar.deletePassword(service, dummyAccount))) {
      return { ok: false, failure: 'not-kept' };
    }
    return stored;
  }
}

/**
 * Messages of libsecret, GLib, D-Bus, gnome-keyring and macOS, tried in this order. Keytar passes them on without a
 * code. (Windows' messages come in the language of Windows, so nothing is recognised there; the one limit that matters,
 * the length of an entry, is checked before writing.)
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

/** The failure that an error's message stands for; `refused` if it contains none of the known words. */
export function keychainFailure(error: unknown): KeychainFailure {
  const message = error instanceof Error ? error.message : '';
  return WORDS.find(([words]) => words.test(message))?.[1] ?? 'refused';
}
