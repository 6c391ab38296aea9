/**
 * The seal of a recorded test message: in a store that others can write to, a record alone proves nothing. The seal is
 * made with the secret of the connection that the message went over, which somebody who can only write to the database
 * does not have.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { signInOf } from './connection-kind.js';
import { keyOwner } from './key-owner.js';
import { refreshToken, type SecretReader } from './secrets.js';
import { storedKey } from './service-keys.js';
import type { GmailConnection, Site, TestMessage } from './site.js';
import { siteKey } from './site-name.js';

/** What a seal is made with. */
interface Sealing {
  /** As in `SiteStore`. */
  readonly othersCanWrite: boolean;
  readonly credentials: () => Promise<SecretReader>;
}

/** The message with its seal, if it needs one and there is a secret. @throws MailError of the credential store */
export async function sealedTest(
  site: Site,
  gmail: GmailConnection,
  test: TestMessage,
  { othersCanWrite, credentials }: Sealing,
): Promise<TestMessage> {
  const secret = othersCanWrite ? await secretOf(site, gmail, await credentials()) : null;
  return secret === null ? test : { ...test, seal: sealOf(site, gmail, test, secret) };
}

/**
 * The site without a test message whose seal does not fit: that message was never sent, or it was a different one. If
 * there can be no seal, because Google signs and no secret is kept, the record is trusted.
 *
 * @throws MailError of the credential store
 */
export async function genuineSite(
  site: Site,
  { othersCanWrite, credentials }: Sealing,
): Promise<Site> {
  const { gmail } = site;
  if (!othersCanWrite || gmail?.test == null) return site;
  if (signInOf(gmail) === null && keyOwner(gmail) === null) return site;
  const secret = await secretOf(site, gmail, await credentials());
  const { seal = '', ...test } = gmail.test;
  const isGenuine = secret !== null && isSame(seal, sealOf(site, gmail, test, secret));
  return isGenuine ? site : { ...site, gmail: { ...gmail, test: null } };
}

async function secretOf(
  site: Site,
  gmail: GmailConnection,
  credentials: SecretReader,
): Promise<string | null> {
  const signIn = signInOf(gmail);
  if (signIn !== null) return refreshToken(site, signIn, credentials);
  const owner = keyOwner(gmail);
  return owner === null ? null : storedKey(owner, credentials);
}

function sealOf(
  { name }: Site,
  { id: connection, issuer, email }: GmailConnection,
  { to, id, referenceHash, acceptedAt, arrival, from, senderSeen }: TestMessage,
  secret: string,
): string {
  const facts = [siteKey(name), connection, issuer, email, to, id, referenceHash, acceptedAt];
  return createHmac('sha256', `writeupp-mail test message\n${secret}`)
    .update(JSON.stringify([...facts, arrival, from, senderSeen]))
    .digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
