/** Hands one message to a mail server by SMTP, once. */

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted } from '../../errors.js';
import { inAscii, isEightBit } from '../message/eight-bit.js';
import { piecesOf, type RawMessage } from '../message/raw-message.js';
import { refusal } from '../message/refusal.js';
import {
  answeredEarly,
  explainSmtpDelivery,
  partlyRefused,
  type SmtpStage,
} from './explain-smtp.js';
import type { Envelope, MailServer } from './mail-server.js';
import { isBroken } from './read-smtp-failure.js';
import type { HandedOver, ServerOffers, SmtpSession } from './smtp-session.js';
import { SmtpSessions } from './smtp-sessions.js';

/** The message is handed over in pieces of this size, so that we know whether its end went out. */
const PIECE_BYTES = 65_536;

/**
 * The end of the message goes out this long after the rest, in milliseconds, which exposes a server that accepts the
 * message before it can have all of it.
 */
const BEFORE_END_MS = 10;

const NUL = 0x00;

/**
 * Sends a message. The server's certificate is verified; with `starttls`, nothing is sent without STARTTLS.
 * The message is sent once: if the reply is lost after its end went out, nobody knows whether the server
 * accepted it.
 *
 * @param message with CRLF line ends; it goes out byte for byte (with dot-stuffing), except to a server that accepts
 *   ASCII only
 * @param sessions connections to reuse; without them, one is opened and closed
 * @param handOver awaited when the server asks for the message, before its first byte leaves
 * @throws MailError `delivery-unknown`, `smtp-refused`, `rate-limited`, `daily-limit`, `message-too-large`,
 *   `network`, `invalid-message`, `invalid-recipient`, `interrupted` (then nothing was sent)
 */
export async function deliverBySmtp(
  server: MailServer,
  envelope: Envelope,
  message: RawMessage,
  signal: AbortSignal,
  sessions?: SmtpSessions,
  handOver?: () => Promise<void>,
): Promise<void> {
  if (signal.aborted) throw interrupted();
  if (message.rest.includes(NUL)) throw hasNul();
  const own = sessions ?? new SmtpSessions();
  try {
    await deliverOver(own.take(server), server, envelope, message, signal, own, handOver);
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
  handOver?: () => Promise<void>,
): Promise<void> {
  const wasUsed = session.taken > 0;
  let stage: SmtpStage = session.stage === 'ready' ? 'envelope' : 'connect';
  const isWhole = () => stage === 'end';
  let taken: HandedOver;
  try {
    if (session.stage !== 'ready') await session.open(server.password, signal);
    stage = 'envelope';
    requirePlainAddresses(envelope, session.offers, server);
    const ready = session.offers.eightBit ? message : inAscii(message, server.host);
    const pieces = piecesOf(ready);
    const inTurn = inPieces(pieces, () => {
      stage = 'end';
    });
    const source = Readable.from(handOver === undefined ? inTurn : after(handOver, inTurn), {
      objectMode: false,
    });
    const size = pieces.reduce((total, { length }) => total + length, 0);
    const use8BitMime = session.offers.eightBit && isEightBit(message);
    taken = await session.send({ ...envelope, size, use8BitMime }, source, signal);
  } catch (error) {
    session.quit();
    // Servers close long-used connections: before the end of the message, it is safe to try a new one.
    const mayTryAgain = wasUsed && stage === 'envelope' && isBroken(error) && !signal.aborted;
    if (mayTryAgain) {
      const fresh = sessions.fresh(server);
      return deliverOver(fresh, server, envelope, message, signal, sessions, handOver);
    }
    const at = stage === 'connect' && session.stage === 'login' ? 'login' : stage;
    throw explainSmtpDelivery(error, at, server, envelope);
  }
  if (!isWhole()) {
    // A reply to the rest would no longer belong to any command.
    session.close();
    throw answeredEarly(server);
  }
  sessions.give(server, session);
  const refused = taken.rejected.map(String);
  if (refused.length > 0) throw partlyRefused(server, refused, taken.rejectedErrors ?? []);
}

/** @param atEnd called before the line that ends the message goes out: from then on the server may have it whole */
async function* inPieces(pieces: readonly Buffer[], atEnd: () => void): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += PIECE_BYTES) {
      yield piece.subarray(start, start + PIECE_BYTES);
    }
  }
  await sleep(BEFORE_END_MS);
  atEnd();
}

/** Nothing reads the pieces until the server has asked for them (354). */
async function* after(first: () => Promise<void>, pieces: AsyncIterable<Buffer>) {
  await first();
  yield* pieces;
}

/** RFC 6531 3.3: a server without SMTPUTF8 must not be given an address beyond ASCII. */
function requirePlainAddresses(
  { from, to }: Envelope,
  { internationalAddresses }: ServerOffers,
  { host }: MailServer,
): void {
  const wide = [from, ...to].find((address) => /\P{ASCII}/u.test(address));
  if (internationalAddresses || wide === undefined) return;
  throw refusal(
    'invalid-recipient',
    `The email server ${host} does not accept addresses with letters such as those in ${wide} (it offers no SMTPUTF8).`,
    'Ask for an address with letters from a to z alone, or the people who run that email server for SMTPUTF8.',
  );
}

function hasNul(): Error {
  return refusal(
    'invalid-message',
    'The message has a NUL character in its body, which mail servers do not take (RFC 5321 4.5.2).',
    'It may be a file that was put into the message as it is: attach it encoded (base64).',
  );
}
