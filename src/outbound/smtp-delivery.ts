/** Hands one message to a mail server by SMTP, once. */

import { Readable } from 'node:stream';
import { interrupted } from '../errors.js';
import { inAscii, isEightBit } from '../message/eight-bit.js';
import { piecesOf, type RawMessage } from '../message/raw-message.js';
import { refusal } from '../message/refusal.js';
import type { Envelope, MailServer } from './mail-server.js';
import { explainSmtpFailure, isBroken, partlyRefused, type SmtpStage } from './smtp-failure.js';
import type { HandedOver, ServerOffers, SmtpSession } from './smtp-session.js';
import { SmtpSessions } from './smtp-sessions.js';

/** The message is handed over in pieces of this size, so that it is known whether its end went out. */
const PIECE_BYTES = 65_536;

const NUL = 0x00;

/**
 * Sends a message. The server's certificate is verified; `starttls` means that without STARTTLS nothing is
 * sent. The message is sent once: where the answer is lost after its end went out, nobody knows whether the
 * server took it.
 *
 * @param message with CRLF line ends; it goes out byte for byte (dots are stuffed on the way), but to a server that
 *   takes ASCII alone
 * @param sessions connections to use again; without them, one is opened and closed
 * @throws MailError `delivery-unknown`, `smtp-refused`, `rate-limited`, `daily-limit`, `message-too-large`,
 *   `network`, `invalid-message`, `invalid-recipient`, `interrupted` (then nothing was sent)
 */
export async function deliverBySmtp(
  server: MailServer,
  envelope: Envelope,
  message: RawMessage,
  signal: AbortSignal,
  sessions?: SmtpSessions,
): Promise<void> {
  if (signal.aborted) throw interrupted();
  if (message.rest.includes(NUL)) throw hasNul();
  const own = sessions ?? new SmtpSessions();
  try {
    await deliverOver(own.take(server), server, envelope, message, signal, own);
  } finally {
    if (sessions === undefined) own.end();
  }
}

async function deliverOver(
  session: SmtpSession,
  server: MailServer,
  envelope: Envelope,
  message: RawMessage,
  signal: AbortSignal,
  sessions: SmtpSessions,
): Promise<void> {
  const wasUsed = session.taken > 0;
  let stage: SmtpStage = session.stage === 'ready' ? 'envelope' : 'connect';
  let taken: HandedOver;
  try {
    if (session.stage !== 'ready') await session.open(server.password, signal);
    stage = 'envelope';
    requirePlainAddresses(envelope, session.offers, server);
    const ready = session.offers.eightBit ? message : inAscii(message, server.host);
    const pieces = piecesOf(ready);
    const source = Readable.from(
      inPieces(pieces, () => {
        stage = 'end';
      }),
      { objectMode: false },
    );
    const size = pieces.reduce((total, { length }) => total + length, 0);
    const use8BitMime = isEightBit(ready);
    taken = await session.send({ ...envelope, size, use8BitMime }, source, signal);
  } catch (error) {
    session.quit();
    // Servers close connections that were used for long: before the message's end, another one is safe to try.
    const mayTryAgain = wasUsed && stage === 'envelope' && isBroken(error) && !signal.aborted;
    if (mayTryAgain) {
      return deliverOver(sessions.fresh(server), server, envelope, message, signal, sessions);
    }
    const at = stage === 'connect' && session.stage === 'login' ? 'login' : stage;
    throw explainSmtpFailure(error, at, server, envelope);
  }
  sessions.give(server, session);
  const refused = taken.rejected.map(String);
  if (refused.length > 0) throw partlyRefused(server, refused, taken.rejectedErrors ?? []);
}

/** @param atEnd called before the line that ends the message goes out: from then on the server may have it whole */
function* inPieces(pieces: readonly Buffer[], atEnd: () => void): Generator<Buffer> {
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += PIECE_BYTES) {
      yield piece.subarray(start, start + PIECE_BYTES);
    }
  }
  atEnd();
}

/** RFC 6531 3.3: to a server without SMTPUTF8, no address beyond ASCII may be named. */
function requirePlainAddresses(
  { from, to }: Envelope,
  { internationalAddresses }: ServerOffers,
  { host }: MailServer,
): void {
  const wide = [from, ...to].find((address) => /\P{ASCII}/u.test(address));
  if (internationalAddresses || wide === undefined) return;
  throw refusal(
    'invalid-recipient',
    `The email server ${host} takes no address with letters such as those in ${wide} (it offers no SMTPUTF8).`,
    'Ask for an address with letters from a to z alone, or whoever runs that email server for SMTPUTF8.',
  );
}

function hasNul(): Error {
  return refusal(
    'invalid-message',
    'The message has a NUL character in its body, which mail servers do not take (RFC 5321 4.5.2).',
    'It may be a file that was put into the message as it is: attach it encoded (base64).',
  );
}
