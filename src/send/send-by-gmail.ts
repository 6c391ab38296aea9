/** Sends one message through the site's Gmail connection, once, with the access token that is cached for its hour. */

import {
  refreshConnection,
  type UsableConnection,
  useConnection,
} from '../connection/access-token.js';
import type { Google } from '../connection/google.js';
import { liveKindOf } from '../connection/kinds.js';
import { interrupted, MailError } from '../errors.js';
import { sendMessage } from '../google/gmail.js';
import type { Stores } from '../sites/hold.js';
import type { Site } from '../sites/site.js';

/**
 * Hands a message to Gmail.
 *
 * @param pieces the message, in consecutive pieces
 * @param handOver awaited right before the message leaves
 * @returns the id that Gmail gave the message
 * @throws MailError `delivery-unknown` if the answer was lost or not awaited, otherwise as the catalogue explains the
 *   refusal; as `proveConnection` does
 */
export async function sendByGmail(
  site: Site,
  pieces: readonly Buffer[],
  world: Google & Stores,
  handOver?: () => Promise<void>,
): Promise<string> {
  const usable = await withoutSending(useConnection(site, world));
  try {
    return await sendOnce(site, usable, pieces, world, handOver);
  } catch (error) {
    if (!usable.fromCache || !provesDeadToken(error)) throw error;
    // Gmail's 401 proves that nothing was sent: a fresh token may try again, once.
    const fresh = await withoutSending(refreshConnection(site, world));
    return sendOnce(site, fresh, pieces, world, handOver);
  }
}

/** Whatever the token endpoint answers, or something in its place, the message has not left yet. */
async function withoutSending<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof MailError) || error.code === 'interrupted') throw error;
    throw error.with({ details: { sent: 'no' } });
  }
}

async function sendOnce(
  site: Site,
  { connection, accessToken }: UsableConnection,
  pieces: readonly Buffer[],
  world: Google & Stores,
  handOver?: () => Promise<void>,
): Promise<string> {
  await handOver?.();
  if (world.signal.aborted) throw interrupted();
  try {
    const facts = liveKindOf(connection).facts(site.name, connection, world.now());
    return await sendMessage(world.issuer, accessToken.token, pieces, world.signal, facts);
  } catch (error) {
    if (error instanceof MailError && error.code === 'interrupted') throw stoppedWhileSending();
    throw error;
  }
}

/** The only refusal of a send with this code is Gmail's 401. */
function provesDeadToken(error: unknown): boolean {
  return (
    error instanceof MailError && error.code === 'sign-in-needed' && error.details.sent === 'no'
  );
}

function stoppedWhileSending(): MailError {
  return new MailError(
    'delivery-unknown',
    'Stopped by Ctrl-C while Gmail took the message, so it is not known whether it was sent.',
    'Before you send it again, look in the Sent folder of the Google account, at mail.google.com.',
    { sent: 'unknown' },
  );
}
