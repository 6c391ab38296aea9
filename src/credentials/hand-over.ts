/** The permission of Google, encrypted for a backend that sends by itself, with all that it may be used for. */

import { sealTo } from './seal.js';

/** What the backend compares with the request, and with the connection on record, before it uses the permission. */
export interface HandOver {
  readonly purpose: 'writeupp-mail: send email of a site';
  /** The id of the backend, and the key of the site. */
  readonly store: string;
  readonly site: string;
  /** The id of the connection: it is taken once. */
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
