/** Exit codes from sysexits.h, by which mail servers decide whether to keep a message, bounce it, or finish. */

import type { ErrorCode, MailError } from '../errors.js';

const EX_USAGE = 64;
const EX_DATAERR = 65;
export const EX_UNAVAILABLE = 69;
const EX_SOFTWARE = 70;
const EX_IOERR = 74;
export const EX_TEMPFAIL = 75;

/**
 * Errors that retrying the same call can't fix. Everything else is retried later, even if a person must act first, such
 * as a sign-in or the settings of a site, since a message that waits is better than one that is lost.
 */
const FINAL: Partial<Record<ErrorCode, number>> = {
  usage: EX_USAGE,
  'no-such-site': EX_USAGE,
  'not-interactive': EX_USAGE,
  'invalid-message': EX_DATAERR,
  'invalid-recipient': EX_DATAERR,
  'message-too-large': EX_DATAERR,
  'smtp-refused': EX_UNAVAILABLE,
  internal: EX_SOFTWARE,
  // A retry could send it twice: the caller bounces it, and the message says so.
  'delivery-unknown': EX_IOERR,
};

/**
 * The exit code for an error under the name `sendmail`.
 *
 * @param namesSite whether the call itself names the site, rather than the environment or nothing at all
 */
export function sysexitOf({ code, details }: MailError, namesSite: boolean): number {
  // The message is not at fault: once the password, the sender or the account is right, it can be sent.
  if (code === 'smtp-refused' && details.refusedAt !== undefined) return EX_TEMPFAIL;
  // WriteUpp must act first: until the switch, a message of this site waits.
  if (code === 'usage' && details.sent === 'no') return EX_TEMPFAIL;
  // Google refused for an unknown reason; this is not a fault of this program.
  if (code === 'internal' && details.sent === 'no') return EX_TEMPFAIL;
  // Which sites exist is a matter of this computer's settings, not a fault of the call: no message is lost over it.
  if (details.sites !== undefined && !namesSite) return EX_TEMPFAIL;
  return FINAL[code] ?? EX_TEMPFAIL;
}
