/** Who gets a message: its header, the arguments, and the rules for combining the two. */

import { MailError } from '../../errors.js';
import { distinct, parseAddressList, without } from './addresses.js';
import { fieldsNamed, type HeaderField, type RawMessage, textValue } from './raw-message.js';
import { refusal } from './refusal.js';

/** Google accepts at most 100 addresses in a message sent through its API (support.google.com/a/answer/166852). */
const GMAIL_MAX_RECIPIENTS = 100;

const RECIPIENT_FIELDS = { to: 'To', cc: 'Cc', bcc: 'Bcc' } as const;
const RESENT_FIELDS = {
  'resent-to': 'Resent-To',
  'resent-cc': 'Resent-Cc',
  'resent-bcc': 'Resent-Bcc',
} as const;

/** The recipients that the command line names. */
export interface AskedRecipients {
  /** sendmail's `-t`: the recipients that the header names. */
  readonly fromHeader: boolean;
  readonly addresses: readonly string[];
}

export interface GmailRecipients {
  readonly all: readonly string[];
  /** Those that the header does not name, and that must be added to it. */
  readonly added: readonly string[];
}

/**
 * Reads the arguments; one may hold several addresses separated by commas, as with sendmail.
 *
 * @throws MailError `usage` for arguments together with `-t`: sendmail, Exim and Postfix disagree on whether they
 *   are then added or left out; `invalid-recipient`
 */
export function readAskedRecipients(fromHeader: boolean, args: readonly string[]): AskedRecipients {
  if (fromHeader && args.length > 0) {
    throw new MailError(
      'usage',
      'Recipients were named as arguments and by -t as well.',
      'Nothing was sent.\nLeave out -t to send to the arguments, or the arguments to send to whom the message names.',
    );
  }
  const addresses = args.flatMap((arg) => parseAddressList(arg, 'The list of recipients'));
  if (args.length > 0 && addresses.length === 0) throw noRecipient();
  return { fromHeader, addresses: distinct(addresses) };
}

/**
 * The recipients for an SMTP envelope.
 *
 * @throws MailError `invalid-recipient`
 */
export function envelopeRecipients(message: RawMessage, asked: AskedRecipients): readonly string[] {
  const all = askedFor(message, asked) ?? recipientsIn(message, RECIPIENT_FIELDS);
  if (all.length === 0) throw noRecipient();
  return all;
}

/**
 * The recipients through Gmail, which has no envelope and delivers to everyone in To, Cc and Bcc. A recipient
 * named only elsewhere is added as Bcc. One named only in those fields would be mailed against the caller's
 * will, so the message is refused.
 *
 * @throws MailError `invalid-recipient`
 */
export function gmailRecipients(message: RawMessage, asked: AskedRecipients): GmailRecipients {
  const named = recipientsIn(message, RECIPIENT_FIELDS);
  const wanted = askedFor(message, asked);
  const unwanted = wanted === null ? [] : without(named, wanted);
  if (unwanted.length > 0) throw unwantedRecipients(unwanted);
  const added = without(wanted ?? [], named);
  const all = [...named, ...added];
  if (all.length === 0) throw noRecipient();
  if (all.length > GMAIL_MAX_RECIPIENTS) throw tooManyRecipients(all.length);
  return { all, added };
}

/** Everyone in Bcc, each once. @throws MailError `invalid-recipient` */
export function hiddenRecipients(message: RawMessage): string[] {
  return recipientsIn(message, { bcc: RECIPIENT_FIELDS.bcc });
}

/**
 * The recipients requested other than in To, Cc and Bcc: in the arguments, or in the latest resending (RFC 5322
 * 3.6.6), which is for those it names and nobody else. Null if there are none.
 */
function askedFor(message: RawMessage, asked: AskedRecipients): readonly string[] | null {
  if (asked.addresses.length > 0) return asked.addresses;
  const latest = latestResending(message);
  return latest === null ? null : recipientsIn({ ...message, fields: latest }, RESENT_FIELDS);
}

/**
 * The fields of the latest resending: one block above those of earlier ones, each name at most once. Null if the
 * message was never resent.
 */
function latestResending({ fields }: RawMessage): readonly HeaderField[] | null {
  const start = fields.findIndex(({ name }) => name.startsWith('resent-'));
  if (start === -1) return null;
  const seen = new Set<string>();
  const block = fields.slice(start);
  const end = block.findIndex(({ name }) => {
    const isOther = !name.startsWith('resent-') || seen.has(name);
    seen.add(name);
    return isOther;
  });
  return end === -1 ? block : block.slice(0, end);
}

function recipientsIn(message: RawMessage, names: Readonly<Record<string, string>>): string[] {
  return distinct(
    Object.entries(names).flatMap(([name, shown]) =>
      fieldsNamed(message, name).flatMap((field) =>
        parseAddressList(textValue(field), `The ${shown} line of the message`),
      ),
    ),
  );
}

function noRecipient(): MailError {
  return refusal(
    'invalid-recipient',
    'The message has no recipient.',
    'Name one in its To line, or as an argument: writeupp-mail send jane@harbour-physio.example < message.eml',
  );
}

function unwantedRecipients(unwanted: readonly string[]): MailError {
  return refusal(
    'invalid-recipient',
    `The message names ${listed(unwanted)}, who ${unwanted.length === 1 ? 'is' : 'are'} not among those it was asked to be sent to.`,
    [
      'Gmail would send it to everyone in its To, Cc and Bcc lines.',
      'Take them out of the message, name them as arguments too, or use -t to send to everyone it names.',
      'A mail server must call this program once for all recipients of a message, and not once for each. Postfix: default_transport = writeupp:gmail, writeupp_destination_recipient_limit = 100. Exim: batch_max = 100, with $pipe_addresses in the command (docs/scripting.md).',
    ].join('\n'),
  );
}

function tooManyRecipients(count: number): MailError {
  return refusal(
    'invalid-recipient',
    `The message has ${count} recipients, and Gmail takes at most ${GMAIL_MAX_RECIPIENTS} in one message.`,
    'Send it in several messages.',
  );
}

function listed(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 5).join(', ');
  return addresses.length > 5 ? `${shown} and ${addresses.length - 5} more` : shown;
}
