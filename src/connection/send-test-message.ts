/** Test Connection: sends the test message through Gmail, and stores what is needed of it. */

import { sendMessage } from '../google/gmail.js';
import { composeTestMessage, referenceOf } from '../mail/message/test-message.js';
import type { HeldSite } from '../sites/held-site.js';
import { hashReference } from '../sites/reference.js';
import { gmailSender, type TestMessage } from '../sites/site.js';
import type { Google } from './google.js';
import { liveKindOf } from './kinds.js';
import type { LiveConnection } from './prove-connection.js';

/**
 * Sends "Gmail Test Connection from WriteUpp" over a live connection and records that Gmail accepted it.
 *
 * @param to the WriteUpp login, or the address given
 * @param isForSwitch whether the person is asked at once for the reference in it
 * @throws MailError as `sendMessage`; `storage`, `site-busy`
 */
export async function sendTestMessage(
  held: HeldSite,
  live: LiveConnection,
  to: string,
  google: Google,
  isForSwitch = false,
): Promise<TestMessage> {
  const { site } = held;
  const from = gmailSender(site, live.connection.email);
  // Each message has a different one, so that an answer about one never counts for the next.
  const last = site.gmail?.test?.id ?? '';
  const reference = referenceOf([live.connection.id, last, from, to]);
  const message = composeTestMessage({
    siteName: site.name,
    organisation: site.organisation,
    account: live.connection.email,
    from,
    to,
    reference,
    isForSwitch,
    hasSmtp: site.smtp !== null,
    date: google.now(),
  });
  const unsent: TestMessage = {
    to,
    id: '',
    referenceHash: hashReference(live.connection.id, reference),
    acceptedAt: google.now().toISOString(),
    arrival: 'unanswered',
    from,
    senderSeen: false,
  };
  // What WriteUpp sends with its own copy of the permission proves that very copy.
  if (held.handsOver) return held.testByWriteUpp(live.connection, unsent, message);
  const facts = liveKindOf(live.connection).facts(site.name, live.connection, google.now());
  const { token } = live.accessToken;
  const id = await sendMessage(google.issuer, token, message, google.signal, facts);
  const test = { ...unsent, id, acceptedAt: google.now().toISOString() };
  await held.recordTest(live.connection, test);
  return test;
}
