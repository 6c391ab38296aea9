/** Whose key a connection needs, according to its record. Pure. */

import { kindOf } from './connection-kind.js';
import type { GmailConnection } from './site.js';

/** A service account at an issuer: a rehearsal's never counts as the real one. */
export interface KeyOwner {
  readonly issuer: string;
  readonly email: string;
}

/** The service account whose key a connection needs; null if it needs none. */
export function keyOwner(gmail: GmailConnection | null): KeyOwner | null {
  const serviceAccount = gmail === null ? null : kindOf(gmail).serviceAccount(gmail);
  if (gmail === null || serviceAccount?.signing !== 'key') return null;
  return { issuer: gmail.issuer, email: serviceAccount.email };
}

/** An owner as a single string, for comparison. */
export function ownerKey(owner: KeyOwner | null): string {
  return owner === null ? '' : JSON.stringify([owner.issuer, owner.email]);
}
