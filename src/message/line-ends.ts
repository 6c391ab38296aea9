/** Line ends as email needs them: CRLF everywhere. */

import { refusal } from './refusal.js';

const CR = 0x0d;
const LF = 0x0a;

/** Takes a message piece by piece and keeps it with CRLF line ends. */
export interface CrlfKeeper {
  /** False once the message does not fit any more. */
  take(piece: Buffer): boolean;
  /** The whole message. @throws MailError `invalid-message` */
  end(): Buffer;
}

/**
 * Keeps a message with CRLF line ends. RFC 5322 2.3 and RFC 5321 2.3.8 allow CR and LF only together, and Unix
 * programs pipe LF alone; MIME signatures are made over the CRLF form (RFC 8551 3.1.1, RFC 3156 5), so they
 * stay valid. A message that has CRLF already is kept as it is, not a byte changed.
 *
 * CR alone is a line end too, as in messages from old Macs. In the header of a message that has other line
 * ends it is refused: programs differ in whether it ends the line, so it could hide a header field.
 *
 * @param maxBytes how long the message may be with its new line ends
 */
export function crlfKeeper(maxBytes: number): CrlfKeeper {
  // One buffer for the largest message: the system gives memory only for the part that is written to, and
  // gathering pieces first, or changing line ends afterwards, would need the memory twice. The few bytes
  // more are for the last piece's last line end.
  const kept = Buffer.allocUnsafe(maxBytes + 2);
  let length = 0;
  let afterCr = false;
  let hasLf = false;
  /** Characters of the line so far; a line that ends with LF and has none ends the header. */
  let lineLength = 0;
  let isHeader = true;
  let hidesHeader = false;

  const bareCr = () => {
    kept[length++] = LF;
    lineLength += 1;
    if (isHeader) hidesHeader = true;
  };

  return {
    take(piece) {
      for (let index = 0; index < piece.length; index += 1) {
        if (length > maxBytes) return false;
        const byte = piece[index] as number;
        if (byte === LF) {
          if (!afterCr) kept[length++] = CR;
          if (lineLength === 0) isHeader = false;
          lineLength = 0;
          hasLf = true;
        } else {
          if (afterCr) bareCr();
          if (byte !== CR) lineLength += 1;
        }
        kept[length++] = byte;
        afterCr = byte === CR;
      }
      return length <= maxBytes;
    },
    end() {
      if (afterCr) bareCr();
      if (hasLf && hidesHeader) throw hiddenHeader();
      return kept.subarray(0, length);
    },
  };
}

function hiddenHeader(): Error {
  return refusal(
    'invalid-message',
    'The header of the message has a carriage return (CR) inside a line, which could hide a header line.',
    'Whoever looks after the program that wrote the message can mend this: lines must end with CRLF or LF.',
  );
}
