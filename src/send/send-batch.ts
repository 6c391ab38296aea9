/** `send --batch DIR`: sends every message in a spool with one start, one token and connections that stay open. */

import { open } from 'node:fs/promises';
import { EndedWith, MailError, mostUrgent } from '../errors.js';
import { bulk } from '../kit/bulk.js';
import { chooseSite } from '../kit/choose-site.js';
import { readParallel } from '../kit/parallel.js';
import { requirePassword } from '../kit/require-can.js';
import { withSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import type { SmtpSessions } from '../mail/smtp/smtp-sessions.js';
import { throwHere } from '../sites/command-here.js';
import { READ } from '../storage/durable-file.js';
import { keychainService } from '../storage/settings-folder.js';
import { storageError } from '../storage/storage-error.js';
import type { ItemFacts } from '../terminal/events.js';
import type { Emptied, MessageEnd, SpoolPorts } from './empty-spool.js';
import { readEnvelopeSender } from './envelope-sender.js';
import { shownName } from './file-names.js';
import type { SpoolOwner } from './owner.js';
import { lyingWords, putBack } from './put-back.js';
import type { Spool } from './spool.js';

/** The default of `--settle`: for how long a file must have been unchanged, in seconds. */
const SETTLE_S = 2;

/** The exit code for what is only temporary. */
const TEMPORARY = 5;

/** What the command line says about every message. */
export interface BatchOptions {
  readonly folder: string;
  readonly parallel: string | undefined;
  /** `--settle`, in seconds. */
  readonly settle: string | undefined;
  /** The name of a message to put back. */
  readonly again: string | undefined;
  readonly envelopeSender: string | null;
  readonly senderName: string | null;
}

/**
 * @throws EndedWith if not every message was sent; MailError `usage`, `invalid-settings`, `storage`, `site-busy`,
 *   `interrupted`
 */
export async function sendBatch(world: World, options: BatchOptions): Promise<void> {
  const parallel = readParallel(options.parallel);
  const settleMs = readSettle(options.settle);
  const name = await chooseSite(world);
  const { Spool } = await import('./spool.js');
  const { report, signal, now } = world;
  const open = async () =>
    Spool.open(options.folder, { owner: await ownerOf(world, name), settleMs, now });
  const { again } = options;
  if (again !== undefined) {
    return withSite(world, name, async () => putBack(world, name, await open(), again));
  }
  const { emptySpool } = await import('./empty-spool.js');
  const { SmtpSessions } = await import('../mail/smtp/smtp-sessions.js');
  const failures: MailError[] = [];
  const sessions = new SmtpSessions();
  const isWhole = await withSite(world, name, async (site) => {
    await requirePassword(world, site);
    const spool = await open();
    const send = await messageSender(
      bulk(world, { remembersSecrets: true }),
      name,
      options,
      sessions,
    );
    try {
      const emptied = await emptySpool(spool, {
        read: (path) => readFileOf(path, signal),
        send,
        signal,
        now,
        parallel,
        onEnd: (end) => {
          if (end.error !== null) failures.push(end.error);
          report.item('message', factsOf(end), linesOf(world, end));
        },
        onWait: (until) =>
          report.note(`A rate is limited: waiting until ${until.toLocaleTimeString('en-GB')} …`),
      });
      const { counts, lying, unsettled } = emptied;
      const ok = failures.length === 0 && unsettled === 0;
      report.result({ ok, site: name, ...counts, ...lying }, summary(world, emptied));
      return unsettled === 0;
    } catch (error) {
      throw withLying(error, spool);
    } finally {
      sessions.end();
    }
  });
  const urgent = toBeActedOn(failures);
  if (urgent !== null) throw new EndedWith(urgent.exitCode);
  if (!isWhole) throw new EndedWith(TEMPORARY);
}

/** A run that was stopped also reports what is in which folder. */
function withLying(error: unknown, spool: Spool): unknown {
  if (!(error instanceof MailError)) return error;
  try {
    const lying = spool.lying();
    return error.with({ details: { ...lying }, hint: [error.hint, lyingWords(lying)].join('\n') });
  } catch {
    return error;
  }
}

/** @throws MailError `usage` */
export function readSettle(value: string | undefined): number {
  const seconds = Number(value ?? SETTLE_S);
  if (/^\d{1,4}(?:\.\d+)?$/.test(value ?? '0')) return seconds * 1000;
  throw new MailError(
    'usage',
    `--settle: ${JSON.stringify(value)} is not a number of seconds from 0 to 9999.`,
    `Nothing was done. Leave it out for ${SETTLE_S}.`,
  );
}

/** The owner that a spool must have for this run to empty it. */
export async function ownerOf(world: World, site: string): Promise<SpoolOwner> {
  const { id, description } = await world.sites();
  const store = id ?? (await keychainService(world.environment));
  return { site, store, description, isRehearsal: world.issuer.isStandIn };
}

/** Makes what sends a message by the pathway that the site has at that moment. @param many as `bulk` makes it */
export async function messageSender(
  many: World,
  name: string,
  { envelopeSender, senderName }: BatchOptions,
  sessions: SmtpSessions,
): Promise<SpoolPorts<Buffer>['send']> {
  const { sendMail } = await import('./send-mail.js');
  const { readAskedRecipients } = await import('../mail/message/recipients.js');
  return async (bytes, envelope, handOver) => {
    const asked = readAskedRecipients(envelope === null, envelope?.to ?? []);
    const from =
      envelope === null ? envelopeSender : readEnvelopeSender(envelope.from ?? undefined);
    const named = envelope?.senderName ?? senderName;
    const outbound = { bytes, asked, envelopeSender: from, senderName: named, handOver };
    const sent = await sendMail(many, name, outbound, { sessions }).catch(throwHere(many));
    return sent.id ?? sent.messageId;
  };
}

/** @throws MailError as `readMessage` does; `storage` if the disk fails, which says nothing about the message */
export async function readFileOf(path: string, signal: AbortSignal): Promise<Buffer> {
  const { MESSAGE_MAX_BYTES, readMessage } = await import('../mail/message/read-message.js');
  const cantBeRead = (error: unknown): never => {
    throw storageError(error, shownName(path), 'read');
  };
  const file = await open(path, READ).catch(cantBeRead);
  try {
    const { size } = await file.stat().catch(cantBeRead);
    // With CRLF line endings it has at most twice its size: no need for room for the largest message each time.
    const most = Math.min(MESSAGE_MAX_BYTES, size * 2);
    let broken: unknown = null;
    const stream = file.createReadStream({ autoClose: false }).on('error', (error) => {
      broken = error;
    });
    return await readMessage(stream, signal, most).catch((error: unknown) => {
      throw broken === null || signal.aborted ? error : cantBeRead(broken);
    });
  } finally {
    // What was read is complete all the same.
    await file.close().catch(() => undefined);
  }
}

/** For scripts: nothing of what is in the message. */
export function factsOf({ file, outcome, id, error }: MessageEnd): ItemFacts['message'] {
  if (error === null) return { file, outcome, id };
  const { code, message, hint } = error;
  return { file, outcome, id, code, message, hint };
}

export function linesOf({ style }: World, { file, outcome, error }: MessageEnd): string[] {
  if (error === null) return [`${style.good('✓')} ${shownName(file)}`];
  const sign = outcome === 'later' ? style.warning('!') : style.bad('✗');
  return [`${sign} ${shownName(file)} (${outcome}): ${error.message}`];
}

function summary(
  { style }: World,
  { counts: { sent, refused, unknown, later }, stoppedBy, unsettled, lying }: Emptied,
): string[] {
  const part = (count: number, words: string) => (count === 0 ? [] : [`  ${count} ${words}`]);
  const isDone = refused + unknown + later + unsettled === 0;
  return [
    `${isDone ? style.good('✓') : style.warning('!')} ${sent} sent.`,
    ...part(refused, 'refused: in the folder "refused", each with its reason beside it'),
    ...part(
      unknown,
      'that may have been sent: in the folder "unknown", and never sent again from there',
    ),
    ...part(later, 'for later: in the folder "new", for the next run'),
    ...part(unsettled, 'left in the folder "new": changed so lately that it may not be whole yet'),
    ...(stoppedBy === null
      ? []
      : [`  ${stoppedBy.message}`, ...stoppedBy.hint.split('\n').map((line) => `  ${line}`)]),
    `  ${lyingWords(lying)}`,
  ];
}

/** The failure that decides the exit code: a message that may have been sent comes first, then what is most urgent. */
function toBeActedOn(failures: readonly MailError[]): MailError | null {
  const isUnknown = ({ code }: MailError) => code === 'delivery-unknown';
  return failures.find(isUnknown) ?? mostUrgent(failures) ?? null;
}
