/** Exit codes of sysexits.h, by which mail servers decide whether they keep a message, bounce it, or are done. */

import type { ErrorCode, MailError } from '../errors.js';

const EX_USAGE = 64;
const EX_DATAERR = 65;
const EX_UNAVAILABLE = 69;
const EX_SOFTWARE = 70;
const EX_IOERR = 74;
const EX_TEMPFAIL = 75;

/**
 * What a later try of the same call can't mend. Everything else is for a later try: also what a person has to put
 * right first, such as a sign-in or the settings of a site, since a message that waits is better than one that is lost.
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
  // A later try could send it twice: the caller bounces it, and the words say so.
  'delivery-unknown': EX_IOERR,
};

/** The exit code that an error has under the name `sendmail`. */
export function sysexitOf({ code, details }: MailError): number {
  // The password, not the message: once it is right, the message can go.
  if (details.refusedAt === 'log-in') return EX_TEMPFAIL;
  return FINAL[code] ?? EX_TEMPFAIL;
}
