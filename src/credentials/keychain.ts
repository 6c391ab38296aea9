/** The credential store in the operating system's keychain. */

import { oneAtATime } from '../storage/one-at-a-time.js';
import type { CredentialStore } from './credential-store.js';
import { keychainError, keychainName } from './keychain-error.js';
import { keychainProcess } from './keychain-process.js';
import type { KeychainRequest } from './keychain-protocol.js';

/** Windows Credential Manager: CRED_MAX_CREDENTIAL_BLOB_SIZE, 5 * 512 bytes; keytar writes UTF-8. */
const WINDOWS_ENTRY_BYTES = 2_560;

/** Where the keychain is, who may be waiting for it, and for how long. Times are in milliseconds. */
export interface KeychainOptions {
  /** The name that all entries have in common. */
  readonly service: string;
  /** What the keychain needs to be found (on Linux, the address of the D-Bus session and the display). */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a person is at the terminal. With a screen, they may be typing a password to unlock the keychain. */
  readonly interactive: boolean;
  /** Called when an answer takes more than two seconds, once for each; `prompt`: a password may be asked for. */
  readonly onSlow?: (prompt: boolean) => void;
  /** For a run that must change nothing: `get` may then give null for a locked keychain too. */
  readonly readOnly?: boolean;
  /** The time limit of a call when nobody can answer a prompt. */
  readonly timeoutMs?: number;
  /** The time limit of a call when a person may be answering a prompt. */
  readonly promptTimeoutMs?: number;
  readonly slowAfterMs?: number;
  readonly platform?: NodeJS.Platform;
  /** The built worker, if it is not next to this code. */
  readonly workerPath?: string | URL;
}

/** The keychain, which holds more than the secrets of sites. */
export interface KeychainStore extends CredentialStore {
  get(key: string, slot: string): Promise<string | null>;
  set(key: string, slot: string, secret: string): Promise<void>;
}

/** Opens the keychain. Nothing is started before the first call. */
export function openKeychain({
  service,
  environment,
  interactive,
  onSlow = () => undefined,
  readOnly = false,
  timeoutMs = 10_000,
  promptTimeoutMs = 60_000,
  slowAfterMs = 2_000,
  platform = process.platform,
  workerPath = new URL('./keychain-worker.js', import.meta.url),
}: KeychainOptions): KeychainStore {
  const prompt = interactive && hasScreen(platform, environment);
  const limitMs = prompt ? promptTimeoutMs : timeoutMs;
  const inTurn = oneAtATime();
  const worker = keychainProcess({
    workerPath,
    environment,
    timeoutMs: limitMs,
    onSlow: () => onSlow(prompt),
    slowAfterMs,
  });

  return {
    kind: 'keychain',
    description: keychainName(platform),
    async get(siteKey, slot) {
      const action = readOnly ? 'peek' : 'get';
      const value = await ask({ action, service, account: `${siteKey}/${slot}` });
      return typeof value === 'string' ? value : null;
    },
    async set(siteKey, slot, secret) {
      if (platform === 'win32' && Buffer.byteLength(secret) > WINDOWS_ENTRY_BYTES) {
        throw keychainError('too-long', { platform, limitMs, changing: true });
      }
      await ask({ action: 'set', service, account: `${siteKey}/${slot}`, secret });
    },
    async delete(siteKey, slot) {
      return (await ask({ action: 'delete', service, account: `${siteKey}/${slot}` })) === true;
    },
    async prove() {
      // The dummy's own account is the worker's business; if nothing may be written, any account will do.
      await ask(
        readOnly ? { action: 'peek', service, account: 'none' } : { action: 'prove', service },
      );
    },
    async close() {
      worker.close();
    },
  };

  async function ask(request: KeychainRequest): Promise<string | boolean | null> {
    const answer = await inTurn(() => worker.call(request));
    if (answer.ok) return answer.value;
    const changing = request.action === 'set' || request.action === 'delete';
    throw keychainError(answer.failure, { platform, limitMs, changing });
  }
}

/** Whether the system can open a window that asks for a password. */
function hasScreen(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): boolean {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}
