/** Line ends as email needs them: CRLF everywhere. */

import { refusal } from './refusal.js';

const CR = 0x0d;
const LF = 0x0a;

/** Takes a message piece by piece and stores it with CRLF line ends. */
export interface CrlfKeeper {
  /** False once the message no longer fits. */
  take(piece: Buffer): boolean;
  /** The whole message. @throws MailError `invalid-message` */
  end(): Buffer;
}

/**
 * Stores a message with CRLF line ends. RFC 5322 2.3 and RFC 5321 2.3.8 allow CR and LF only together, and Unix
 * programs pipe LF alone; MIME signatures are made over the CRLF form (RFC 8551 3.1.1, RFC 3156 5), so they
 * stay valid. A message that already has CRLF is not changed by a byte.
 *
 * CR alone is a line end too, as in messages from old Macs. In the header of a message that has other line
 * ends it is refused: programs differ on whether it ends the line, so it could hide a header field.
 *
 * @param maxBytes the maximum length with the new line ends
 */
export function crlfKeeper(maxBytes: number): CrlfKeeper {
  // One buffer for the largest message: the system commits memory only for the part that is written to, and
  // collecting pieces first, or converting line ends afterwards, would need the memory twice. The two extra
  // bytes are for the line end of the last piece.
  const kept = Buffer.allocUnsafe(maxBytes + 2);
  let length = 0;
  let afterCr = false;
  let hasLf = false;
  /** The number of characters in the line so far: an LF after zero ends the header. */
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
      const message = kept.subarray(0, length);
      // Before the line ends are checked: in UTF-16 each has a NUL in it.
      if (isUtf16(message)) throw inUtf16();
      if (hasLf && hidesHeader) throw hiddenHeader();
      return message;
    },
  };
}

function hiddenHeader(): Error {
  return refusal(
    'invalid-message',
    'The header of the message has a carriage return (CR) inside a line, which could hide a header line.',
    'The maker of the program that wrote the message can fix this: lines must end with CRLF or LF.',
  );
}

/** Whether a text starts like UTF-16: with its byte order mark, or with letters that are each paired with a NUL. */
function isUtf16(text: Buffer): boolean {
  const [first, second, third, fourth] = text;
  if (first === 0xff || first === 0xfe) return first + (second ?? 0) === 0xff + 0xfe;
  if (!first) return first === 0 && !!second && third === 0 && !!fourth;
  return second === 0 && !!third && fourth === 0;
}

function inUtf16(): Error {
  return refusal(
    'invalid-message',
    'The message is written in UTF-16 (two bytes for each letter), and email is not.',
    'Save it as UTF-8. In Windows PowerShell, > and Out-File write UTF-16 unless you ask for UTF-8: … | Out-File -Encoding utf8 message.eml',
  );
}
