/** A service account as named on the command line: by its key file, or by its address alone (keyless). */

import { createPrivateKey } from 'node:crypto';
import { MailError } from '../errors.js';
import { isObject, parseJson } from '../text/json.js';
import { readClientText } from './oauth-client-file.js';

/** A service account that sends for people. */
export interface NamedServiceAccount {
  readonly email: string;
  /** The numeric id that the Admin console asks for; null if unknown. */
  readonly clientId: string | null;
  /** Its key as stored; null without a key. */
  readonly key: string | null;
}

/** A private key and its id. */
export interface SigningKey {
  readonly keyId: string;
  /** PKCS #8, DER, base64. */
  readonly pkcs8: string;
}

const ADDRESS = /^[^\s@/\\]+@[^\s@/\\]+\.gserviceaccount\.com$/i;

const KEYLESS =
  'If your organisation forbids keys of service accounts (iam.disableServiceAccountKeyCreation, or iam.managed.disableServiceAccountKeyCreation), none is needed: --service-account EMAIL, with Application Default Credentials.';

/**
 * Reads `--service-account`: an address, or the path of a key file. Server addresses in the file are ignored: they
 * come from the issuer.
 *
 * @throws MailError `invalid-settings` that says what is wrong with the file; `storage`
 */
export async function readServiceAccount(named: string): Promise<NamedServiceAccount> {
  if (ADDRESS.test(named)) return { email: named.toLowerCase(), clientId: null, key: null };
  const text = await readClientText(named);
  if (text === null) throw unusable(named, 'it is not there');
  return parseKeyFile(text, named);
}

/** @throws MailError `invalid-settings` */
export function parseKeyFile(text: string, path: string): NamedServiceAccount {
  const file = parseJson(text);
  if (!isObject(file)) throw unusable(path, 'it is not JSON');
  if ('installed' in file || 'web' in file) {
    throw unusable(
      path,
      'it is the Google client file of an app, not the key of a service account',
    );
  }
  if (file.type !== 'service_account') {
    throw unusable(path, 'its "type" is not "service_account"');
  }
  const {
    client_email: email,
    client_id: clientId,
    private_key_id: keyId,
    private_key: pem,
  } = file;
  if (typeof email !== 'string' || !ADDRESS.test(email)) {
    throw unusable(path, 'its "client_email" is not the address of a service account');
  }
  if (typeof clientId !== 'string' || !/^\d+$/.test(clientId)) {
    throw unusable(path, 'its "client_id" is not a number');
  }
  if (typeof keyId !== 'string' || !/^[\w-]{1,80}$/.test(keyId)) {
    throw unusable(path, 'its "private_key_id" is missing');
  }
  const pkcs8 = typeof pem === 'string' ? readPem(pem) : null;
  if (pkcs8 === null) throw unusable(path, 'its "private_key" is not an RSA key');
  return { email: email.toLowerCase(), clientId, key: storedForm({ keyId, pkcs8 }) };
}

/**
 * The least that must be stored of a key, because Windows allows 2,560 bytes per entry. This way a key of 2,048 bits,
 * as Google makes them, takes 1.7 kB; 3,072 bits fit as well. The account's address is the name of the entry.
 */
function storedForm({ keyId, pkcs8 }: SigningKey): string {
  return JSON.stringify({ keyId, pkcs8 });
}

/** Reads back what `storedForm` wrote; null for anything else. */
export function readStoredKey(stored: string): SigningKey | null {
  const value = parseJson(stored);
  const { keyId, pkcs8 } = isObject(value) ? value : {};
  return typeof keyId === 'string' && typeof pkcs8 === 'string' ? { keyId, pkcs8 } : null;
}

function readPem(pem: string): string | null {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'rsa') return null;
    return key.export({ type: 'pkcs8', format: 'der' }).toString('base64');
  } catch {
    return null;
  }
}

function unusable(path: string, why: string): MailError {
  return new MailError(
    'invalid-settings',
    `The service account’s key file ${path} can’t be used: ${why}.`,
    `Nothing was changed. The file comes from the Google Cloud console: IAM & Admin > Service accounts > Keys > Add key > JSON.\n${KEYLESS}`,
  );
}
