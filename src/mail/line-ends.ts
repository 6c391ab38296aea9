/** Line ends as email needs them: CRLF everywhere. */

import { refusal } from './refusal.js';

const CR = 0x0d;
const LF = 0x0a;

/**
 * The message with CRLF line ends. RFC 5322 2.3 and RFC 5321 2.3.8 allow CR and LF only together, and Unix
 * programs pipe LF alone; MIME signatures are made over the CRLF form (RFC 8551 3.1.1, RFC 3156 5), so they
 * stay valid. A message that has CRLF already is given back as it is, not a byte changed.
 *
 * CR alone is a line end too, as in messages from old Macs. In the header of a message that has other line
 * ends it is refused: programs differ in whether it ends the line, so it could hide a header field.
 *
 * @throws MailError `invalid-message`
 */
export function withCrlf(message: Buffer): Buffer {
  if (message.includes(LF)) refuseBareCrInHeader(message);
  const missing = countMissing(message);
  if (missing === 0) return message;
  const result = Buffer.allocUnsafe(message.length + missing);
  let at = 0;
  for (let index = 0; index < message.length; index += 1) {
    const byte = message[index] as number;
    if (byte === LF && message[index - 1] !== CR) {
      result[at++] = CR;
    }
    result[at++] = byte;
    if (byte === CR && message[index + 1] !== LF) {
      result[at++] = LF;
    }
  }
  return result;
}

/** How many bytes the CRLF form is longer by. */
function countMissing(message: Buffer): number {
  let missing = 0;
  for (let index = 0; index < message.length; index += 1) {
    const byte = message[index];
    if (byte === LF && message[index - 1] !== CR) missing += 1;
    else if (byte === CR && message[index + 1] !== LF) missing += 1;
  }
  return missing;
}

function refuseBareCrInHeader(message: Buffer): void {
  for (let start = 0; start < message.length; ) {
    const lf = message.indexOf(LF, start);
    const next = lf === -1 ? message.length : lf + 1;
    const line = message.subarray(start, lf === -1 ? next : lf);
    const text = line.at(-1) === CR ? line.subarray(0, -1) : line;
    if (text.length === 0) return;
    if (text.includes(CR)) {
      throw refusal(
        'invalid-message',
        'The header of the message has a carriage return (CR) inside a line, which could hide a header line.',
        'Whoever looks after the program that wrote the message can mend this: lines must end with CRLF or LF.',
      );
    }
    start = next;
  }
}
