/**
 * WRITEUPP_MAIL_SPOOL, under the name sendmail: callers such as cron and PHP never retry, so a message that could be
 * sent later goes into a spool, for a watch to send.
 */

import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { isShortage, MailError } from '../errors.js';
import { isWatchedNow, rememberSpool } from '../kit/spools.js';
import type { World } from '../kit/world.js';
import { dateField } from '../mail/message/header-fields.js';
import { readIncoming } from '../mail/message/incoming.js';
import { fieldsNamed, piecesOf, type RawMessage, textValue } from '../mail/message/raw-message.js';
import { envelopeRecipients } from '../mail/message/recipients.js';
import { siteKey } from '../sites/site-name.js';
import { storageError } from '../storage/storage-error.js';
import { siteCommand } from '../text/command-line.js';
import type { SpoolEnvelope } from './envelope.js';
import { shownName } from './file-names.js';
import { failureOf, type Outcome } from './outcome.js';
import { readOwner, requireOwner, type SpoolOwner } from './owner.js';
import { ownerOf } from './send-batch.js';
import { type Outbound, type Sending, type Sent, sendMail } from './send-mail.js';
import { EX_TEMPFAIL, sysexitOf } from './sysexits.js';

/** Enough to read who owns a spool. */
const FILES = { read: (path: string) => readFileSync(path) };

/**
 * Sends a message, or puts it into the spool if it can't be sent now.
 *
 * @returns null if it was put into the spool: it is on disk
 * @throws MailError as `sendMail` does; `invalid-settings` if the spool is another site's
 */
export async function sendOrKeep(
  world: World,
  site: string,
  outbound: Outbound,
  sending: Sending,
  folder: string,
): Promise<Sent | null> {
  const owner = await ownerHere(world, site, folder);
  requireNotAnothers(folder, owner);
  let wasHandedOver = false;
  const handOver = async () => {
    wasHandedOver = true;
    await outbound.handOver?.();
  };
  try {
    return await sendMail(world, site, { ...outbound, handOver }, sending);
  } catch (error) {
    const failure = failureOf(error, wasHandedOver);
    const isUnknown = failure.outcome === 'unknown';
    if (!isUnknown && !canBeSentLater(world, error, failure.outcome)) throw error;
    const shown = isUnknown ? asUnknown(failure.error) : error;
    try {
      await keep(world, owner, outbound, folder, isUnknown ? 'unknown' : 'new');
    } catch (reason) {
      const isRefusal = reason instanceof MailError && reason.code.startsWith('invalid-');
      // Kept or not, it may have been sent: a caller that retried would send it twice.
      if (!isUnknown && isRefusal) throw reason;
      world.report.note(notKept(folder, reason));
      throw shown;
    }
    if (isUnknown) throw shown;
    return null;
  }
}

/**
 * The site of a message while the store can't be opened, for example because its database is down: the site that was
 * named, if the spool belongs to it. Null if the message can't be kept.
 */
export function siteOfSpool(world: World, folder: string, error: unknown): string | null {
  const { options, environment } = world;
  const named = options.site ?? environment.site;
  if (named === undefined || !canBeSentLater(world, error, 'later')) return null;
  // The store was opened: it has no such site.
  if (error instanceof MailError && error.details.sites !== undefined) return null;
  return ownerAsWritten(world, named, folder)?.site ?? null;
}

/** The owner that the spool must have; if the site's store can't be opened, the one that the spool itself names. */
async function ownerHere(world: World, site: string, folder: string): Promise<SpoolOwner> {
  try {
    return await ownerOf(world, site);
  } catch (error) {
    const owner = canBeSentLater(world, error, 'later')
      ? ownerAsWritten(world, site, folder)
      : null;
    if (owner === null) throw error;
    return owner;
  }
}

function ownerAsWritten({ issuer }: World, site: string, folder: string): SpoolOwner | null {
  try {
    const owner = readOwner(folder, FILES);
    const isIt =
      owner !== null &&
      siteKey(owner.site) === siteKey(site) &&
      owner.isRehearsal === issuer.isStandIn;
    return isIt ? owner : null;
  } catch {
    return null;
  }
}

/** Called before anything is sent. A folder that can't be read is no reason not to send. */
function requireNotAnothers(folder: string, owner: SpoolOwner): void {
  try {
    requireOwner(folder, owner, FILES);
  } catch (error) {
    if (error instanceof MailError && error.code === 'invalid-settings') throw error;
  }
}

/** Whether the exit code would ask the caller to retry; also true for a shortage, which no exit code expresses. */
function canBeSentLater({ options }: World, error: unknown, outcome: Outcome): boolean {
  if (outcome !== 'later') return false;
  if (isShortage(error)) return true;
  if (!(error instanceof MailError) || error.code === 'interrupted') return false;
  return sysexitOf(error, options.site !== undefined) === EX_TEMPFAIL;
}

function asUnknown(error: MailError): MailError {
  if (error.code === 'delivery-unknown') return error;
  const { message, hint } = error;
  return new MailError('delivery-unknown', message, hint, { sent: 'unknown' });
}

/** @throws MailError `invalid-message`, `invalid-recipient`; also if it can't be put there */
async function keep(
  world: World,
  owner: SpoolOwner,
  { bytes, asked, envelopeSender, senderName }: Outbound,
  folder: string,
  place: 'new' | 'unknown',
): Promise<void> {
  const { now, environment, report } = world;
  const message = readIncoming(bytes, !asked.fromHeader && asked.addresses.length > 0);
  const envelope: SpoolEnvelope = {
    site: owner.site,
    from: envelopeSender,
    to: envelopeRecipients(message, asked),
    ...(senderName === null ? {} : { senderName }),
  };
  requireOwn(folder);
  // Loaded only to keep a message, since it brings in the native module that locks files.
  const { Spool } = await import('./spool.js');
  const spool = await Spool.open(folder, { owner, settleMs: 0, now });
  const name = await spool.put(piecesOf(dated(message, now())), envelope, place);
  await rememberSpool(environment.home, owner.site, folder);
  if (place === 'unknown') {
    report.note(`A copy lies in the folder "unknown" of the spool: ${shownName(name)}`);
  } else if (!isWatchedNow(folder, now())) report.note(notWatched(owner.site, folder));
}

/** Dated when it was written, not when it is sent. */
function dated(message: RawMessage, now: Date): RawMessage {
  const hasDate = fieldsNamed(message, 'date').some((field) => textValue(field) !== '');
  return hasDate ? message : { ...message, fields: [dateField(now), ...message.fields] };
}

/** Another user could read the messages in their folder, and take them away. @throws MailError `storage` */
function requireOwn(folder: string): void {
  const user = process.geteuid?.();
  const found = lstatSync(realpathSync(folder));
  if (user === undefined || found.uid === user) return;
  throw new MailError(
    'storage',
    `The spool ${folder} belongs to another user of this computer (number ${found.uid}).`,
    'Name a folder of your own: WRITEUPP_MAIL_SPOOL=/path/to/folder',
  );
}

/** Reports a message that could be sent later but not kept, because nobody knows which site it belongs to. */
export function sayNotKept(world: World, folder: string, reason: unknown): void {
  if (canBeSentLater(world, reason, 'later')) world.report.note(notKept(folder, reason));
}

function notKept(folder: string, reason: unknown): string {
  const { message } = storageError(reason, folder, 'written');
  return `The message was not put into the spool (WRITEUPP_MAIL_SPOOL): ${message}`;
}

function notWatched(site: string, folder: string): string {
  return `The message waits in the spool ${folder}, and no watch has looked there for 15 minutes. Start one: ${siteCommand('send', site, '--batch', folder, '--watch')}`;
}
