/** What becomes of a message that was not sent, by what is known of the failure. */

import { type ErrorCode, MailError, unexpectedError } from '../errors.js';

/** Where a message goes in the end; `later`: back to where it waits. */
export type Outcome = 'sent' | 'refused' | 'unknown' | 'later';

/** A failure, and what follows from it. */
export interface Failure {
  readonly outcome: Exclude<Outcome, 'sent'>;
  readonly error: MailError;
  /**
   * Whom it concerns: this message alone, so that the others can go; every message; or perhaps every one, which shows
   * if it happens again.
   */
  readonly concerns: 'this' | 'all' | 'perhaps-all';
}

/** Said of a message only, wherever it is said. */
const OF_THE_MESSAGE: ReadonlySet<ErrorCode> = new Set([
  'invalid-message',
  'invalid-recipient',
  'message-too-large',
]);

/** Over in a moment, or met by one message alone. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'network',
  'google-unavailable',
  'site-busy',
  'storage',
  'internal',
]);

/**
 * Only what an answer says of this message refuses it. What was handed over and got no clear answer is unknown,
 * whatever it was: putting it back could send it twice.
 *
 * @param wasHandedOver whether its first byte may have left at this try
 */
export function failureOf(thrown: unknown, wasHandedOver: boolean): Failure {
  const isOurs = thrown instanceof MailError;
  const error = isOurs ? thrown : unexpectedError(thrown);
  const { code, details } = error;
  if (details.sent === 'partly') return { outcome: 'refused', error, concerns: 'this' };
  const isClear = details.sent === 'no' || code === 'interrupted';
  if (code === 'delivery-unknown' || details.sent === 'unknown' || (wasHandedOver && !isClear)) {
    return {
      outcome: 'unknown',
      error: isOurs ? error : unknownFate(error),
      concerns: 'perhaps-all',
    };
  }
  // A fault of this program, before anything left: met by a message that is not like others.
  if (!isOurs) return { outcome: 'later', error, concerns: 'this' };
  if (OF_THE_MESSAGE.has(code)) return { outcome: 'refused', error, concerns: 'this' };
  switch (details.refusedAt) {
    case 'recipient':
      return { outcome: 'later', error, concerns: 'this' };
    case 'sender':
    case 'account':
      // Messages may have different senders; and an account is known by the server's words alone.
      return { outcome: 'later', error, concerns: 'perhaps-all' };
    case 'log-in':
      return { outcome: 'later', error, concerns: 'all' };
  }
  if (code === 'smtp-refused') return { outcome: 'refused', error, concerns: 'this' };
  return { outcome: 'later', error, concerns: PASSING.has(code) ? 'perhaps-all' : 'all' };
}

function unknownFate({ message, hint }: MailError): MailError {
  return new MailError('delivery-unknown', message, hint, { sent: 'unknown' });
}
