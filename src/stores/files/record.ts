/** A site's record as it stands in a file: its schema, its version, and the way back to a Site. */

import { z } from 'zod';
import { MailError, SIGN_IN_REASONS } from '../../errors.js';
import { isAddress, isDomain } from '../../sites/address.js';
import type { Site } from '../../sites/site.js';

/** Raised when a record's shape changes; a record from a newer version is reported and left alone. */
const SCHEMA_VERSION = 1;

const address = z.string().refine(isAddress, 'is not an email address');
const time = z.iso.datetime();

const smtp = z.strictObject({
  host: z.string().refine(isDomain, 'is not a host name'),
  port: z.int().min(1).max(65_535),
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string().min(1).nullable(),
  from: address.nullable(),
  passwordStored: z.boolean(),
});

const test = z.strictObject({
  to: address,
  id: z.string().min(1),
  reference: z.string(),
  acceptedAt: time,
  arrival: z.enum(['unanswered', 'confirmed', 'denied']),
});

const refusal = z.strictObject({
  at: time,
  reason: z.enum(SIGN_IN_REASONS),
});

const gmail = z.strictObject({
  email: address,
  subject: z.string().min(1),
  issuer: z.url(),
  clientId: z.string().min(1),
  tokenSlot: z.enum(['a', 'b']),
  connectedAt: time,
  usedAt: time,
  test: test.nullable(),
  // Absent in records of earlier versions.
  endsAt: time.optional(),
  refusals: z.array(refusal).optional(),
});

const record = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  name: z.string().min(1),
  organisation: z.string().min(1),
  organisationEmail: address.nullable(),
  login: address,
  credentials: z.enum(['keychain', 'vault']).nullable(),
  smtp: smtp.nullable(),
  smtpRevertedAt: time.nullable(),
  gmail: gmail.nullable(),
});

/** The text of a site's record. */
export function serialiseSite(site: Site): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...site }, null, 2)}\n`;
}

/**
 * Reads a record back.
 *
 * @param where the record's path, for the message
 * @throws MailError `storage` that names the path and the field; nothing is repaired behind the person's back.
 */
export function parseSite(text: string, where: string): Site {
  const value = parseJson(text, where);
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > SCHEMA_VERSION) {
    throw new MailError(
      'storage',
      `${where} was written by a newer version of writeupp-mail.`,
      'Update writeupp-mail on this computer. The record was left as it is.',
    );
  }
  const parsed = record.safeParse(value);
  if (!parsed.success) throw damaged(where, describeIssue(parsed.error.issues[0]));
  const { schemaVersion: _, ...site } = parsed.data;
  return site;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(where, 'it is not whole JSON');
  }
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  const field = issue?.path.join('.') ?? '';
  return field === ''
    ? 'it is not a site record'
    : `field ${field}: ${issue?.message ?? 'invalid'}`;
}

function damaged(where: string, why: string): MailError {
  return new MailError(
    'storage',
    `The record ${where} is damaged: ${why}.`,
    'It was left as it is. Put back a copy from a backup, or move the file away and add the site again.',
  );
}
