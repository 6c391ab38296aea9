/** `send`: one message from standard input or a spool of them, by the site's pathway; also under sendmail's name. */

import { type Command, Option } from 'commander';
import { chooseSite } from '../../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import { reading } from '../../command-kit/reading.js';
import type { CommonOptions, Context } from '../../context/context.js';
import { MailError } from '../../errors.js';
import type { AskedRecipients } from '../../message/recipients.js';
import type { Sent } from '../../outbound/send-mail.js';
import { PATHWAY_WORDS } from '../../terminal/status-view.js';
import { readEnvelopeSender } from './envelope-sender.js';
import { portsOf } from './send-ports.js';
import { unsupported } from './unsupported.js';

interface Options extends CommonOptions {
  /** A spool's folder. */
  readonly batch?: string;
  readonly parallel?: string;
  readonly t?: boolean;
  readonly f?: string;
  /** Commander's way of `-F`. */
  readonly F?: string;
  /** Under the name sendmail: nothing is printed on success. */
  readonly silent?: boolean;
  /** An option of sendmail for what this program does not do. */
  readonly unsupported?: string;
}

/** The command. */
export function sendCommand(process: Process): Command {
  return newCommand('send', [
    'send < message.eml',
    'send --site harbour-physio jane@harbour-physio.example < message.eml',
    'send -t -i < message.eml   (as sendmail, for other programs)',
    'send --batch /var/spool/reminders   (every message in the folder “new” there)',
  ])
    .argument('[recipients...]', 'who gets it (default: everyone in its To, Cc and Bcc lines)')
    .option('-t', 'send to everyone in its To, Cc and Bcc lines, as sendmail does')
    .option('-i', 'accepted as by sendmail: a line with a single dot never ends the message')
    .option('-f <address>', 'the sender for bounces; Gmail always uses the connected account')
    .option('-F <name>', 'the sender’s name, for a message without From')
    .option('--batch <folder>', 'send every message in the folder “new” of a spool')
    .option('--parallel <number>', 'with --batch: how many messages at a time (default: 4)')
    .addOption(new Option('--silent').hideHelp())
    .addOption(new Option('--unsupported <option>').hideHelp())
    .action(run<Options>(process, send));
}

async function send(context: Context, options: Options, ...args: string[]): Promise<void> {
  if (options.unsupported !== undefined) throw unsupported(options.unsupported);
  const { readAskedRecipients } = await import('../../message/recipients.js');
  const asked = readAskedRecipients(options.t === true, args.flat());
  const envelopeSender = readEnvelopeSender(options.f);
  const senderName = options.F?.trim() || null;
  const { batch: folder, parallel } = options;
  if (folder !== undefined) {
    if (asked.addresses.length > 0) throw recipientsBesideBatch();
    const { sendBatch } = await import('./send-batch.js');
    return sendBatch(context, { folder, parallel, envelopeSender, senderName });
  }
  if (parallel !== undefined) throw parallelAlone();
  const sent = await sendOne(context, asked, { envelopeSender, senderName });
  if (options.silent !== true || options.json === true) {
    context.reporter.result({ ...sent }, describe(context, sent));
  }
}

function parallelAlone(): MailError {
  return new MailError(
    'usage',
    '--parallel goes with --batch.',
    'Nothing was sent. Leave it out, or add --batch FOLDER.',
  );
}

function recipientsBesideBatch(): MailError {
  return new MailError(
    'usage',
    'Recipients were named as arguments, and --batch sends each message to those whom it names.',
    'Nothing was sent. Leave out the arguments.',
  );
}

async function sendOne(
  context: Context,
  asked: AskedRecipients,
  sender: { readonly envelopeSender: string | null; readonly senderName: string | null },
): Promise<Sent> {
  const name = await chooseSite(context);
  // A site that is not on record is told before the message is waited for.
  await reading(context, name, async () => undefined);
  const { readMessage } = await import('../../message/read-message.js');
  const { stdin } = context.streams;
  if (stdin.isTTY) {
    context.reporter.note(
      'Waiting for a message: type or paste it, then press Ctrl-D on a line of its own (Ctrl-C stops). Or use: writeupp-mail send < message.eml',
    );
  }
  const bytes = await readMessage(stdin, context.signal);
  // The record is read again: the input may have taken long, and the pathway may have changed since.
  return reading(context, name, async () => {
    const { sendMail } = await import('../../outbound/send-mail.js');
    const { requireSite } = await import('../../sites/require-site.js');
    const store = await context.sites();
    const read = () => requireSite(store, name);
    return sendMail(read, { bytes, asked, ...sender }, portsOf(context));
  });
}

function describe(context: Context, sent: Sent): string[] {
  const { site, pathway, recipients, from, messageId, givenMessageId, id } = sent;
  const { good } = context.style;
  return [
    `${good('✓')} Sent by ${PATHWAY_WORDS[pathway]}, as ${from}, for the site ${site}.`,
    `  To: ${recipients.join(', ')}`,
    ...(messageId === null ? [] : [`  Message-ID: ${messageId}`]),
    ...(id === null ? [] : [`  Gmail’s id: ${id}`]),
    ...(givenMessageId == null
      ? []
      : [`  Message-ID as given: ${givenMessageId} (Gmail puts its own in its place)`]),
  ];
}
