/** Sends one message of a site, by the pathway that the site is set to. */

import { storedSmtpPassword } from '../checks/check-site.js';
import type { Google } from '../connection/google.js';
import { requireConnection } from '../connection/prove-connection.js';
import { MailError } from '../errors.js';
import { requirePassword } from '../kit/require-can.js';
import { readIncoming } from '../mail/message/incoming.js';
import { withLongLinesKept } from '../mail/message/long-lines.js';
import { fieldsNamed, piecesOf, type RawMessage, textValue } from '../mail/message/raw-message.js';
import { MESSAGE_MAX_BYTES, requireSize } from '../mail/message/read-message.js';
import {
  type AskedRecipients,
  envelopeRecipients,
  gmailRecipients,
} from '../mail/message/recipients.js';
import { completed, forGmail, forSmtp, forWriteUpp, fromAddress } from '../mail/message/rewrite.js';
import { type Envelope, type MailServer, parseMailServer } from '../mail/smtp/mail-server.js';
import type { SmtpSessions } from '../mail/smtp/smtp-sessions.js';
import type { Stores } from '../sites/hold.js';
import { requireSite } from '../sites/require-site.js';
import { requireSameStore } from '../sites/secrets.js';
import {
  gmailSender,
  type Pathway,
  pathway,
  type Site,
  type SmtpSettings,
  smtpSender,
} from '../sites/site.js';

/** The address that email from the WriteUpp mail server comes from. */
const WRITEUPP_ADDRESS = 'noreply@writeupp.com';

/** One message to send. */
export interface Outbound {
  /** RFC 5322, with CRLF line ends. */
  readonly bytes: Buffer;
  readonly asked: AskedRecipients;
  /**
   * sendmail's `-f`: the envelope's sender, empty for a message that must never bounce (RFC 5321 4.5.5); null if none
   * was given. Gmail ignores it.
   */
  readonly envelopeSender: string | null;
  /** sendmail's `-F`: the sender's name for a message without one; null if none was given. */
  readonly senderName: string | null;
  /** Awaited right before the first byte of the message leaves, on each attempt. If it fails, nothing is sent. */
  readonly handOver?: () => Promise<void>;
}

/** What sending needs. */
export interface Outgoing extends Google, Stores {
  readonly environment: {
    /** WRITEUPP_MAIL_SERVER. */
    readonly mailServer: string | undefined;
  };
}

/** How to send it. */
export interface Sending {
  /** Connections to mail servers, for reuse; absent if only one message is sent. */
  readonly sessions?: SmtpSessions;
  /** Called once everything is checked and the message is about to leave. */
  onSending?(pathway: Pathway): void;
}

/** What became of a message that was accepted. */
export interface Sent {
  readonly site: string;
  readonly pathway: Pathway;
  /** The Message-ID that recipients can find; null for Gmail, which assigns its own and does not report it. */
  readonly messageId: string | null;
  /** For Gmail: the Message-ID that the message came with; null if it had none. */
  readonly givenMessageId?: string | null;
  /** Gmail's id; null on the other pathways. */
  readonly id: string | null;
  readonly recipients: readonly string[];
  /** The address that recipients see. */
  readonly from: string;
}

/**
 * Sends a message by the site's pathway, once. Everything that can be refused is refused before it leaves. A migration
 * that finishes at that moment removes the SMTP settings; if that is why nothing was sent, the message goes by the new
 * pathway.
 *
 * @throws MailError with `details.sent` if sending was started or refused; errors of the stores
 */
export async function sendMail(
  world: Outgoing,
  name: string,
  outbound: Outbound,
  sending: Sending = {},
): Promise<Sent> {
  const read = async () => requireSite(await world.sites(), name);
  const site = await read();
  const trip: Trip = { ...outbound, ...sending, world };
  try {
    return await sendOnce(site, trip);
  } catch (error) {
    if (!(error instanceof MailError) || error.details.sent !== 'no') throw error;
    // If the record can't be read any more, the error stands: nothing was sent.
    const now = await read().catch(() => null);
    if (now === null || pathway(now) === pathway(site)) throw error;
    return sendByNewPathway(now, trip);
  }
}

/** Nothing has been sent so far: a failure before the message leaves by the new pathway does not change that. */
async function sendByNewPathway(site: Site, trip: Trip): Promise<Sent> {
  let isLeaving = false;
  const handOver = async () => {
    isLeaving = true;
    await trip.handOver?.();
  };
  try {
    return await sendOnce(site, { ...trip, handOver });
  } catch (error) {
    if (isLeaving || !(error instanceof MailError) || error.code === 'interrupted') throw error;
    throw error.with({ details: { sent: 'no' } });
  }
}

/** One message under way. */
interface Trip extends Outbound, Sending {
  readonly world: Outgoing;
}

async function sendOnce(site: Site, trip: Trip): Promise<Sent> {
  const { asked, bytes } = trip;
  const hasRecipients = !asked.fromHeader && asked.addresses.length > 0;
  const message = readIncoming(bytes, hasRecipients);
  switch (pathway(site)) {
    case 'gmail':
      return { site: site.name, ...(await byGmail(site, message, trip)) };
    case 'smtp':
      return { site: site.name, ...(await bySmtp(site, message, trip)) };
    case 'writeupp':
      return { site: site.name, ...(await byWriteUpp(site, message, trip)) };
  }
}

type Delivered = Omit<Sent, 'site'>;

async function byGmail(
  site: Site,
  message: RawMessage,
  { asked, senderName, onSending, handOver, world }: Trip,
): Promise<Delivered> {
  const { all, added } = gmailRecipients(message, asked);
  const { email } = await requireConnection(site, world);
  requireSameStore(site, await world.secrets());
  const from = gmailSender(site, email);
  const sender = { organisation: site.organisation, address: from, name: senderName };
  const rewritten = forGmail(message, sender, added);
  const whole = completed(rewritten, from, world.now());
  // Additions must not make a message too large, and Gmail adds missing fields itself.
  const ready =
    [withLongLinesKept(whole), whole].find((one) => sizeOf(one) <= MESSAGE_MAX_BYTES) ?? rewritten;
  requireSize(sizeOf(ready));
  const pieces = piecesOf(ready);
  const { sendByGmail } = await import('./send-by-gmail.js');
  onSending?.('gmail');
  const id = await sendByGmail(site, pieces, world, handOver);
  const givenMessageId = messageIdOf(message);
  return { pathway: 'gmail', id, messageId: null, givenMessageId, recipients: all, from };
}

async function bySmtp(site: Site, message: RawMessage, trip: Trip): Promise<Delivered> {
  const { asked, envelopeSender, senderName, world } = trip;
  if (site.smtp === null) throw new TypeError('the pathway is smtp, but there are no settings');
  const to = envelopeRecipients(message, asked);
  const address = smtpSender(site.smtp) ?? (envelopeSender || null);
  const sender =
    address === null ? null : { organisation: site.organisation, address, name: senderName };
  const sent = forSmtp(message, sender);
  const from = fromAddress(sent);
  if (from === null) throw noSender();
  const ready = completed(sent, from, world.now());
  const server = await siteServer(site, site.smtp, world);
  const envelope = { from: envelopeSender ?? address ?? from, to };
  await deliver(server, envelope, ready, trip, 'smtp');
  return { pathway: 'smtp', id: null, messageId: messageIdOf(ready), recipients: to, from };
}

async function byWriteUpp(site: Site, message: RawMessage, trip: Trip): Promise<Delivered> {
  const { asked, senderName, world } = trip;
  const server = parseMailServer(world.environment.mailServer);
  const recipients = envelopeRecipients(message, asked);
  const from = WRITEUPP_ADDRESS;
  const sender = { organisation: site.organisation, address: from, name: senderName };
  const sent = forWriteUpp(message, sender, site.organisationEmail);
  const ready = completed(sent, from, world.now());
  await deliver(server, { from, to: recipients }, ready, trip, 'writeupp');
  return { pathway: 'writeupp', id: null, messageId: messageIdOf(ready), recipients, from };
}

async function deliver(
  server: MailServer,
  envelope: Envelope,
  message: RawMessage,
  { world, sessions, onSending, handOver }: Trip,
  way: Pathway,
): Promise<void> {
  const { deliverBySmtp } = await import('../mail/smtp/smtp-delivery.js');
  onSending?.(way);
  await deliverBySmtp(server, envelope, message, world.signal, sessions, handOver);
}

/** The site's own server and its password from the credential store. */
async function siteServer(site: Site, settings: SmtpSettings, world: Stores): Promise<MailServer> {
  const { host, port, security, user } = settings;
  // Checked here for every caller: the site may have been set to SMTP since the command started.
  await requirePassword(world, site);
  const password = await storedSmtpPassword(site, settings, world.secrets).catch((error) => {
    if (!(error instanceof MailError) || error.code !== 'invalid-settings') throw error;
    throw error.with({ hint: `Nothing was sent.\n${error.hint}`, details: { sent: 'no' } });
  });
  return { host, port, security, user, site: site.name, password };
}

function sizeOf({ fields, rest }: RawMessage): number {
  return fields.reduce((total, { raw }) => total + raw.length, rest.length);
}

function messageIdOf(message: RawMessage): string | null {
  const [field] = fieldsNamed(message, 'message-id');
  const text = field === undefined ? '' : textValue(field).replace(/\p{Cc}/gu, '');
  return text === '' ? null : text;
}

function noSender(): MailError {
  return new MailError(
    'invalid-message',
    'The message names no sender, and the site’s SMTP settings name none either.',
    'Nothing was sent.\nGive the message a From line, or name the sender with -f ADDRESS.',
    { sent: 'no' },
  );
}
