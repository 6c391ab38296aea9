/** A site's record as it is stored: its version, and the way back to a Site, also from earlier versions. */

import * as v from 'valibot';
import { MailError } from '../errors.js';
import { isObject, parseJson } from '../words/json.js';
import { type Site, siteSchema } from './site-schema.js';

/** Raised when a record's shape changes; a record from a newer version is reported and left alone. */
const SCHEMA_VERSION = 2;

/** The id of secrets that version 1 stored, which carried none. */
export const LEGACY_ID = 'v1';

/** The text of a site's record. */
export function serialiseSite(site: Site): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...site }, null, 2)}\n`;
}

/**
 * Reads a record back.
 *
 * @param where which record it is, for the message: its path, or `of "NAME" in …`
 * @throws MailError `storage` that names the path and the field; nothing is repaired behind the person's back.
 */
export function parseSite(text: string, where: string): Site {
  const value = parseJson(text);
  if (value === undefined) throw damaged(where, 'it is not whole JSON');
  if (!isObject(value)) throw damaged(where, 'it is not a site record');
  const { schemaVersion, ...fields } = value;
  if (typeof schemaVersion !== 'number') throw damaged(where, 'field schemaVersion: is missing');
  if (schemaVersion > SCHEMA_VERSION) throw newer(where);
  const parsed = v.safeParse(siteSchema, schemaVersion === 1 ? upgraded(fields) : fields);
  if (!parsed.success) throw damaged(where, describeIssue(parsed.issues[0]));
  return parsed.output;
}

/** The error of a record that stands under another site's name: a copy shares the original's secrets. */
export function misnamed(where: string, name: string): MailError {
  return new MailError(
    'storage',
    `${where} is the record of another site, "${name}": its file was copied or renamed.`,
    'It was left as it is. A copy shares the passwords and the permission of the original: move the copy away, and add the site again.',
  );
}

/** A record of 0.1.0 in today's shape. What is no object is left for the schema to refuse. */
function upgraded(fields: Record<string, unknown>): Record<string, unknown> {
  const { smtp, gmail } = fields;
  return {
    sendAs: null,
    account: null,
    doneInWriteUpp: null,
    ...fields,
    smtp: smtpOf(smtp),
    gmail: gmailOf(gmail),
  };
}

function smtpOf(smtp: unknown): unknown {
  if (!isObject(smtp)) return smtp;
  const { passwordStored, ...rest } = smtp;
  return { ...rest, password: passwordStored === true ? { slot: 'a', id: LEGACY_ID } : null };
}

function gmailOf(gmail: unknown): unknown {
  if (!isObject(gmail)) return gmail;
  const { test, ...rest } = gmail;
  return {
    ...rest,
    id: LEGACY_ID,
    method: 'oauth',
    test: isObject(test) ? { ...test, from: rest.email, senderSeen: false } : test,
  };
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
