/** The envelope next to a message, `NAME.envelope`: which site sends it, and to whom, regardless of its headers. */

import { MailError } from '../errors.js';
import { siteKey } from '../sites/site-name.js';
import { storageError } from '../storage/storage-error.js';
import { isObject, parseJson } from '../text/json.js';
import type { Disk } from './disk.js';
import { shownName } from './file-names.js';

export interface SpoolEnvelope {
  readonly site: string;
  /** The sender for bounces, as sendmail's `-f`; null if none was given. */
  readonly from: string | null;
  readonly to: readonly string[];
  /** The sender’s name for a message without From, as sendmail's `-F`. */
  readonly senderName?: string;
}

/** Room for more than 10,000 recipients. */
const MAX_BYTES = 1_000_000;

/**
 * @param site the site that the spool belongs to
 * @returns null if there is none
 * @throws MailError `storage`; `invalid-message` if it is not a valid envelope, `invalid-settings` if it is another
 *   site's
 */
export function readEnvelope(
  path: string,
  site: string,
  disk: Pick<Disk, 'readStart'>,
): SpoolEnvelope | null {
  const envelope = parsedFile(path, disk);
  if (envelope === null || siteKey(envelope.site) === siteKey(site)) return envelope;
  throw new MailError(
    'invalid-settings',
    `The message’s envelope, ${shownName(path)}, names the site ${JSON.stringify(envelope.site)}, and the spool belongs to ${JSON.stringify(site)}.`,
    'It was not sent. Move the message and its envelope to the spool of that site.',
    { sent: 'no' },
  );
}

function parsedFile(path: string, disk: Pick<Disk, 'readStart'>): SpoolEnvelope | null {
  let start: Buffer | null;
  try {
    start = disk.readStart(path, MAX_BYTES + 1);
  } catch (error) {
    throw storageError(error, shownName(path), 'read');
  }
  if (start === null) return null;
  if (start.length > MAX_BYTES) throw noEnvelope(path);
  return parseEnvelope(start.toString(), path);
}

function parseEnvelope(text: string, path: string): SpoolEnvelope {
  const value = parseJson(text);
  const { site, from, to, senderName }: Readonly<Record<string, unknown>> = isObject(value)
    ? value
    : {};
  const isList = Array.isArray(to) && to.length > 0 && to.every((one) => typeof one === 'string');
  if (typeof site !== 'string' || !isList) throw noEnvelope(path);
  if (typeof (from ?? '') !== 'string' || /[<>\p{Cc}]/u.test(`${from ?? ''}`))
    throw noEnvelope(path);
  const envelope = { site, from: typeof from === 'string' ? from : null, to };
  return typeof senderName === 'string' ? { ...envelope, senderName } : envelope;
}

function noEnvelope(path: string): MailError {
  return new MailError(
    'invalid-message',
    `The message’s envelope, ${shownName(path)}, can’t be used.`,
    'Nothing was sent.\nIt is JSON: {"site": "NAME", "from": "ADDRESS" or null, "to": ["ADDRESS", …]}. Without that file, the message goes to the recipients that it names itself.',
    { sent: 'no' },
  );
}
