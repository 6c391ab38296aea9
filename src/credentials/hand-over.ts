/** Google's permission, encrypted for a backend that sends email itself, along with everything it may be used for. */

import { sealTo } from './seal.js';

/** What the backend compares with the request, and with the stored connection, before it uses the permission. */
export interface HandOver {
  readonly purpose: 'writeupp-mail: send email of a site';
  /** The id of the backend, and the key of the site. */
  readonly store: string;
  readonly site: string;
  /** The id of the connection, which is accepted only once. */
  readonly connection: string;
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string;
  readonly scope: string;
  /** ISO 8601. */
  readonly at: string;
  readonly refreshToken: string;
}

/** @returns an age file (age-encryption.org/v1), in base64 */
export async function sealHandOver(recipient: string, handOver: HandOver): Promise<string> {
  const sealed = await sealTo([recipient], JSON.stringify(handOver));
  return Buffer.from(sealed).toString('base64');
}
