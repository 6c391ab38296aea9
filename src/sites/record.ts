/** A site's record as it is stored: its version, and how to read it back. */

import * as v from 'valibot';
import { MailError } from '../errors.js';
import { isObject, parseJson } from '../text/json.js';
import { hashReference } from './reference.js';
import type { HistoryEvent } from './site-history.js';
import { type Site, siteSchema } from './site-schema.js';

/**
 * Raised when a record's shape changes; a record of another version is reported and left alone. Version 2 can be read:
 * it differs in one field, and the next change writes it as version 3.
 */
const SCHEMA_VERSION = 3;

/**
 * The text of a site's record.
 *
 * @param lines those of its last change, for a store that can't write them to the history in the same step
 * @throws MailError `invalid-settings` if it could not be read back
 */
export function serialiseSite(site: Site, lines: readonly HistoryEvent[] = []): string {
  requireStorable(site);
  const record = { schemaVersion: SCHEMA_VERSION, ...site, ...(lines.length > 0 ? { lines } : {}) };
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** @throws MailError `invalid-settings` if the site could not be read back as it is */
export function requireStorable(site: Site): void {
  const checked = v.safeParse(siteSchema, site);
  if (!checked.success) throw unfit(site.name, describeIssue(checked.issues[0]));
}

/**
 * Reads a record back.
 *
 * @param where which record it is, for the error message: its path, or `of "NAME" in …`
 * @throws MailError `storage`, naming the path and the field; nothing is repaired behind the person's back.
 */
export function parseSite(text: string, where: string): Site {
  const value = parseJson(text);
  if (value === undefined) throw damaged(where, 'it is not whole JSON');
  if (!isObject(value)) throw damaged(where, 'it is not a site record');
  const { schemaVersion, lines: _lines, ...fields } = value;
  if (typeof schemaVersion !== 'number') throw damaged(where, 'field schemaVersion: is missing');
  if (schemaVersion > SCHEMA_VERSION) throw newer(where);
  if (schemaVersion < 2) throw older(where);
  const parsed = v.safeParse(
    siteSchema,
    schemaVersion === 2 ? withHashedReference(fields) : fields,
  );
  if (!parsed.success) throw damaged(where, describeIssue(parsed.issues[0]));
  return parsed.output;
}

/**
 * Version 2 kept the reference of the test message itself. Anything that does not match version 2, the schema reports.
 */
function withHashedReference(fields: Readonly<Record<string, unknown>>): unknown {
  const { gmail } = fields;
  if (!isObject(gmail) || !isObject(gmail.test)) return fields;
  const { reference, ...test } = gmail.test;
  if (typeof reference !== 'string' || !/[A-Z]/i.test(reference)) return fields;
  if (typeof gmail.id !== 'string') return fields;
  const referenceHash = hashReference(gmail.id, reference);
  return { ...fields, gmail: { ...gmail, test: { ...test, referenceHash } } };
}

/** The error for a record under another site's name: a copy shares the original's secrets. */
export function misnamed(where: string, name: string): MailError {
  return new MailError(
    'storage',
    `The record ${where} is that of another site, "${name}": it was copied or renamed.`,
    'It was left as it is. A copy shares the passwords and the permission of the original: move the copy away, and add the site again.',
  );
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue) ?? '';
  const isUnknown = issue.type === 'strict_object' && issue.expected === 'never';
  // Never the value: a field of another version could hold a secret.
  const why = isUnknown
    ? 'is not known'
    : issue.message.startsWith('Invalid')
      ? 'is not valid'
      : issue.message;
  return field === '' ? 'it is not a site record' : `field ${field}: ${why}`;
}

function damaged(where: string, why: string): MailError {
  return new MailError(
    'storage',
    `The record ${where} is damaged: ${why}.`,
    'It was left as it is. Put back a copy from a backup, or move it away and add the site again.',
  );
}

function newer(where: string): MailError {
  return new MailError(
    'storage',
    `The record ${where} was written by a newer version of writeupp-mail.`,
    'Update writeupp-mail on this computer. The record was left as it is.',
  );
}

function older(where: string): MailError {
  return new MailError(
    'storage',
    `The record ${where} was written by an older version of writeupp-mail, and this version doesn’t read it.`,
    'It was left as it is. Move it away, and add the site again: writeupp-mail site add',
  );
}

function unfit(name: string, why: string): MailError {
  return new MailError(
    'invalid-settings',
    `The settings of ${JSON.stringify(name)} can’t be kept: ${why}.`,
    'Nothing was changed. Correct the value and run the command again.',
  );
}
