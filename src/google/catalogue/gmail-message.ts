/** Gmail's refusals of one message: recipient, size, form. */
import type { CatalogueEntry } from './catalogue-entry.js';
import { during } from './match.js';

const OPERATIONS = ['send'] as const;

/** Texts seen in practice; Gmail gives all of them the reason `invalidArgument`. */
export const GMAIL_MESSAGE_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'message-too-large',
    googleSays: 'HTTP 413; Request payload size exceeds the limit',
    when: during(
      OPERATIONS,
      { status: 413 },
      { text: /payload size exceeds|too large|larger than the maximum/i },
    ),
    code: 'message-too-large',
    what: 'Gmail did not take the message, because it is too large.',
    who: 'you',
    hint: [
      'Leave out or shrink the attachments: Gmail takes up to 35 MB in all, and recipients often less.',
    ],
  },
  {
    id: 'message-too-large-page',
    googleSays: 'HTTP 400 with a web page instead of a reason',
    // Seen at 8.5 MB: googleapis/google-api-dotnet-client#804.
    when: during(OPERATIONS, { status: 400, html: true }),
    code: 'message-too-large',
    what: 'Gmail did not take the message and gave no reason; most often it is too large.',
    who: 'you',
    hint: ['Leave out or shrink the attachments, and send it again.'],
  },
  {
    id: 'recipient-missing',
    googleSays: 'invalidArgument: Recipient address required',
    when: during(OPERATIONS, { text: /recipient address required/i }),
    code: 'invalid-recipient',
    what: 'The message has no recipient.',
    who: 'you',
    hint: ['Give it at least one email address to go to.'],
  },
  {
    id: 'recipient-invalid',
    googleSays: 'invalidArgument: Invalid To header',
    when: during(OPERATIONS, { text: /invalid (?:to|cc|bcc) header/i }),
    code: 'invalid-recipient',
    what: 'Gmail can’t read the address that the message should go to.',
    who: 'you',
    hint: ['Check the address for typing mistakes, such as a space, a comma or a missing "@".'],
  },
  {
    id: 'message-missing',
    googleSays:
      '’raw’ RFC822 payload message string or uploading message via /upload/* URL required',
    when: during(OPERATIONS, { text: /RFC822 payload message string/i }),
    code: 'invalid-message',
    what: 'Gmail got a message with nothing in it.',
    who: 'you',
    hint: ['Check that the message to send is not empty.'],
  },
  {
    id: 'thread-unknown',
    googleSays: 'notFound: Requested entity was not found.',
    when: during(OPERATIONS, { reasons: ['notFound'] }),
    code: 'invalid-message',
    what: 'The conversation that the message should join is no longer in the mailbox.',
    who: 'you',
    hint: ['Send it as a new message.'],
  },
  {
    id: 'message-invalid',
    googleSays: 'invalidArgument',
    when: during(OPERATIONS, { reasons: ['invalidArgument', 'badRequest'] }),
    code: 'invalid-message',
    what: 'Gmail can’t read the message.',
    who: 'you',
    hint: ['Check its addresses and its subject for unusual characters.'],
  },
];
