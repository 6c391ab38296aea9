/** Keeps long lines whole in the Gmail API, which reportedly breaks them (FlowCrypt/flowcrypt-browser#2135). */

import { isAscii, isUtf8 } from 'node:buffer';
import { fieldsNamed, type RawMessage } from './raw-message.js';
import { bodyOf, encoded, isPlain, isPlainText, LINE_LENGTH } from './transfer-encoding.js';

const LF = 0x0a;

/** In bytes: encoding takes memory, and anything longer is a file, not a letter. */
const BODY_MAX = 5_000_000;

/**
 * The message, with its text as quoted-printable where that keeps lines of over 76 characters whole. Signed text
 * stays as it is, and so does text in an unknown charset.
 */
export function withLongLinesKept(message: RawMessage): RawMessage {
  const body = bodyOf(message);
  const mayChange = isPlain(message) && isPlainText(message) && !isSigned(message, body);
  if (!mayChange || body.length > BODY_MAX || !hasLongLine(body)) return message;
  const isNamed = fieldsNamed(message, 'content-type').length > 0;
  return isNamed || isUtf8(body) ? encoded(message) : message;
}

/** By DKIM (RFC 6376) or OpenPGP (RFC 9580 7); signatures in parts are never touched. */
function isSigned(message: RawMessage, body: Buffer): boolean {
  return fieldsNamed(message, 'dkim-signature').length > 0 || body.includes('-----BEGIN PGP ');
}

/** Counts one byte per UTF-8 character. */
function hasLongLine(body: Buffer): boolean {
  const isLetters = !isAscii(body) && isUtf8(body);
  let length = 0;
  for (const byte of body) {
    if (byte === LF) length = 0;
    else if (!isLetters || byte < 0x80 || byte >= 0xc0) length += 1;
    // The CR of the line end is counted too, unless the text ends here.
    if (length > LINE_LENGTH + 1) return true;
  }
  return length > LINE_LENGTH;
}
