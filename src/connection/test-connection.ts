/** Test Connection: the test message sent through Gmail, and what is remembered of it. */

import { sendMessage } from '../google/gmail.js';
import { composeTestMessage, newReference } from '../message/test-message.js';
import type { TestMessage } from '../sites/site.js';
import type { SiteSession } from '../sites/site-session.js';
import type { ConnectionDeps, LiveConnection } from './prove-connection.js';

/**
 * Sends "Gmail Test Connection from WriteUpp" over a live connection and records that Gmail accepted it.
 *
 * @param to the WriteUpp login, or the address given
 * @throws MailError as `sendMessage`; `storage`, `site-busy`
 */
export async function sendTestMessage(
  session: SiteSession,
  live: LiveConnection,
  to: string,
  deps: ConnectionDeps,
): Promise<TestMessage> {
  const { site } = session;
  const reference = newReference();
  const message = await composeTestMessage({
    siteName: site.name,
    organisation: site.organisation,
    account: live.connection.email,
    to,
    reference,
    date: deps.now(),
  });
  const id = await sendMessage(deps.issuer, live.accessToken.token, message, deps.signal, {
    now: deps.now(),
    site: site.name,
    account: live.connection.email,
    clientId: live.connection.clientId,
  });
  const now = deps.now().toISOString();
  const test: TestMessage = { to, id, reference, acceptedAt: now, arrival: 'unanswered' };
  await session.update({ gmail: { ...live.connection, usedAt: now, test } });
  return test;
}

/** Records what a person said about the last test message. @throws MailError `storage`, `site-busy` */
export async function recordArrival(
  session: SiteSession,
  arrival: 'confirmed' | 'denied',
): Promise<void> {
  const { gmail } = session.site;
  if (gmail?.test == null) return;
  await session.update({ gmail: { ...gmail, test: { ...gmail.test, arrival } } });
}
