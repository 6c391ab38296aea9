/** What is said whenever something failed and this is true. */

import type { Site } from './site.js';

/** The sentence that a worried practice manager looks for first. */
const SMTP_UNTOUCHED = 'Your SMTP settings are untouched.';

/** The sentence, if the site has SMTP settings to be untouched. */
export function reassurance(site: Pick<Site, 'smtp'> | null): string | null {
  return site?.smtp == null ? null : SMTP_UNTOUCHED;
}
