/** `send`: one message from standard input, by the site's pathway; also under sendmail's name and with its options. */

import { type Command, Option } from 'commander';
import { chooseSite } from '../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { connectionDeps, readSite } from '../command-kit/on-site.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import type { SendPorts, Sent } from '../outbound/send-mail.js';
import { isAddress } from '../sites/address.js';
import type { Pathway } from '../sites/site.js';

interface Options extends CommonOptions {
  readonly t?: boolean;
  readonly f?: string;
  readonly r?: string;
}

const PATHWAY_WORDS: Record<Pathway, string> = {
  gmail: 'Gmail',
  smtp: 'SMTP',
  writeupp: 'the WriteUpp mail server',
};

/**
 * sendmail's options that change nothing here, so that programs that give them work: `-oi`, `-oem`, `-odb`, …;
 * `-bm` (the normal mode); the sender's full name, the body type, what notices are wanted, verbosity.
 */
const HARMLESS = [
  new Option('-o <setting>'),
  new Option('-b <mode>').choices(['m']),
  new Option('-F <name>'),
  new Option('-B <type>'),
  new Option('-N <notices>'),
  new Option('-R <return>'),
  new Option('-v'),
];

/** The command. */
export function sendCommand(process: Process): Command {
  const command = newCommand('send', [
    'send < message.eml',
    'send --site harbour-physio jane@harbour-physio.example < message.eml',
    'send -t -i < message.eml   (as sendmail, for other programs)',
  ])
    .argument('[recipients...]', 'who gets it (default: everyone in its To, Cc and Bcc lines)')
    .option('-t', 'send to everyone in its To, Cc and Bcc lines, as sendmail does')
    .option('-i', 'accepted as by sendmail: a line with a single dot never ends the message')
    .option('-f <address>', 'the sender for bounces; Gmail always uses the connected account')
    .addOption(new Option('-r <address>').hideHelp());
  for (const option of HARMLESS) command.addOption(option.hideHelp());
  return command.action(run<Options>(process, send));
}

async function send(context: Context, options: Options, ...args: string[]): Promise<void> {
  const { readAskedRecipients } = await import('../message/recipients.js');
  const asked = readAskedRecipients(options.t === true, args.flat());
  const envelopeSender = readEnvelopeSender(options.f ?? options.r);
  const name = await chooseSite(context);
  // A site that is not on record is told before the message is waited for.
  await readSite(context, name, async () => undefined);
  const { readMessage } = await import('../message/read-message.js');
  const { stdin } = context.streams;
  if (stdin.isTTY) {
    context.reporter.note(
      'Waiting for a message: type or paste it, then press Ctrl-D on a line of its own (Ctrl-C stops). Or use: writeupp-mail send < message.eml',
    );
  }
  const bytes = await readMessage(stdin, context.signal);
  // The record is read again: the input may have taken long, and the pathway may have changed since.
  await readSite(context, name, async () => {
    const { sendMail } = await import('../outbound/send-mail.js');
    const { requireSite } = await import('../sites/site-session.js');
    const store = await context.sites();
    const read = () => requireSite(store, name);
    const sent = await sendMail(read, { bytes, asked, envelopeSender }, portsOf(context));
    context.reporter.result({ ...sent }, describe(context, sent));
  });
}

function portsOf(context: Context): SendPorts {
  return {
    signal: context.signal,
    mailServer: context.environment.mailServer,
    credentials: () => context.credentials(),
    connectionDeps: () => connectionDeps(context),
    onGmailUsed: async (site) => {
      const { recordUse } = await import('../connection/connection-history.js');
      await recordUse(await context.sites(), site, context.now());
    },
    onSending: (way) => {
      if (context.streams.stderr.isTTY)
        context.reporter.waiting(`Sending by ${PATHWAY_WORDS[way]}`);
    },
  };
}

function describe(context: Context, sent: Sent): string[] {
  const { site, pathway, recipients, from, messageId, id } = sent;
  const { good } = context.style;
  return [
    `${good('✓')} Sent by ${PATHWAY_WORDS[pathway]}, as ${from}, for the site ${site}.`,
    `  To: ${recipients.join(', ')}`,
    ...(messageId === null ? [] : [`  Message-ID: ${messageId}`]),
    ...(id === null ? [] : [`  Gmail's id: ${id}`]),
  ];
}

/** Programs give the name of a system user as well, such as root: no mail server could send bounces there. */
function readEnvelopeSender(value: string | undefined): string | null {
  const address = value?.replace(/^<(.*)>$/, '$1').trim() ?? '';
  if (isAddress(address)) return address;
  if (/^[\w.-]*$/.test(address)) return null;
  throw new MailError(
    'usage',
    `-f: ${JSON.stringify(value)} is not an email address.`,
    'Nothing was sent. Correct the address, or leave -f out.',
  );
}
