/** The catalogue of Google's refusals, in the order in which they are tried. */

import { rowFor } from '../../text/catalogue.js';
import type { GoogleFailure } from '../failure.js';
import { ADMIN_POLICY_ENTRIES } from './admin-policy.js';
import { BUSY_ENTRIES, SEND_OUTCOME_UNKNOWN } from './busy.js';
import type { CatalogueEntry, FailureFacts } from './catalogue-entry.js';
import { SERVICE_ACCOUNT_ENTRIES } from './delegation-refused.js';
import { GMAIL_ACCESS_ENTRIES } from './gmail-access.js';
import { GMAIL_MESSAGE_ENTRIES } from './gmail-message.js';
import { NETWORK_ENTRIES } from './no-connection.js';
import { OAUTH_CLIENT_ENTRIES } from './oauth-client.js';
import { SAVED_PERMISSION_ENTRIES } from './saved-permission.js';
import { SIGN_IN_CODE_ENTRIES } from './sign-in-code.js';
import { SIGN_IN_PAGE_ENTRIES } from './sign-in-page.js';
import { unknownEntry } from './unknown.js';

/**
 * The order matters: a proxy's response before Google's; rows recognised by their words before rows recognised
 * by the same error alone (service accounts before the client and the saved permission); the mailbox before
 * limits, and limits before the general refusals of a message.
 */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...NETWORK_ENTRIES,
  SEND_OUTCOME_UNKNOWN,
  ...SERVICE_ACCOUNT_ENTRIES,
  ...OAUTH_CLIENT_ENTRIES,
  ...ADMIN_POLICY_ENTRIES,
  ...SAVED_PERMISSION_ENTRIES,
  ...SIGN_IN_CODE_ENTRIES,
  ...SIGN_IN_PAGE_ENTRIES,
  ...GMAIL_ACCESS_ENTRIES,
  ...BUSY_ENTRIES,
  ...GMAIL_MESSAGE_ENTRIES,
];

/** The row for a failure, or the one for unknown failures. */
export function catalogueEntry(failure: GoogleFailure, facts: FailureFacts): CatalogueEntry {
  return rowFor(CATALOGUE, failure, facts) ?? unknownEntry(failure);
}
