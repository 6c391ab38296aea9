/** What the program and its keychain worker say to each other over the IPC channel. */

/** What the worker is asked to do. `service` and `account` name an entry, as in every OS keychain. */
export type KeychainRequest =
  | { readonly action: 'get'; readonly service: string; readonly account: string }
  | {
      readonly action: 'set';
      readonly service: string;
      readonly account: string;
      readonly secret: string;
    }
  | { readonly action: 'delete'; readonly service: string; readonly account: string }
  | { readonly action: 'prove'; readonly service: string }
  /** As `get` and `prove`, but without writing a dummy entry: null may then mean a locked keychain. */
  | { readonly action: 'peek'; readonly service: string; readonly account: string };

/**
 * Why the keychain did not do it. Only these words leave the worker: what a library or the system says
 * is never passed on as it is.
 */
export type KeychainFailure =
  /** The native module does not load: on Linux, libsecret is missing. */
  | 'no-library'
  /** Linux: there is no D-Bus session, or its address is dead. */
  | 'no-bus'
  /** Linux: nothing on the bus keeps secrets. */
  | 'no-service'
  /** Linux: a keyring service runs, but it has no keyring to store in. */
  | 'no-keyring'
  | 'locked'
  /** Stored without complaint, and reading it back gave something else. */
  | 'not-kept'
  /** Windows: longer than an entry may be. */
  | 'too-long'
  /** No answer in time: an unlock prompt that nobody answered, or a service that hangs. */
  | 'no-answer'
  /** The worker, or the service behind it, ended half-way. */
  | 'ended'
  /** Anything else. */
  | 'refused';

/** The worker's answer: a secret or null, true or false, or why not. */
export type KeychainAnswer =
  | { readonly ok: true; readonly value: string | boolean | null }
  | { readonly ok: false; readonly failure: KeychainFailure };
