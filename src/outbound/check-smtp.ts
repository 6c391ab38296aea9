/** Tries the log in at an SMTP server, and sends nothing. */

import { interrupted } from '../errors.js';
import { explainSmtpError } from './smtp-error.js';
import { type SmtpServer, smtpOptions } from './smtp-options.js';

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
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(smtpOptions(server, password));
  const done = new AbortController();
  try {
    await Promise.race([transport.verify(), rejection(AbortSignal.any([signal, done.signal]))]);
    return server.user === null || password === null ? 'reached-only' : 'log-in-accepted';
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainSmtpError(error, server, site, password);
  } finally {
    done.abort();
    transport.close();
  }
}

/** Rejects when the signal aborts: nodemailer's `verify` can't be stopped. */
function rejection(signal: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(interrupted()), { once: true });
  });
  // Nobody listens any more once the race is over.
  stopped.catch(() => undefined);
  return stopped;
}
