/**
 * Seals to age recipients (C2SP age, version 1) with Node.js's own X25519: the library goes through WebCrypto, which
 * takes five times as long, and that matters with thousands of secrets. Opening is left to the library.
 */

import {
  createCipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { bech32 } from '@scure/base';
import { Encrypter, type Recipient, Stanza } from 'age-encryption';

/** Seals a text so that each of the recipients, `age1…`, can open it. @throws Error if one is not a recipient */
export function sealTo(recipients: readonly string[], text: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const each of recipients) encrypter.addRecipient(recipientOf(each));
  return encrypter.encrypt(text);
}

/** Whether a text is a recipient that can be sealed to. */
export function isRecipient(text: string): boolean {
  try {
    recipientOf(text);
    return true;
  } catch {
    return false;
  }
}

/** No more than a team has members. */
const known = new Map<string, Recipient>();

function recipientOf(text: string): Recipient {
  const recipient = known.get(text) ?? x25519Recipient(text);
  known.set(text, recipient);
  return recipient;
}

function x25519Recipient(text: string): Recipient {
  // Checked by the library's own rules.
  new Encrypter().addRecipient(text);
  const point = Buffer.from(bech32.decodeToBytes(text).bytes);
  const x = point.toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  return { wrapFileKey: (fileKey) => [wrapped(fileKey, point, publicKey)] };
}

/** An X25519 stanza: the key of one file, wrapped for one recipient with a fresh key pair. */
function wrapped(fileKey: Uint8Array, point: Buffer, publicKey: KeyObject): Stanza {
  const ephemeral = generateKeyPairSync('x25519');
  const share = Buffer.from(ephemeral.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  const salt = Buffer.concat([share, point]);
  const key = hkdfSync('sha256', secret, salt, 'age-encryption.org/v1/X25519', 32);
  const cipher = createCipheriv('chacha20-poly1305', Buffer.from(key), Buffer.alloc(12), {
    authTagLength: 16,
  });
  const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
  return new Stanza(['X25519', share.toString('base64').replace(/=+$/, '')], body);
}
