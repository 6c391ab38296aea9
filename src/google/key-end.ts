/**
 * When a service account key expires. Google publishes the public half of each key as a certificate
 * (docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys: "also published at the OAuth2 Service
 * Account API"), and the certificate expires with the key.
 */

import { X509Certificate } from 'node:crypto';
import { isObject } from '../text/json.js';
import type { Issuer } from './issuer.js';
import { fetchJson } from './transport.js';

/** The certificate of a key that never expires ends on the last day of this year (RFC 5280, section 4.1.2.5). */
const NEVER = 9999;

/** When each key of a service account expires. */
export type KeyEnds = (keyId: string) => Date | null;

/**
 * Asks when the keys of a service account expire. Null if that can't be found out: it only serves a warning.
 *
 * @returns null for a key that never expires, or is not there
 */
export async function keyEndsOf(
  email: string,
  issuer: Issuer,
  signal: AbortSignal,
): Promise<KeyEnds | null> {
  const root = issuer.isStandIn ? issuer.iamRootUrl : 'https://www.googleapis.com/';
  try {
    const url = `${root}service_accounts/v1/metadata/x509/${encodeURIComponent(email)}`;
    const answer = await fetchJson(url, signal);
    if (!isObject(answer)) return null;
    return (keyId) => (Object.hasOwn(answer, keyId) ? endOf(answer[keyId]) : null);
  } catch {
    return null;
  }
}

function endOf(certificate: unknown): Date | null {
  if (typeof certificate !== 'string') return null;
  try {
    const end = new Date(new X509Certificate(certificate).validTo);
    return Number.isNaN(end.getTime()) || end.getUTCFullYear() >= NEVER ? null : end;
  } catch {
    return null;
  }
}
