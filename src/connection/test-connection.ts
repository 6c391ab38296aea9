/** Test Connection: the test message sent through Gmail, and what is remembered of it. */

import { sendMessage } from '../google/gmail.js';
import { composeTestMessage, referenceOf } from '../message/test-message.js';
import type { HeldSite } from '../sites/held-site.js';
import { gmailSender, type TestMessage } from '../sites/site.js';
import { connectionFacts } from './delegated-tokens.js';
import type { ConnectionDeps, LiveConnection } from './prove-connection.js';

/**
 * Sends "Gmail Test Connection from WriteUpp" over a live connection and records that Gmail accepted it.
 *
 * @param to the WriteUpp login, or the address given
 * @param asksForReference whether the person is to type the reference that stands in it
 * @throws MailError as `sendMessage`; `storage`, `site-busy`
 */
export async function sendTestMessage(
  held: HeldSite,
  live: LiveConnection,
  to: string,
  asksForReference: boolean,
  deps: Omit<ConnectionDeps, 'credentials'>,
): Promise<TestMessage> {
  const { site } = held;
  const from = gmailSender(site, live.connection.email);
  // Another one as soon as a message is on record: what a person said of that is not said of the next.
  const last = site.gmail?.test?.id ?? '';
  const reference = referenceOf([live.connection.id, last, from, to]);
  const message = composeTestMessage({
    siteName: site.name,
    organisation: site.organisation,
    account: live.connection.email,
    from,
    to,
    reference,
    asksForReference,
    date: deps.now(),
  });
  const facts = connectionFacts(site.name, live.connection, deps.now());
  const { token } = live.accessToken;
  const id = await sendMessage(deps.issuer, token, message, deps.signal, facts);
  const acceptedAt = deps.now().toISOString();
  const test: TestMessage = {
    to,
    id,
    reference,
    acceptedAt,
    arrival: 'unanswered',
    from,
    senderSeen: false,
  };
  await held.recordTest(live.connection, test);
  return test;
}
