/** A site's outbound email: one message, by the pathway that the site is set to. */

import type { UseDeps } from '../connection/access-token.js';
import { requireConnection } from '../connection/prove-connection.js';
import { MailError } from '../errors.js';
import { readIncoming } from '../message/incoming.js';
import { fieldsNamed, piecesOf, type RawMessage, textValue } from '../message/raw-message.js';
import { MESSAGE_MAX_BYTES, requireSize } from '../message/read-message.js';
import {
  type AskedRecipients,
  envelopeRecipients,
  gmailRecipients,
} from '../message/recipients.js';
import { completed, forGmail, forSmtp, forWriteUpp, fromAddress } from '../message/rewrite.js';
import { requireSameStore, type SecretReader, smtpPassword } from '../sites/secrets.js';
import {
  gmailSender,
  type Pathway,
  pathway,
  type Site,
  type SmtpSettings,
  smtpSender,
} from '../sites/site.js';
import { commandLine } from '../words/command-line.js';
import { type MailServer, parseMailServer } from './mail-server.js';
import type { SmtpSessions } from './smtp-sessions.js';

/** The address that email by the WriteUpp mail server comes from. */
const WRITEUPP_ADDRESS = 'noreply@writeupp.com';

/** One message to send. */
export interface Outbound {
  /** RFC 5322, with CRLF line ends. */
  readonly bytes: Buffer;
  readonly asked: AskedRecipients;
  /**
   * sendmail's `-f`: the envelope's sender, empty for a message that must never bounce (RFC 5321 4.5.5); null if
   * none was named. Gmail has no use for it.
   */
  readonly envelopeSender: string | null;
  /** sendmail's `-F`: the sender's name for a message without one; null if none was given. */
  readonly senderName: string | null;
}

/** What sending needs; each is asked for only by the pathway that needs it. */
export interface SendPorts {
  readonly signal: AbortSignal;
  /** WRITEUPP_MAIL_SERVER. */
  readonly mailServer: string | undefined;
  /** Connections to mail servers that are used again; null where one message is sent. */
  readonly sessions: SmtpSessions | null;
  now(): Date;
  credentials(): Promise<SecretReader>;
  /** @throws MailError `no-oauth-client`, `invalid-oauth-client` */
  connectionDeps(): Promise<UseDeps>;
  /** Called when everything was checked and the message is about to leave. */
  onSending(pathway: Pathway): void;
}

/** What became of a message that was accepted. */
export interface Sent {
  readonly site: string;
  readonly pathway: Pathway;
  /** The Message-ID that recipients can find; null by Gmail, which gives its own and does not tell. */
  readonly messageId: string | null;
  /** By Gmail: the Message-ID that the message had when it was given to this program; null if it had none. */
  readonly givenMessageId?: string | null;
  /** The id that Gmail gave it; null on the other pathways. */
  readonly id: string | null;
  readonly recipients: readonly string[];
  /** The address that recipients see. */
  readonly from: string;
}

/**
 * Sends a message by the site's pathway, once. Everything that can be refused is refused before it leaves.
 * A migration that finishes in that moment takes the SMTP settings away; where that is why nothing was sent,
 * the message goes by the new pathway.
 *
 * @param read gives the site's record as it is now
 * @throws MailError with `details.sent` where sending was begun or refused; of the stores
 */
export async function sendMail(
  read: () => Promise<Site>,
  outbound: Outbound,
  ports: SendPorts,
): Promise<Sent> {
  const site = await read();
  try {
    return await sendOnce(site, outbound, ports);
  } catch (error) {
    if (!(error instanceof MailError) || error.details.sent !== 'no') throw error;
    const now = await read();
    if (pathway(now) === pathway(site)) throw error;
    return sendOnce(now, outbound, ports);
  }
}

async function sendOnce(site: Site, outbound: Outbound, ports: SendPorts): Promise<Sent> {
  const { asked } = outbound;
  const hasRecipients = !asked.fromHeader && asked.addresses.length > 0;
  const message = readIncoming(outbound.bytes, hasRecipients);
  switch (pathway(site)) {
    case 'gmail':
      return { site: site.name, ...(await byGmail(site, message, outbound, ports)) };
    case 'smtp':
      return { site: site.name, ...(await bySmtp(site, message, outbound, ports)) };
    case 'writeupp':
      return { site: site.name, ...(await byWriteUpp(site, message, outbound, ports)) };
  }
}

type Delivered = Omit<Sent, 'site'>;

async function byGmail(
  site: Site,
  message: RawMessage,
  { asked, senderName }: Outbound,
  ports: SendPorts,
): Promise<Delivered> {
  const { all, added } = gmailRecipients(message, asked);
  const deps = await ports.connectionDeps();
  const { email } = await requireConnection(site, deps);
  requireSameStore(site, deps.credentials);
  const from = gmailSender(site, email);
  const sender = { organisation: site.organisation, address: from, name: senderName };
  const rewritten = forGmail(message, sender, added);
  const whole = completed(rewritten, from, ports.now());
  // Gmail adds what is missing too: it must not make the largest message too large.
  const ready = sizeOf(whole) > MESSAGE_MAX_BYTES ? rewritten : whole;
  requireSize(sizeOf(ready));
  const pieces = piecesOf(ready);
  const { sendByGmail } = await import('./send-by-gmail.js');
  ports.onSending('gmail');
  const id = await sendByGmail(site, pieces, deps);
  const givenMessageId = messageIdOf(message);
  return { pathway: 'gmail', id, messageId: null, givenMessageId, recipients: all, from };
}

async function bySmtp(
  site: Site,
  message: RawMessage,
  { asked, envelopeSender, senderName }: Outbound,
  ports: SendPorts,
): Promise<Delivered> {
  if (site.smtp === null) throw new TypeError('the pathway is smtp, but there are no settings');
  const to = envelopeRecipients(message, asked);
  const address = smtpSender(site.smtp) ?? (envelopeSender || null);
  const sender =
    address === null ? null : { organisation: site.organisation, address, name: senderName };
  const sent = forSmtp(message, sender);
  const from = fromAddress(sent);
  if (from === null) throw noSender();
  const ready = completed(sent, from, ports.now());
  const server = await siteServer(site, site.smtp, ports);
  await deliver(server, envelopeSender ?? address ?? from, to, ready, ports, 'smtp');
  return { pathway: 'smtp', id: null, messageId: messageIdOf(ready), recipients: to, from };
}

async function byWriteUpp(
  site: Site,
  message: RawMessage,
  { asked, senderName }: Outbound,
  ports: SendPorts,
): Promise<Delivered> {
  const server = parseMailServer(ports.mailServer);
  const recipients = envelopeRecipients(message, asked);
  const from = WRITEUPP_ADDRESS;
  const sender = { organisation: site.organisation, address: from, name: senderName };
  const sent = forWriteUpp(message, sender, site.organisationEmail);
  const ready = completed(sent, from, ports.now());
  await deliver(server, from, recipients, ready, ports, 'writeupp');
  return { pathway: 'writeupp', id: null, messageId: messageIdOf(ready), recipients, from };
}

async function deliver(
  server: MailServer,
  from: string,
  to: readonly string[],
  message: RawMessage,
  { signal, sessions, onSending }: SendPorts,
  way: Pathway,
): Promise<void> {
  const { deliverBySmtp } = await import('./smtp-delivery.js');
  onSending(way);
  await deliverBySmtp(server, { from, to }, message, signal, sessions ?? undefined);
}

/** The site's own server and its password from the credential store. */
async function siteServer(
  site: Site,
  { host, port, security, user }: SmtpSettings,
  { credentials }: SendPorts,
): Promise<MailServer> {
  const server = { host, port, security, user, site: site.name };
  if (user === null) return { ...server, password: null };
  const password =
    site.smtp?.password == null ? null : await smtpPassword(site, await credentials());
  if (password === null) throw noPassword(site.name, user);
  return { ...server, password };
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

function noPassword(siteName: string, user: string): MailError {
  return new MailError(
    'invalid-settings',
    `No password is stored for the SMTP user ${user}.`,
    `Nothing was sent.\nStore it: ${commandLine('site set', siteName, '--smtp-password-stdin')}`,
    { sent: 'no' },
  );
}
