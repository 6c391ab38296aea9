/** Connections to mail servers that are kept open from one message to the next. */

import type { MailServer } from './mail-server.js';
import { SmtpSession } from './smtp-session.js';

/**
 * How long the server may be silent, in milliseconds: RFC 5321 4.5.3.2.6 asks for ten minutes after the end of
 * a message, since giving up earlier leaves it unknown whether it was sent.
 */
const IDLE_MS = 600_000;

/** Sessions that wait for their next message. */
export class SmtpSessions {
  readonly #waiting: { readonly key: string; readonly session: SmtpSession }[] = [];

  constructor(private readonly idleMs = IDLE_MS) {}

  /** One that waits, or a new one, which is not open yet. */
  take(server: MailServer): SmtpSession {
    const key = keyOf(server);
    const at = this.#waiting.findIndex((one) => one.key === key && one.session.isOpen);
    const [found] = at === -1 ? [] : this.#waiting.splice(at, 1);
    return found?.session ?? this.fresh(server);
  }

  /** A new one. */
  fresh(server: MailServer): SmtpSession {
    return new SmtpSession(server, this.idleMs);
  }

  /** Keeps a session for the next message. */
  give(server: MailServer, session: SmtpSession): void {
    this.#waiting.push({ key: keyOf(server), session });
  }

  /** Says goodbye on each. */
  end(): void {
    for (const { session } of this.#waiting.splice(0)) session.quit();
  }
}

/** A session is for the very server and log in that it was opened for. */
function keyOf({ host, port, security, user, password }: MailServer): string {
  return JSON.stringify([host, port, security, user, password]);
}
