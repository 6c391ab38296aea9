/** The error for a message that is refused on this computer, so nothing has left it. */

import { type ErrorCode, MailError } from '../../errors.js';

/** @param hint what to do, one idea per line */
export function refusal(code: ErrorCode, message: string, hint: string): MailError {
  return new MailError(code, message, `Nothing was sent.\n${hint}`, { sent: 'no' });
}
