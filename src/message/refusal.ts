/** The error of a message that is refused on this computer: nothing has left it. */

import { type ErrorCode, MailError } from '../errors.js';

/** @param hint what to do, one idea a line */
export function refusal(code: ErrorCode, message: string, hint: string): MailError {
  return new MailError(code, message, `Nothing was sent.\n${hint}`, { sent: 'no' });
}
