/** Tries the log in at an SMTP server, and sends nothing. */

import { interrupted } from '../errors.js';
import { explainSmtpError } from './smtp-error.js';
import type { SmtpServer } from './smtp-options.js';

/**
 * What a try that worked shows. A server that asks for no log in says yes to everybody here, and can still
 * refuse each message: that proves only that it is there.
 */
export type SmtpProof = 'log-in-accepted' | 'reached-only';

/**
 * Connects, protects the connection as the settings say, and logs in.
 *
 * @param password null for a server that asks for none
 * @param site named in the commands that mend a failure
 * @throws MailError `smtp-refused` if the server refuses; `network` if it can't be reached safely; `interrupted`
 */
export async function checkSmtp(
  server: SmtpServer,
  password: string | null,
  site: string,
  signal: AbortSignal,
): Promise<SmtpProof> {
  const { SmtpSession } = await import('./smtp-session.js');
  const session = new SmtpSession(server);
  try {
    await session.open(password, signal);
    return server.user === null || password === null ? 'reached-only' : 'log-in-accepted';
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainSmtpError(error, server, site, password);
  } finally {
    session.quit();
  }
}
