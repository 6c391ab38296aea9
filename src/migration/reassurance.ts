/** What is said whenever it is true and something failed. */

import { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';

/** The sentence that a worried practice manager looks for first. */
export const SMTP_UNTOUCHED = 'Your SMTP settings are untouched.';

/** The sentence, if the site has SMTP settings to be untouched. */
export function reassurance(site: Pick<Site, 'smtp'> | null): string | null {
  return site?.smtp == null ? null : SMTP_UNTOUCHED;
}

/** The same error, with the reassurance before its hint. */
export function withReassurance(error: MailError, sentence: string | null): MailError {
  if (sentence === null || error.hint.startsWith(sentence)) return error;
  return new MailError(error.code, error.message, `${sentence}\n${error.hint}`, error.details);
}
