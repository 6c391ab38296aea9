/** Checks that an ID token is genuine, ours and fresh, and reads its account (OpenID Connect Core 3.1.3.7). */

import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { OAuth2Client } from 'google-auth-library';
import { MailError } from '../errors.js';
import { isObject, parseJson } from '../text/json.js';
import { explainGoogleError } from './explain.js';
import type { IssuerMetadata } from './metadata.js';
import { withRetry } from './retry.js';
import { fetchJson } from './transport.js';

/** The Google account that signed in. */
export interface Identity {
  readonly email: string;
  /** Google's stable identifier for the account. */
  readonly subject: string;
  /** The Google Workspace domain, or null for a personal account. */
  readonly hostedDomain: string | null;
}

export interface IdTokenExpectation {
  readonly clientId: string;
  readonly nonce: string;
  readonly metadata: IssuerMetadata;
  readonly isStandIn: boolean;
}

/** How far this computer's clock may be off, in milliseconds (as in the client library). */
const CLOCK_SKEW_MS = 300_000;

/** @throws MailError `invalid-id-token` that names the failed check, never the token */
export async function verifyIdToken(
  client: OAuth2Client,
  idToken: string,
  expected: IdTokenExpectation,
  signal: AbortSignal,
): Promise<Identity> {
  const claims = decodeClaims(idToken);
  if (!issuerNames(expected.metadata.issuer).includes(String(claims.iss)))
    throw refused('its issuer');
  if (!isMadeFor(expected.clientId, claims)) throw refused('the program it was made for');
  checkClock(claims.iat);
  if (typeof claims.exp !== 'number' || claims.exp * 1000 + CLOCK_SKEW_MS < Date.now()) {
    throw refused('its time: it has ended');
  }
  if (claims.nonce !== expected.nonce) throw refused('its link to this sign-in');
  await checkSignature(client, idToken, expected, signal);
  if (typeof claims.sub !== 'string' || typeof claims.email !== 'string') {
    throw refused('the account it names');
  }
  if (claims.email_verified !== true)
    throw refused('its email address, which Google has not verified');
  const hostedDomain = typeof claims.hd === 'string' ? claims.hd : null;
  return { email: claims.email, subject: claims.sub, hostedDomain };
}

/**
 * Points 3 to 5: the token is for this program. A token for several programs names the one that requested it in
 * `azp`, and any `azp` must be this program.
 */
function isMadeFor(clientId: string, { aud, azp }: Record<string, unknown>): boolean {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(clientId)) return false;
  return azp === undefined ? audiences.length === 1 : azp === clientId;
}

/** The token was issued a moment ago by the issuer's clock: a large difference is this computer's fault. */
function checkClock(issuedAt: unknown): void {
  if (typeof issuedAt !== 'number') throw refused('its time');
  const skewMs = Date.now() - issuedAt * 1000;
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS) return;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  throw refused(
    `its time. This computer’s clock seems to be ${minutes} minutes ${skewMs > 0 ? 'ahead' : 'behind'}`,
  );
}

/**
 * Checks the signature against the issuer's published keys. A rehearsal's stand-in may publish none: then it is
 * enough that the token came straight from the token endpoint (OpenID Connect Core 3.1.3.7, point 6). Google
 * always publishes keys, so there is no such exception for Google.
 */
async function checkSignature(
  client: OAuth2Client,
  idToken: string,
  expected: IdTokenExpectation,
  signal: AbortSignal,
): Promise<void> {
  const keys = await fetchKeys(expected.metadata, signal);
  if (Object.keys(keys).length === 0 && expected.isStandIn) return;
  try {
    await client.verifySignedJwtWithCertsAsync(
      idToken,
      keys,
      // Checked above; the library does not support a list of audiences.
      undefined,
      issuerNames(expected.metadata.issuer),
    );
  } catch {
    // The library's messages contain the whole token: none of them is passed on.
    throw refused('its signature or its dates');
  }
}

async function fetchKeys(
  metadata: IssuerMetadata,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { jwksUri } = metadata;
  if (jwksUri === null) return {};
  const data = await withRetry(async () => {
    try {
      return await fetchJson(jwksUri, signal);
    } catch (error) {
      throw explainGoogleError(error, 'keys');
    }
  }, signal);
  const keys = (data as { keys?: unknown } | null)?.keys;
  return Object.fromEntries((Array.isArray(keys) ? keys : []).flatMap(toPem));
}

/** The client library wants certificates or PEM keys by key id; the issuer publishes JWKs (RFC 7517). */
function toPem(jwk: JsonWebKey & { kid?: string; kty?: string }): [string, string][] {
  if (jwk.kid === undefined || jwk.kty !== 'RSA') return [];
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return [[jwk.kid, key.export({ type: 'spki', format: 'pem' }).toString()]];
}

/** Google's ID tokens name the issuer with or without the scheme (developers.google.com/identity/openid-connect). */
function issuerNames(issuer: string): string[] {
  return issuer === 'https://accounts.google.com' ? [issuer, 'accounts.google.com'] : [issuer];
}

function decodeClaims(idToken: string): Record<string, unknown> {
  const payload = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims = parseJson(payload);
  if (isObject(claims)) return claims;
  throw refused('its form');
}

function refused(check: string): MailError {
  return new MailError(
    'invalid-id-token',
    `Google’s answer about who signed in failed a safety check: ${check}.`,
    'Nothing from this sign-in was kept.\n' +
      'Check that the date and time of this computer are right, then sign in again.\n' +
      'If it happens again, do not go on: ask WriteUpp support, and name this message.',
  );
}
