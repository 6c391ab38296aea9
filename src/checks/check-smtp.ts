import { interrupted } from '../errors.js';
import { explainSmtpLogin } from '../mail/smtp/explain-smtp.js';
import type { SmtpServer } from '../mail/smtp/smtp-options.js';

/**
 * What a successful attempt proves. A server that does not ask for a login accepts everybody here, and can still refuse
 * each message: that only proves that it is there.
 */
export type SmtpProof = 'log-in-accepted' | 'reached-only';

/**
 * Connects, secures the connection as the settings say, and logs in. Sends nothing.
 *
 * @param password null for a server that does not ask for one
 * @param site named in the commands that fix a failure
 * @throws MailError `smtp-refused` if the server refuses; `network` if it can't be reached safely; `interrupted`
 */
export async function checkSmtp(
  server: SmtpServer,
  password: string | null,
  site: string,
  signal: AbortSignal,
): Promise<SmtpProof> {
  const { SmtpSession } = await import('../mail/smtp/smtp-session.js');
  const session = new SmtpSession(server);
  try {
    await session.open(password, signal);
    return server.user === null || password === null ? 'reached-only' : 'log-in-accepted';
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainSmtpLogin(error, server, site, password);
  } finally {
    session.quit();
  }
}
