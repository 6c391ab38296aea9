/** Rewrites the header before a message is sent: sender, Reply-To and recipients as the pathway needs them. */

import { isAddress, sameAccount } from '../../sites/address.js';
import { readByGrammar, withoutComments } from './address-grammar.js';
import { addressesIn, firstAddress, firstName } from './addresses.js';
import {
  addressesField,
  dateField,
  fromField,
  fromFieldNamedAs,
  joinedList,
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

const COLON = 0x3a;

/** Who a message is sent as. */
export interface Sender {
  readonly organisation: string;
  readonly address: string;
  /** The name that the caller gave (`-F`), for a message without one; null if none was given. */
  readonly name: string | null;
}

/**
 * For Gmail: From is the connected account with the organisation's name, since Gmail silently replaces any other
 * address; replies still go where the sender wanted them.
 *
 * @param addedRecipients are added to Bcc
 */
export function forGmail(
  message: RawMessage,
  sender: Sender,
  addedRecipients: readonly string[],
): RawMessage {
  const sent = withSender(message, sender, ownReplyTo(message, sender.address));
  const shown = withOneListEach(withPlainGroups(withPlainColons(without(sent, 'resent-bcc'))));
  return addedRecipients.length === 0 ? shown : withBcc(shown, addedRecipients);
}

/**
 * For the WriteUpp mail server: replies go to the organisation's address or, if the site has none, where the sender
 * wanted them.
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
 * For SMTP: the sender stays, since the server decides on it. A From that is missing, or not a whole address, becomes
 * the site's own: receivers would refuse it. Nobody may see the hidden recipients.
 *
 * @param sender null if the settings name none; then the message must
 */
export function forSmtp(message: RawMessage, sender: Sender | null): RawMessage {
  const [from] = fieldsNamed(message, 'from');
  const address = fromAddress(message);
  if (from === undefined || address === null) {
    if (sender === null) return withoutBcc(message);
    const replyTo = fieldsNamed(message, 'reply-to');
    return withoutBcc(withSender(message, sender, replyTo));
  }
  const fixed = { ...from, raw: wellFormedFrom(from, address) };
  const fields = message.fields.flatMap((field) =>
    field === from ? [fixed] : field.name === 'from' ? [] : [field],
  );
  return withoutBcc({ ...message, fields });
}

/**
 * Adds Date and Message-ID, which a message must have and this one may lack (RFC 5322 3.6, RFC 6409 8).
 *
 * @param address its domain is used for a new Message-ID
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

/** The first address in From; null if there is none, or if anything in it is not a whole address. */
export function fromAddress(message: RawMessage): string | null {
  const [from] = fieldsNamed(message, 'from');
  const addresses = from === undefined ? [] : addressesIn(textValue(from));
  return addresses.every(isAddress) ? (addresses[0] ?? null) : null;
}

/** The field as it is, or rewritten if it breaks the grammar (`Smith, Jo <jo@x.example>`). */
function wellFormedFrom(from: HeaderField, address: string): Buffer {
  const text = textValue(from);
  if (!('fault' in readByGrammar(text)) || addressesIn(text).length > 1) return from.raw;
  return fromFieldNamedAs(firstName(text), address).raw;
}

/** The message's own Reply-To, or else its From if that is not the account that sends. */
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
 * The new From replaces the first From or goes at the top; an existing Reply-To keeps its place. If From was someone
 * else, a Sender other than the new one is removed too (RFC 5322 3.6.2: Sender is who really sent it).
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
  const [given, kept] = [new Set(message.fields), new Set(replyTo)];
  const fields = message.fields.flatMap((field) => {
    if (field === first) return [from, ...replyTo.filter((one) => !given.has(one))];
    if (field.name === 'from') return [];
    if (field.name === 'sender' && isReplaced && !isFrom(field, sender.address)) return [];
    return field.name === 'reply-to' && !kept.has(field) ? [] : [field];
  });
  if (first !== undefined) return { ...message, fields };
  const added = replyTo.filter((one) => !given.has(one));
  return { ...message, fields: [from, ...added, ...fields] };
}

/** The name in a From without a whole address is kept: it says which program wrote the message. */
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
 * Gmail reads the recipients from the header, and many programs take a comment on its own, as after a group
 * (RFC 5322 A.5), for an address without an @: the comments in such a list are left out.
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

/**
 * Removes white space before a colon, which RFC 5322 4.5 lets programs read but not write: we don't know what Gmail
 * makes of a `Bcc :`, which nobody may see, or of a `To :`.
 */
function withPlainColons(message: RawMessage): RawMessage {
  const fields = message.fields.map((field) => {
    const { raw, name } = field;
    if (raw[name.length] === COLON) return field;
    return {
      name,
      raw: Buffer.concat([raw.subarray(0, name.length), Buffer.from(':'), rawValue(field)]),
    };
  });
  return { ...message, fields };
}

/**
 * At most one To, Cc and Bcc field (RFC 5322 3.6): Gmail reads the recipients from them, and we don't know what it
 * makes of a second Bcc, which nobody may see.
 */
function withOneListEach(message: RawMessage): RawMessage {
  const lists = new Map<HeaderField, HeaderField | null>();
  for (const name of ['to', 'cc', 'bcc']) {
    const [first, ...others] = fieldsNamed(message, name);
    if (first === undefined || others.length === 0) continue;
    lists.set(first, joinedList([first, ...others]));
    for (const other of others) lists.set(other, null);
  }
  const fields = message.fields.flatMap((field) => {
    const list = lists.get(field);
    return list === undefined ? [field] : list === null ? [] : [list];
  });
  return { ...message, fields };
}

function without(message: RawMessage, ...names: readonly string[]): RawMessage {
  return { ...message, fields: message.fields.filter(({ name }) => !names.includes(name)) };
}

/** One Bcc field with everyone in it, at the top (RFC 5322 3.6: at most one). */
function withBcc(message: RawMessage, added: readonly string[]): RawMessage {
  const hidden = hiddenRecipients(message);
  const rest = without(message, 'bcc').fields;
  return { ...message, fields: [addressesField('Bcc', [...hidden, ...added]), ...rest] };
}
