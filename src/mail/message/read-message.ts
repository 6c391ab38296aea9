/** Reads one message, from standard input or a file of a spool, into bounded memory. */

import type { Readable } from 'node:stream';
import { interrupted, isShortage } from '../../errors.js';
import { crlfKeeper } from './line-ends.js';
import { refusal } from './refusal.js';

/**
 * The largest message that is accepted, in bytes: Gmail's 35 MiB (Gmail API discovery document). The limit holds for
 * every pathway: memory must be bounded, and a larger message could no longer be sent after the switch.
 */
export const MESSAGE_MAX_BYTES = 36_700_160;

/**
 * Reads to the end of the input. A message is refused as soon as it exceeds the limit, and the rest of it is never
 * read. A line with a single dot is part of the message, as with sendmail's `-i`.
 *
 * @param maxBytes counted with CRLF line ends, as the message travels
 * @returns the message with CRLF line ends
 * @throws MailError `message-too-large`, `invalid-message` (empty, or can't be read), `interrupted`
 */
export async function readMessage(
  input: Readable,
  signal: AbortSignal,
  maxBytes = MESSAGE_MAX_BYTES,
): Promise<Buffer> {
  const keeper = crlfKeeper(maxBytes);
  const stop = () => input.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) throw interrupted();
    for await (const piece of input as AsyncIterable<Buffer>) {
      if (!keeper.take(piece)) throw tooLarge(maxBytes);
    }
  } catch (error) {
    throw signal.aborted ? interrupted() : readError(error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  // A stream destroyed just as it ends does not always throw.
  if (signal.aborted) throw interrupted();
  const message = keeper.end();
  if (message.length === 0) throw empty();
  requireSize(message.length, maxBytes);
  return message;
}

/** @throws MailError `message-too-large`: also for a message that only became too large during preparation */
export function requireSize(bytes: number, maxBytes = MESSAGE_MAX_BYTES): void {
  if (bytes > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): Error {
  return refusal(
    'message-too-large',
    `The message is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB (${maxBytes} bytes), the most that Gmail takes.`,
    'Leave out or shrink the attachments. An attachment counts a third more than its file.',
  );
}

function empty(): Error {
  return refusal(
    'invalid-message',
    'The message is empty.',
    'Give a whole message: header lines, an empty line, then the text.',
  );
}

/** Explains a system error, such as EISDIR for a folder; a MailError and a shortage pass through. */
function readError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const isSystemError = error instanceof Error && /^E[A-Z]+$/.test(code ?? '');
  if (!isSystemError || isShortage(error)) return error;
  return refusal(
    'invalid-message',
    `The message could not be read from standard input (${code}).`,
    'Give the message on standard input, for example: writeupp-mail send < message.eml',
  );
}
