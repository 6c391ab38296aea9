/** The row of a failure that no other row knows: Google's own reason and words are all there is. */
import type { GoogleFailure, GoogleOperation } from '../failure.js';
import type { CatalogueEntry } from './entry.js';
import { CHECK_SENT_FOLDER } from './words.js';

const DOING: Readonly<Record<GoogleOperation, string>> = {
  discover: 'looking up how to sign in with Google',
  authorize: 'asking Google for the permission to send',
  'exchange-code': 'finishing the sign-in with Google',
  refresh: 'renewing the connection to Google',
  revoke: 'ending the permission at Google',
  keys: 'checking who signed in',
  send: 'sending a message through Gmail',
};

const TELL_SUPPORT = 'Please tell WriteUpp support, with this message.';

/**
 * A refusal with an HTTP status was Google's decision. A send without one has an unknown fate, since
 * nothing proves that the message did not leave.
 */
export function unknownEntry(failure: GoogleFailure): CatalogueEntry {
  const refused = failure.status !== undefined || failure.error !== undefined;
  if (failure.operation === 'send' && !refused) return SEND_UNKNOWN;
  const doing = DOING[failure.operation];
  return {
    id: 'unknown',
    googleSays: 'anything else',
    match: [],
    code: 'internal',
    what: refused
      ? `Google refused while this program was ${doing}, for a reason that it does not know.`
      : `Something unexpected happened while this program was ${doing}.`,
    who: 'writeupp-support',
    hint: [TELL_SUPPORT],
  };
}

const SEND_UNKNOWN: CatalogueEntry = {
  id: 'send-unknown',
  googleSays: 'no answer that can be read, while sending',
  match: [],
  code: 'delivery-unknown',
  what: 'Something unexpected happened while sending, so it is not known whether the message was sent.',
  who: 'you',
  hint: [CHECK_SENT_FOLDER, TELL_SUPPORT],
  sent: 'unknown',
};
