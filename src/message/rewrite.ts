/** What is changed in a message before it leaves: its sender, Reply-To and Bcc as the pathway needs, and nothing else. */

import { isAddress, sameAccount } from '../sites/address.js';
import { readByGrammar, withoutComments } from './address-grammar.js';
import { addressesIn, firstAddress, firstName } from './addresses.js';
import {
  addressesField,
  dateField,
  fromField,
  fromFieldNamedAs,
  listField,
  messageIdField,
  replyToField,
} from './header-fields.js';
import {
  fieldsNamed,
  type HeaderField,
  type RawMessage,
  rawValue,
  textValue,
} from './raw-message.js';
import { hiddenRecipients } from './recipients.js';

/** Who a message is sent as. */
export interface Sender {
  readonly organisation: string;
  readonly address: string;
  /** The name that the caller gave (`-F`), for a message that has none; null if none was given. */
  readonly name: string | null;
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
  const shown = withPlainGroups(without(sent, 'resent-bcc'));
  return addedRecipients.length === 0 ? shown : withBcc(shown, addedRecipients);
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

/**
 * For SMTP: the sender stays, since the server decides on it. A From that is missing, or is no whole address, is
 * the site's own: receivers refuse it otherwise. Nobody may see the hidden recipients.
 *
 * @param sender null where the settings name none; then the message must
 */
export function forSmtp(message: RawMessage, sender: Sender | null): RawMessage {
  const [from, ...others] = fieldsNamed(message, 'from');
  const address = fromAddress(message);
  if (from === undefined || address === null) {
    if (sender === null) return withoutBcc(message);
    const replyTo = fieldsNamed(message, 'reply-to');
    return withoutBcc(withSender(message, sender, replyTo));
  }
  const mended = { ...from, raw: wellFormedFrom(from, address) };
  const fields = message.fields.flatMap((field) =>
    field === from ? [mended] : others.includes(field) ? [] : [field],
  );
  return withoutBcc({ ...message, fields });
}

/**
 * With what a message must have and this one may lack (RFC 5322 3.6, RFC 6409 8): Date and Message-ID.
 *
 * @param address the new Message-ID is made at its domain
 */
export function completed(message: RawMessage, address: string, now: Date): RawMessage {
  const isMissing = (name: string) =>
    fieldsNamed(message, name).every((one) => textValue(one) === '');
  const added = [
    ...(isMissing('date') ? [dateField(now)] : []),
    ...(isMissing('message-id') ? [messageIdField(address)] : []),
  ];
  if (added.length === 0) return message;
  const names = added.map(({ name }) => name);
  return { ...message, fields: [...added, ...without(message, ...names).fields] };
}

/** For SMTP: the envelope names the recipients, and nobody may see the hidden ones. */
export function withoutBcc(message: RawMessage): RawMessage {
  return without(message, 'bcc', 'resent-bcc');
}

/** The first address in From; null where there is none, or anything in it is no whole address. */
export function fromAddress(message: RawMessage): string | null {
  const [from] = fieldsNamed(message, 'from');
  const addresses = from === undefined ? [] : addressesIn(textValue(from));
  return addresses.every(isAddress) ? (addresses[0] ?? null) : null;
}

/** The field as it is; where its grammar is at fault (`Smith, Jo <jo@x.example>`), written anew. */
function wellFormedFrom(from: HeaderField, address: string): Buffer {
  const text = textValue(from);
  if (!('fault' in readByGrammar(text)) || addressesIn(text).length > 1) return from.raw;
  return fromFieldNamedAs(firstName(text), address).raw;
}

/** The message's own Reply-To; else its From, where that is someone else than the account that sends. */
function ownReplyTo(message: RawMessage, account: string): HeaderField[] {
  const own = fieldsNamed(message, 'reply-to').filter(
    (field) => firstAddress(textValue(field)) !== null,
  );
  if (own.length > 0) return own;
  const [from] = fieldsNamed(message, 'from');
  const address = fromAddress(message);
  if (from === undefined || address === null || sameAccount(address, account)) return [];
  return 'fault' in readByGrammar(textValue(from))
    ? [addressesField('Reply-To', [address])]
    : [replyToField(rawValue(from))];
}

/**
 * From takes the place of the first From, else the top; a Reply-To that was there keeps its place. Where From was
 * someone else, a Sender that is not the new one goes too (RFC 5322 3.6.2: who really sent it).
 */
function withSender(
  message: RawMessage,
  sender: Sender,
  replyTo: readonly HeaderField[],
): RawMessage {
  const from = newFrom(message, sender);
  const address = fromAddress(message);
  const isReplaced = address === null || !sameAccount(address, sender.address);
  const first = message.fields.find(({ name }) => name === 'from');
  const fields = message.fields.flatMap((field) => {
    if (field === first) return [from, ...replyTo.filter((one) => !message.fields.includes(one))];
    if (field.name === 'from') return [];
    if (field.name === 'sender' && isReplaced && !isFrom(field, sender.address)) return [];
    return field.name === 'reply-to' && !replyTo.includes(field) ? [] : [field];
  });
  const added = replyTo.filter((one) => !fields.includes(one));
  return { ...message, fields: first === undefined ? [from, ...added, ...fields] : fields };
}

/** The name of a From without a whole address stays: it says which program wrote. */
function newFrom(message: RawMessage, { organisation, address, name }: Sender): HeaderField {
  const [first] = fieldsNamed(message, 'from');
  if (first === undefined || textValue(first) === '')
    return fromField(name ?? organisation, address);
  if (fromAddress(message) !== null) return fromField(organisation, address);
  const own = firstName(textValue(first));
  return own === '' ? fromField(name ?? organisation, address) : fromFieldNamedAs(own, address);
}

function isFrom(field: HeaderField, address: string): boolean {
  const own = firstAddress(textValue(field));
  return own !== null && sameAccount(own, address);
}

/**
 * Gmail reads the recipients out of the header, and a comment that stands alone, as behind a group (RFC 5322 A.5),
 * is an address without an @ to many programs: comments of such a list are left out.
 */
function withPlainGroups(message: RawMessage): RawMessage {
  const fields = message.fields.map((field) => {
    if (!['to', 'cc', 'bcc'].includes(field.name)) return field;
    const text = textValue(field);
    return addressesIn(text).every((one) => one.includes('@'))
      ? field
      : listField(field, withoutComments(text));
  });
  return { ...message, fields };
}

function without(message: RawMessage, ...names: readonly string[]): RawMessage {
  return { ...message, fields: message.fields.filter(({ name }) => !names.includes(name)) };
}

/** One Bcc field with everyone in it (RFC 5322 3.6: at most one), at the top. */
function withBcc(message: RawMessage, added: readonly string[]): RawMessage {
  const hidden = hiddenRecipients(message);
  const rest = without(message, 'bcc').fields;
  return { ...message, fields: [addressesField('Bcc', [...hidden, ...added]), ...rest] };
}
