/** The RSA key that signs ID tokens: made once a process, since making one takes about 0.1 s. */
import { createPrivateKey, generateKeyPair, type JsonWebKey, sign } from 'node:crypto';
import { promisify } from 'node:util';

export interface SigningKey {
  /** The private key as a JSON Web Key (RFC 7517) with `kid`, `alg` and `use`. */
  readonly jwk: JsonWebKey;
  /** Signs claims as an RS256 JSON Web Token (RFC 7515). */
  signJwt(claims: object): string;
}

export type IdTokenClaims = Record<string, unknown>;

let made: Promise<SigningKey> | undefined;

/** The signing key of this process. */
export function signingKey(): Promise<SigningKey> {
  made ??= makeKey();
  return made;
}

async function makeKey(): Promise<SigningKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const kid = 'stand-in-1';
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return {
    jwk,
    signJwt(claims) {
      const head = encode({ alg: 'RS256', kid, typ: 'JWT' });
      const body = `${head}.${encode(claims)}`;
      return `${body}.${sign('sha256', Buffer.from(body), key).toString('base64url')}`;
    },
  };
}

/** The claims of a JSON Web Token, unchecked. */
export function claimsOf(jwt: string): IdTokenClaims {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
}

/** The same token with one bit of its signature turned over. */
export function breakSignature(jwt: string): string {
  const [head, claims, signature] = jwt.split('.');
  const bytes = Buffer.from(signature ?? '', 'base64url');
  bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10);
  return `${head}.${claims}.${bytes.toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
