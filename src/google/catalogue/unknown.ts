/** The row for a failure that no other row recognises: all we have is Google's own reason and words. */
import type { GoogleFailure, GoogleOperation } from '../failure.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { CHECK_SENT_FOLDER } from './words.js';

const DOING: Readonly<Record<GoogleOperation, string>> = {
  discover: 'looking up how to sign in with Google',
  authorize: 'asking Google for the permission to send',
  'exchange-code': 'finishing the sign-in with Google',
  refresh: 'renewing the connection to Google',
  revoke: 'ending the permission at Google',
  keys: 'checking who signed in',
  delegate: 'asking for the service account’s permission to send',
  'sign-jwt': 'asking Google to sign for the service account',
  'application-default': 'signing in to Google Cloud by the Application Default Credentials',
  send: 'sending a message through Gmail',
};

const TELL_SUPPORT = 'Please tell WriteUpp support, with this message.';

/**
 * A refusal in Google's own form is Google's decision. Without one, the outcome of a send is unknown, since nothing
 * proves that the message did not leave: a gateway that times out responds with 404, 409, 421, 425 or 499 and its own
 * page, even if Google goes on to send the message.
 */
export function unknownEntry(failure: GoogleFailure): CatalogueEntry {
  const answered = failure.status !== undefined || failure.error !== undefined;
  const refused = answered && failure.foreign !== true;
  if (failure.operation === 'send' && !refused && !failure.beforeSending) return SEND_UNKNOWN;
  if (answered && !refused) return FOREIGN_ANSWER;
  const doing = DOING[failure.operation];
  return {
    id: 'unknown',
    googleSays: 'anything else',
    when: () => true,
    code: 'internal',
    what: refused
      ? `Google refused while this program was ${doing}, for a reason that it does not know.`
      : `Something unexpected happened while this program was ${doing}.`,
    who: 'writeupp-support',
    hint: [TELL_SUPPORT],
  };
}

const FOREIGN_ANSWER: CatalogueEntry = {
  id: 'foreign-answer',
  googleSays: 'an answer in no form that Google writes',
  when: () => true,
  code: 'network',
  what: 'Something between this computer and Google answered in Google’s place.',
  who: 'you',
  hint: [
    'A web proxy, a firewall or the welcome page of a guest Wi-Fi does this.',
    'Try again in a few minutes. If it goes on, use another network, or ask your IT support.',
  ],
};

const SEND_UNKNOWN: CatalogueEntry = {
  id: 'send-unknown',
  googleSays: 'no answer that can be read, while sending',
  when: () => true,
  code: 'delivery-unknown',
  what: 'Something unexpected happened while sending, so it is not known whether the message was sent.',
  who: 'you',
  hint: [CHECK_SENT_FOLDER, TELL_SUPPORT],
  sent: 'unknown',
};
