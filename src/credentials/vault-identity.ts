/** The vault's key: an age identity in a separate file, sealed with the vault's passphrase. */

import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateIdentity } from 'age-encryption';
import { type ErrorDetails, MailError } from '../errors.js';
import { createFileDurably, readPrivateFile } from '../storage/durable-file.js';
import { isObject, parseJson } from '../text/json.js';

/**
 * Gives the vault's passphrase; nothing, or an empty text, if there is none to give.
 * `creating`: the vault is new, so a person who types it should be asked to type it twice.
 */
export type AskPassphrase = (request: {
  readonly creating: boolean;
}) => Promise<string | undefined>;

/** The identity file. Its version covers every choice below: changing any of them makes it version 2. */
interface SealedIdentity {
  readonly format: typeof FORMAT;
  readonly version: 1;
  /** Base64, as are the next two. */
  readonly salt: string;
  readonly nonce: string;
  /** The identity, encrypted, with GCM's tag at the end. */
  readonly sealed: string;
  /** SHA-256 of the fields above: tells a damaged file from a wrong passphrase. It reveals nothing. */
  readonly checksum: string;
}

const FORMAT = 'writeupp-mail-vault';

/**
 * scrypt at OWASP's minimum (Password Storage Cheat Sheet: N=2^15, r=8, p=3): 32 MiB and about a quarter
 * of a second. age's own passphrase recipient takes a second and over 300 MB at its default, and its p is
 * fixed at 1.
 */
const SCRYPT = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 };
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** For a new vault, in characters: anyone who has its files can try as many passphrases as they like. */
const SHORTEST_PASSPHRASE = 8;

const deriveKey = promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt);

/**
 * Opens the vault's identity, which is created first if there is none.
 *
 * @returns the age identity, `AGE-SECRET-KEY-1…`.
 * @throws MailError `vault-passphrase` (missing or wrong) or `storage` (the file can't be read, or is damaged).
 */
export async function openIdentity(folder: string, passphrase: AskPassphrase): Promise<string> {
  const path = identityPath(folder);
  const found = await readIdentity(path);
  const given = normalised(await passphrase({ creating: found === null }), path);
  if (found !== null) return unseal(found, given, path);
  const fault = passphraseFault(given);
  if (fault !== null) throw tooShort(fault, path);

  const identity = await generateIdentity();
  const sealed = await seal(identity, given);
  await createFileDurably(path, `${JSON.stringify(sealed, null, 2)}\n`);
  // Another run may have been first: whichever identity is in place now is the vault's.
  const placed = await readIdentity(path);
  if (placed === null) throw damaged(path, 'it was removed while the vault was being made');
  // It is ours: opening it with the same key would prove nothing, and take as long again.
  if (placed.checksum === sealed.checksum) return identity;
  return unseal(placed, given, path);
}

/** Why a passphrase won't do for a new vault, in a sentence; null if it will. An existing vault keeps its own. */
export function passphraseFault(passphrase: string): string | null {
  if ([...passphrase].length >= SHORTEST_PASSPHRASE) return null;
  return `Please use ${SHORTEST_PASSPHRASE} characters or more.`;
}

/** Whether the vault has an identity. Asks for nothing and changes nothing. */
export async function hasIdentity(folder: string): Promise<boolean> {
  return (await readIdentity(identityPath(folder))) !== null;
}

/** The error for a vault file that is not what this program wrote. The file is left as it is. */
export function damaged(path: string, reason: string, details?: ErrorDetails): MailError {
  return new MailError(
    'storage',
    `${path} can’t be used: ${reason}. It was left as it is.`,
    'Put the file back from a backup.\nIf there is none, move it away, then store the password or sign in with Google again.',
    details,
  );
}

/** Where the identity of a vault is. */
export function identityPath(folder: string): string {
  return join(folder, 'identity.json');
}

async function readIdentity(path: string): Promise<SealedIdentity | null> {
  const text = await readPrivateFile(path);
  return text === null ? null : parseIdentity(text, path);
}

function parseIdentity(text: string, path: string): SealedIdentity {
  const file = parseJson(text);
  if (!isObject(file) || file.format !== FORMAT) throw damaged(path, 'it is damaged');
  const { version, salt, nonce, sealed, checksum } = file;
  if (version !== 1) {
    throw damaged(path, 'it is damaged, or was made by a newer version of this program');
  }
  if (
    typeof salt !== 'string' ||
    typeof nonce !== 'string' ||
    typeof sealed !== 'string' ||
    checksum !== checksumOf(salt, nonce, sealed)
  ) {
    throw damaged(path, 'it is damaged');
  }
  return { format: FORMAT, version, salt, nonce, sealed, checksum };
}

async function seal(identity: string, passphrase: string): Promise<SealedIdentity> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(
    CIPHER,
    await deriveKey(passphrase, salt, KEY_BYTES, SCRYPT),
    nonce,
  );
  const fields = {
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
    sealed: Buffer.concat([
      cipher.update(identity, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]).toString('base64'),
  };
  const checksum = checksumOf(fields.salt, fields.nonce, fields.sealed);
  return { format: FORMAT, version: 1, ...fields, checksum };
}

/** The checksum was right, so if GCM refuses now, the passphrase is wrong. */
async function unseal(file: SealedIdentity, passphrase: string, path: string): Promise<string> {
  const sealed = Buffer.from(file.sealed, 'base64');
  const key = await deriveKey(passphrase, Buffer.from(file.salt, 'base64'), KEY_BYTES, SCRYPT);
  const decipher = createDecipheriv(CIPHER, key, Buffer.from(file.nonce, 'base64'));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const identity = decipher.update(sealed.subarray(0, -TAG_BYTES));
    return Buffer.concat([identity, decipher.final()]).toString('utf8');
  } catch {
    throw new MailError(
      'vault-passphrase',
      `The passphrase is not the one of the vault ${path}.`,
      'Run the command again with the right passphrase.\n' +
        'It can’t be recovered. If it is lost, move the vault’s folder away, then store the password or sign in with Google again.',
    );
  }
}

function tooShort(fault: string, path: string): MailError {
  return new MailError(
    'vault-passphrase',
    `The passphrase is too short for a new vault, so ${path} was not made.`,
    `${fault} Set WRITEUPP_MAIL_PASSPHRASE to a longer one, or unset it and run the command on a terminal, where it asks.`,
  );
}

/** One form for what looks the same: keyboards of different systems compose accented letters differently. */
function normalised(passphrase: string | undefined, path: string): string {
  if (passphrase === undefined || passphrase === '') {
    throw new MailError(
      'vault-passphrase',
      `The vault ${path} needs its passphrase, and none was given.`,
      'Run the command on a terminal, where it asks for the passphrase, or set WRITEUPP_MAIL_PASSPHRASE.',
    );
  }
  return passphrase.normalize('NFC');
}

function checksumOf(salt: string, nonce: string, sealed: string): string {
  return createHash('sha256').update([FORMAT, 1, salt, nonce, sealed].join('\n')).digest('hex');
}
