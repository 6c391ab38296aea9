/** What is changed in a message before it leaves: From, Reply-To and Bcc as the pathway needs, and nothing else. */

import { sameAccount } from '../sites/address.js';
import { firstAddress } from './addresses.js';
import { addressesField, mailboxField, replyToField } from './header-fields.js';
import {
  fieldsNamed,
  type HeaderField,
  type RawMessage,
  rawValue,
  textValue,
} from './raw-message.js';
import { headerRecipients } from './recipients.js';

/** Who a message is sent as. */
export interface Sender {
  readonly organisation: string;
  readonly address: string;
}

/**
 * For Gmail: From is the connected account with the organisation's name, since Gmail replaces any other
 * address without a word; answers still go where the sender wanted them.
 *
 * @param addedRecipients are put into Bcc, beside those who are there
 */
export function forGmail(
  message: RawMessage,
  sender: Sender,
  addedRecipients: readonly string[],
): RawMessage {
  const sent = withSender(message, sender, ownReplyTo(message, sender.address));
  return addedRecipients.length === 0 ? sent : withBcc(sent, addedRecipients);
}

/**
 * For the WriteUpp mail server: answers go to the organisation's address. Where none is on record, they go
 * where the sender wanted them.
 */
export function forWriteUpp(
  message: RawMessage,
  sender: Sender,
  organisationEmail: string | null,
): RawMessage {
  const replyTo =
    organisationEmail === null
      ? ownReplyTo(message, sender.address)
      : [addressesField('Reply-To', [organisationEmail])];
  return withoutBcc(withSender(message, sender, replyTo));
}

/** For SMTP: the envelope names the recipients, and nobody may see the hidden ones. */
export function withoutBcc(message: RawMessage): RawMessage {
  return { ...message, fields: message.fields.filter(({ name }) => name !== 'bcc') };
}

/** The address in From, or null. */
export function fromAddress(message: RawMessage): string | null {
  const [from] = fieldsNamed(message, 'from').map((field) => firstAddress(textValue(field)));
  return from ?? null;
}

/** The message's own Reply-To; else its From, where that is someone else than the account that sends. */
function ownReplyTo(message: RawMessage, account: string): HeaderField[] {
  const own = fieldsNamed(message, 'reply-to');
  if (own.length > 0) return own;
  const [from] = fieldsNamed(message, 'from');
  const address = fromAddress(message);
  if (from === undefined || address === null || sameAccount(address, account)) return [];
  return [replyToField(rawValue(from))];
}

/** From takes the place of the first From, else the top; a Reply-To that was there keeps its place. */
function withSender(
  message: RawMessage,
  { organisation, address }: Sender,
  replyTo: readonly HeaderField[],
): RawMessage {
  const from = mailboxField('From', organisation, address);
  const first = message.fields.find(({ name }) => name === 'from');
  const fields = message.fields.flatMap((field) => {
    if (field === first) return [from, ...replyTo.filter((one) => !message.fields.includes(one))];
    if (field.name === 'from') return [];
    return field.name === 'reply-to' && !replyTo.includes(field) ? [] : [field];
  });
  const added = replyTo.filter((one) => !fields.includes(one));
  return { ...message, fields: first === undefined ? [from, ...added, ...fields] : fields };
}

/** One Bcc field with everyone in it (RFC 5322 3.6: at most one), at the top. */
function withBcc(message: RawMessage, added: readonly string[]): RawMessage {
  const hidden = headerRecipients({ ...message, fields: fieldsNamed(message, 'bcc') });
  const rest = withoutBcc(message).fields;
  return { ...message, fields: [addressesField('Bcc', [...hidden, ...added]), ...rest] };
}
