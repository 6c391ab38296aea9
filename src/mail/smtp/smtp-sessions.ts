/** Connections to mail servers, kept open from one message to the next. */

import type { MailServer } from './mail-server.js';
import { SmtpSession } from './smtp-session.js';

/**
 * How long the server may be silent, in milliseconds: RFC 5321 4.5.3.2.6 asks for ten minutes after the end of
 * a message, since after giving up earlier nobody knows whether it was sent.
 */
const IDLE_MS = 600_000;

export class SmtpSessions {
  #waiting: { readonly key: string; readonly session: SmtpSession }[] = [];

  constructor(private readonly idleMs = IDLE_MS) {}

  /** A waiting session, or a new one, which is not open yet. */
  take(server: MailServer): SmtpSession {
    const key = keyOf(server);
    // A server may have closed some in the meantime.
    this.#waiting = this.#waiting.filter(({ session }) => session.isOpen);
    const at = this.#waiting.findIndex((one) => one.key === key);
    const [found] = at === -1 ? [] : this.#waiting.splice(at, 1);
    return found?.session ?? this.fresh(server);
  }

  fresh(server: MailServer): SmtpSession {
    return new SmtpSession(server, this.idleMs);
  }

  /** Keeps a session for the next message. */
  give(server: MailServer, session: SmtpSession): void {
    this.#waiting.push({ key: keyOf(server), session });
  }

  /** Sends QUIT on each. */
  end(): void {
    for (const { session } of this.#waiting.splice(0)) session.quit();
  }
}

/** A session is reused only for the server and login that it was opened for. */
function keyOf({ host, port, security, user, password }: MailServer): string {
  return JSON.stringify([host, port, security, user, password]);
}
