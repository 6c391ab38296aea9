/** `send --batch DIR`: every message of a spool, with one start, one token and connections that stay open. */

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { chooseSite } from '../../command-kit/choose-site.js';
import { once } from '../../command-kit/once.js';
import { readParallel } from '../../command-kit/parallel.js';
import { reading } from '../../command-kit/reading.js';
import type { Context } from '../../context/context.js';
import { EndedWith, type MailError } from '../../errors.js';
import type { SendPorts } from '../../outbound/send-mail.js';
import type { SecretReader } from '../../sites/secrets.js';
import type { Counts, MessageEnd } from '../../spool/empty-spool.js';
import { storageError } from '../../storage/storage-error.js';
import { portsOf } from './send-ports.js';

/** What the command line says about every message. */
export interface BatchOptions {
  readonly folder: string;
  readonly parallel: string | undefined;
  readonly envelopeSender: string | null;
  readonly senderName: string | null;
}

/** @throws EndedWith where not every message was sent; MailError `usage`, `storage`, `interrupted` */
export async function sendBatch(context: Context, options: BatchOptions): Promise<void> {
  const parallel = readParallel(options.parallel);
  const name = await chooseSite(context);
  const { Spool } = await import('../../spool/spool.js');
  const { emptySpool } = await import('../../spool/empty-spool.js');
  const { SmtpSessions } = await import('../../outbound/smtp-sessions.js');
  const { reporter, signal, now } = context;
  const failures: MailError[] = [];
  const sessions = new SmtpSessions();
  await reading(context, name, async () => {
    const spool = await Spool.open(options.folder);
    const send = await messageSender(context, name, options, sessions);
    try {
      const { counts, stoppedBy } = await emptySpool(spool, {
        send,
        signal,
        now,
        parallel,
        told: (end) => {
          if (end.error !== null) failures.push(end.error);
          reporter.item('message', factsOf(end), linesOf(context, end));
        },
        onWait: (until) =>
          reporter.note(`A rate is limited: waiting until ${until.toLocaleTimeString('en-GB')} …`),
      });
      const ok = failures.length === 0;
      reporter.result({ ok, site: name, ...counts }, summary(context, counts, stoppedBy));
    } finally {
      sessions.end();
    }
  });
  const pressing = mostPressing(failures);
  if (pressing !== null) throw new EndedWith(pressing.exitCode);
}

/** Sends the message of a file by the site's pathway as it is at that moment. */
async function messageSender(
  context: Context,
  name: string,
  { envelopeSender, senderName }: BatchOptions,
  sessions: SendPorts['sessions'],
): Promise<(path: string) => Promise<string | null>> {
  const { sendMail } = await import('../../outbound/send-mail.js');
  const { requireSite } = await import('../../sites/require-site.js');
  const store = await context.sites();
  const one = portsOf(context);
  const ports: SendPorts = {
    ...one,
    sessions,
    credentials: once(async () => rememberingSecrets(await one.credentials())),
    connectionDeps: once(async () => ({ ...(await one.connectionDeps()), memory: {} })),
    onSending: () => undefined,
  };
  const asked = { fromHeader: true, addresses: [] };
  return async (path) => {
    const bytes = await readFileOf(path, context.signal);
    const outbound = { bytes, asked, envelopeSender, senderName };
    const sent = await sendMail(() => requireSite(store, name), outbound, ports);
    return sent.id ?? sent.messageId;
  };
}

async function readFileOf(path: string, signal: AbortSignal): Promise<Buffer> {
  const { MESSAGE_MAX_BYTES, readMessage } = await import('../../message/read-message.js');
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
  const file = await open(path, flags).catch((error: unknown) => {
    throw storageError(error, path, 'read');
  });
  try {
    const { size } = await file.stat();
    // With CRLF line ends it has at most twice its size: room for the largest message is not needed for each.
    const most = Math.min(MESSAGE_MAX_BYTES, size * 2);
    return await readMessage(file.createReadStream({ autoClose: false }), signal, most);
  } finally {
    await file.close();
  }
}

/** A store that is asked once for each secret: a keychain takes its time. */
function rememberingSecrets(store: SecretReader): SecretReader {
  const known = new Map<string, string>();
  return {
    kind: store.kind,
    description: store.description,
    async get(site, slot) {
      const key = JSON.stringify([site, slot]);
      const secret = known.get(key) ?? (await store.get(site, slot));
      if (secret !== null) known.set(key, secret);
      return secret;
    },
  };
}

/** What scripts read: never what is in a message. */
function factsOf({ file, outcome, id, error }: MessageEnd): Readonly<Record<string, unknown>> {
  if (error === null) return { file, outcome, id };
  const { code, message, hint } = error;
  return { file, outcome, id, code, message, hint };
}

function linesOf({ style }: Context, { file, outcome, error }: MessageEnd): string[] {
  if (error === null) return [`${style.good('✓')} ${file}`];
  const sign = outcome === 'later' ? style.warning('!') : style.bad('✗');
  return [`${sign} ${file} (${outcome}): ${error.message}`];
}

function summary(
  { style }: Context,
  { sent, refused, unknown, later }: Counts,
  stoppedBy: MailError | null,
): string[] {
  const part = (count: number, words: string) => (count === 0 ? [] : [`  ${count} ${words}`]);
  return [
    `${refused + unknown + later === 0 ? style.good('✓') : style.warning('!')} ${sent} sent.`,
    ...part(refused, 'refused: in the folder “refused”, each with its reason beside it'),
    ...part(
      unknown,
      'that may have been sent: in the folder “unknown”, and never sent again from there',
    ),
    ...part(later, 'for later: in the folder “new”, for the next run'),
    ...(stoppedBy === null
      ? []
      : [`  ${stoppedBy.message}`, ...stoppedBy.hint.split('\n').map((line) => `  ${line}`)]),
  ];
}

/** What needs a person comes before what passes by itself: first the highest code but those of waiting. */
function mostPressing(failures: readonly MailError[]): MailError | null {
  const TEMPORARY = 5;
  const rank = ({ code, exitCode }: MailError) =>
    code === 'delivery-unknown'
      ? 3
      : exitCode === TEMPORARY
        ? 0
        : exitCode === 1 || exitCode === 2
          ? 1
          : 2;
  return failures.reduce<MailError | null>(
    (most, one) => (most === null || rank(one) > rank(most) ? one : most),
    null,
  );
}
