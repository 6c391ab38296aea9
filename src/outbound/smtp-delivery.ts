/** Hands one message to a mail server by SMTP, once. */

import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { interrupted } from '../errors.js';
import type { Envelope, MailServer } from './mail-server.js';
import { explainSmtpFailure, partlyRefused, type SmtpStage } from './smtp-failure.js';
import { smtpOptions } from './smtp-options.js';

/**
 * How long the server may be silent, in milliseconds: RFC 5321 4.5.3.2.6 asks for ten minutes after the end of
 * a message, since giving up earlier leaves it unknown whether it was sent.
 */
const IDLE_MS = 600_000;

/** How long a server may take to part after QUIT, in milliseconds: the message's fate is known by then. */
const PARTING_MS = 250;

/** The message is handed over in pieces of this size, so that it is known whether its end went out. */
const PIECE_BYTES = 65_536;

/**
 * Sends a message. The server's certificate is verified; `starttls` means that without STARTTLS nothing is
 * sent. The message is sent once: where the answer is lost after its end went out, nobody knows whether the
 * server took it.
 *
 * @param pieces the message with CRLF line ends; it goes out byte for byte (dots are stuffed on the way)
 * @throws MailError `delivery-unknown`, `smtp-refused`, `rate-limited`, `daily-limit`, `message-too-large`,
 *   `network`, `interrupted` (then nothing was sent)
 */
export async function deliverBySmtp(
  server: MailServer,
  envelope: Envelope,
  pieces: readonly Buffer[],
  signal: AbortSignal,
  idleMs = IDLE_MS,
): Promise<void> {
  if (signal.aborted) throw interrupted();
  const connection = connectionTo(server, idleMs);
  let stage: SmtpStage = 'connect';
  // Errors of the socket are events; without this, the steps below would wait for ever.
  const broken = new Promise<never>((_resolve, reject) => connection.once('error', reject));
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(interrupted()), { once: true });
  });
  const orBroken = <T>(step: Promise<T>) => Promise.race([step, broken, stopped]);
  for (const promise of [broken, stopped]) promise.catch(() => undefined);
  // What goes wrong after the outcome is known changes nothing.
  connection.on('error', () => undefined);

  try {
    await orBroken(settled((done) => connection.connect(done)));
    const { user, password } = server;
    if (user !== null && password !== null) {
      stage = 'login';
      await orBroken(
        settled((done) => connection.login({ credentials: { user, pass: password } }, done)),
      );
    }
    stage = 'envelope';
    const { to } = envelope;
    const fullEnvelope = {
      from: envelope.from,
      to: [...to],
      size: pieces.reduce((total, { length }) => total + length, 0),
      use8BitMime: pieces.some(hasHighBit),
    };
    const source = Readable.from(
      inPieces(pieces, () => {
        stage = 'end';
      }),
      { objectMode: false },
    );
    const info = await orBroken(
      settled<SendInfo>((done) => connection.send(fullEnvelope, source, done)),
    );
    connection.quit();
    const refused = info.rejected.map(String);
    if (refused.length > 0) {
      throw partlyRefused(server, refused, info.rejectedErrors ?? []);
    }
  } catch (error) {
    throw explainSmtpFailure(error, stage, server, envelope);
  } finally {
    connection.close();
  }
}

interface SendInfo {
  readonly rejected: readonly unknown[];
  readonly rejectedErrors?: readonly unknown[] | undefined;
}

function connectionTo(server: MailServer, idleMs: number): SMTPConnection {
  return new SMTPConnection({
    ...smtpOptions(server, null),
    socketTimeout: idleMs,
    socketCloseTimeout: PARTING_MS,
    logger: false,
  });
}

type Done<T> = (error?: Error | null, value?: T) => void;

/** A promise of a function that calls back. */
function settled<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)));
  });
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

/** RFC 6152: such a message is announced as 8BITMIME where the server knows it. */
function hasHighBit(bytes: Buffer): boolean {
  return bytes.some((byte) => byte > 0x7f);
}
