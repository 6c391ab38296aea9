/** What becomes of a message that was not sent, judged by its failure. */

import { type ErrorCode, MailError, unexpectedError } from '../errors.js';

/** Where a message ends up; `later` is back in `new`. */
export type Outcome = 'sent' | 'refused' | 'unknown' | 'later';

/** A failure, and what follows from it. */
export interface Failure {
  readonly outcome: Exclude<Outcome, 'sent'>;
  readonly error: MailError;
  /**
   * Which messages it concerns: this one alone, so that the others can go; every one; or perhaps every one, which shows
   * if it happens again.
   */
  readonly concerns: 'this' | 'all' | 'perhaps-all';
}

/** Always about the message itself. */
const OF_THE_MESSAGE: ReadonlySet<ErrorCode> = new Set([
  'invalid-message',
  'invalid-recipient',
  'message-too-large',
]);

/** These may be over in a moment, or concern one message alone. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'network',
  'google-unavailable',
  'site-busy',
  'storage',
  'internal',
]);

/**
 * A message is refused only if an answer says so of this very message. One that was handed over and got no clear answer
 * is unknown, whatever went wrong: putting it back could send it twice.
 *
 * @param wasHandedOver whether its first byte may have left on this attempt
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
  // A fault in this program, before anything left: something unusual in this message brought it out.
  if (!isOurs) return { outcome: 'later', error, concerns: 'this' };
  if (OF_THE_MESSAGE.has(code)) return { outcome: 'refused', error, concerns: 'this' };
  switch (details.refusedAt) {
    case 'recipient':
      return { outcome: 'later', error, concerns: 'this' };
    case 'sender':
    case 'account':
      // Messages may have different senders; and only the server's wording says that it is the account.
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
