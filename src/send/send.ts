/** `send`: one message from standard input, or a spool of them, by the site's pathway; also under sendmail's name. */

import { type Command, Option } from 'commander';
import { isShortage, MailError, unexpectedError } from '../errors.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { requirePassword } from '../kit/require-can.js';
import { withSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import type { AskedRecipients } from '../mail/message/recipients.js';
import { PATHWAY_WORDS } from '../show/status-lines.js';
import type { Pathway } from '../sites/site.js';
import { readEnvelopeSender } from './envelope-sender.js';
import type { Outbound, Sent } from './send-mail.js';
import { unsupported } from './unsupported.js';

interface Options extends CommonOptions {
  /** A spool's folder. */
  readonly batch?: string;
  readonly parallel?: string;
  readonly settle?: string;
  readonly again?: string;
  readonly watch?: boolean;
  readonly giveUp?: string;
  readonly keep?: string;
  readonly notify?: string;
  readonly t?: boolean;
  readonly f?: string;
  /** Commander's name for `-F`. */
  readonly F?: string;
  /** Under the name sendmail: nothing is printed on success. */
  readonly silent?: boolean;
  /** A sendmail option for something that this program does not do. */
  readonly unsupported?: string;
}

export function sendCommand(process: Process): Command {
  return newCommand('send', [
    'send < message.eml',
    'send --site harbour-physio jane@harbour-physio.example < message.eml',
    'send -t -i < message.eml   (as sendmail, for other programs)',
    'send --batch /var/spool/reminders   (every message in the folder "new" there)',
    'send --batch /var/spool/reminders --watch',
  ])
    .argument('[recipients...]', 'who gets it (default: everyone in its To, Cc and Bcc lines)')
    .option('-t', 'send to everyone in its To, Cc and Bcc lines, as sendmail does')
    .option('-i', 'accepted as by sendmail: a line with a single dot never ends the message')
    .option('-f <address>', 'the sender for bounces; Gmail always uses the connected account')
    .option('-F <name>', 'the sender’s name, for a message without From')
    .option('--batch <folder>', 'send every message in the folder "new" of a spool')
    .option('--parallel <number>', 'with --batch: how many messages at a time (default: 4)')
    .option(
      '--settle <seconds>',
      'with --batch: leave files that have changed since (default: 2; 0 if they are put there whole, by renaming them)',
    )
    .option('--again <name>', 'with --batch: put a message back from "unknown" or "refused"')
    .option('--watch', 'with --batch: stay, and try again what could not be sent')
    .option('--give-up <days>', 'with --watch: try each message for so long (default: 5)')
    .option('--notify <command>', 'with --watch: run it with what somebody should know')
    .option('--keep <days>', 'with --watch: delete what was sent after so long (default: 7)')
    .addOption(new Option('--silent').hideHelp())
    .addOption(new Option('--unsupported <option>').hideHelp())
    .action(run<Options>(process, send));
}

async function send(world: World, options: Options, ...args: string[]): Promise<void> {
  if (options.unsupported !== undefined) throw unsupported(options.unsupported);
  const { readAskedRecipients } = await import('../mail/message/recipients.js');
  const asked = readAskedRecipients(options.t === true, args.flat());
  const envelopeSender = readEnvelopeSender(options.f);
  const senderName = options.F?.trim() || null;
  const { batch: folder, parallel, settle, again, watch, giveUp, keep, notify } = options;
  if (again !== undefined && watch === true) throw againWithWatch();
  for (const [option, value] of Object.entries({ 'give-up': giveUp, keep, notify })) {
    if (value !== undefined && watch !== true) throw goesWith(option, '--watch');
  }
  if (folder !== undefined) {
    if (asked.addresses.length > 0) throw recipientsWithBatch();
    const batch = { folder, parallel, settle, again, envelopeSender, senderName };
    if (watch === true) {
      const { sendWatch } = await import('./send-watch.js');
      return sendWatch(world, batch, { giveUp, keep, notify });
    }
    const { sendBatch } = await import('./send-batch.js');
    return sendBatch(world, batch);
  }
  for (const [option, value] of Object.entries({ parallel, settle, again, watch })) {
    if (value !== undefined) throw goesWith(option, '--batch FOLDER');
  }
  const spool = options.silent === true ? world.environment.spool : undefined;
  const sent = await sendOne(world, asked, { envelopeSender, senderName }, spool);
  if (sent !== null && (options.silent !== true || options.json === true)) {
    world.report.result({ ...sent }, describe(world, sent));
  }
}

function goesWith(option: string, other: string): MailError {
  return new MailError(
    'usage',
    `--${option} goes with ${other.replace(/ .*/, '')}.`,
    `Nothing was sent. Leave it out, or add ${other}.`,
  );
}

function againWithWatch(): MailError {
  return new MailError(
    'usage',
    '--again puts a message back and ends; --watch stays.',
    'Nothing was changed. Leave out --watch: one that runs takes the message by itself.',
  );
}

function recipientsWithBatch(): MailError {
  return new MailError(
    'usage',
    'Recipients were named as arguments, and --batch sends each message to those whom it names.',
    'Nothing was sent. Leave out the arguments.',
  );
}

async function sendOne(
  world: World,
  asked: AskedRecipients,
  sender: Pick<Outbound, 'envelopeSender' | 'senderName'>,
  spool: string | undefined,
): Promise<Sent | null> {
  let isLeaving = false;
  const handOver = async () => {
    isLeaving = true;
  };
  try {
    return await sendRead(world, asked, { ...sender, handOver }, spool);
  } catch (error) {
    // A retry may help, and sends nothing twice: nothing has left yet.
    if (isLeaving || !isShortage(error)) throw error;
    throw unexpectedError(error).with({ details: { sent: 'no' } });
  }
}

/** @returns null if the message was put into the spool */
async function sendRead(
  world: World,
  asked: AskedRecipients,
  sender: Pick<Outbound, 'envelopeSender' | 'senderName' | 'handOver'>,
  spool: string | undefined,
): Promise<Sent | null> {
  const name = await chooseSite(world).catch(async (error: unknown) => {
    if (spool === undefined) throw error;
    const { sayNotKept, siteOfSpool } = await import('./keep-for-later.js');
    const named = siteOfSpool(world, spool, error);
    if (named !== null) return named;
    sayNotKept(world, spool, error);
    throw error;
  });
  // An unknown site is reported before the message is awaited.
  const site = await withSite(world, name, async (found) => found).catch(async (error: unknown) => {
    // That a record can't be read at the moment does not stop the message from being kept.
    if (spool !== undefined && !isNotThere(error)) return null;
    if (spool !== undefined) {
      (await import('./keep-for-later.js')).sayNotKept(world, spool, error);
    }
    throw error;
  });
  // With a spool, the message is read first, so that it is kept; the refusal comes when it would be sent.
  if (site !== null && spool === undefined) await requirePassword(world, site);
  const { readMessage } = await import('../mail/message/read-message.js');
  const { stdin, stderr } = world.streams;
  if (stdin.isTTY) {
    world.report.note(
      'Waiting for a message: type or paste it, then press Ctrl-D on a line of its own (Ctrl-C stops). Or use: writeupp-mail send < message.eml',
    );
  }
  const bytes = await readMessage(stdin, world.signal);
  const { sendMail } = await import('./send-mail.js');
  const onSending = (way: Pathway) => {
    if (stderr.isTTY) world.report.waiting(`Sending by ${PATHWAY_WORDS[way]}`);
  };
  // `sendMail` reads the record again: the input may have taken a while, and the pathway may have changed.
  const outbound = { bytes, asked, ...sender };
  if (spool !== undefined) {
    const { sendOrKeep } = await import('./keep-for-later.js');
    const keeping = () => sendOrKeep(world, name, outbound, { onSending }, spool);
    return site === null ? keeping() : withSite(world, name, keeping, site);
  }
  return withSite(world, name, () => sendMail(world, name, outbound, { onSending }), site);
}

function isNotThere(error: unknown): boolean {
  return error instanceof MailError && error.code === 'no-such-site';
}

function describe(world: World, sent: Sent): string[] {
  const { site, pathway, recipients, from, messageId, givenMessageId, id } = sent;
  const { good } = world.style;
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
