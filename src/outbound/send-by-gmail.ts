/** One message through the site's Gmail connection: sent once, with the token that is kept for its hour. */

import {
  refreshConnection,
  type UsableConnection,
  type UseDeps,
  useConnection,
} from '../connection/access-token.js';
import { connectionFacts } from '../connection/delegated-tokens.js';
import { interrupted, MailError } from '../errors.js';
import { sendMessage } from '../google/gmail.js';
import type { Site } from '../sites/site.js';

/**
 * Hands a message to Gmail.
 *
 * @param pieces the message, in pieces that follow one another
 * @returns the id that Gmail gave the message
 * @throws MailError `delivery-unknown` where the answer was lost or not waited for, else as the catalogue
 *   explains the refusal; as `proveConnection`
 */
export async function sendByGmail(
  site: Site,
  pieces: readonly Buffer[],
  deps: UseDeps,
): Promise<string> {
  const usable = await useConnection(site, deps);
  try {
    return await sendOnce(site, usable, pieces, deps);
  } catch (error) {
    if (!usable.fromCache || !provesDeadToken(error)) throw error;
    // Gmail's 401 proves that nothing was sent: a fresh token may try again, once.
    return sendOnce(site, await refreshConnection(site, deps), pieces, deps);
  }
}

async function sendOnce(
  site: Site,
  { connection, accessToken }: UsableConnection,
  pieces: readonly Buffer[],
  deps: UseDeps,
): Promise<string> {
  if (deps.signal.aborted) throw interrupted();
  try {
    const facts = connectionFacts(site.name, connection, deps.now());
    return await sendMessage(deps.issuer, accessToken.token, pieces, deps.signal, facts);
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
