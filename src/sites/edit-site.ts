/** Makes or changes a site from what a person enters, field by field. Pure: nothing is stored here. */

import { MailError } from '../errors.js';
import type { Site, SmtpSettings } from './site.js';
import {
  GENERAL_FIELDS,
  type GeneralSettings,
  type SiteFields,
  SMTP_FIELDS,
  usualSecurity,
} from './site-fields.js';
import { checkFields, missingField } from './site-input.js';
import { parseSiteName } from './site-name.js';

/**
 * Builds a new site from checked fields.
 *
 * @throws MailError `invalid-settings`, naming the field
 */
export function newSite(name: string, fields: SiteFields): Site {
  const parsedName = parseSiteName(name);
  checkFields(fields);
  if (fields.login === undefined) throw missingField('login');
  return {
    name: parsedName,
    ...mergeGeneral({ organisation: parsedName }, fields),
    credentials: null,
    smtp: mergeSmtp(null, fields),
    smtpRevertedAt: null,
    gmail: null,
    doneInWriteUpp: null,
  };
}

/**
 * A site with some fields changed. A stored password belongs to its server and user: if either changes, it is dropped,
 * and `needsPassword` reports that a new one is wanted.
 *
 * @throws MailError `invalid-settings`, naming the field; also for SMTP settings of a site that was reverted: as in
 *   WriteUpp, there is no way back to SMTP
 */
export function changedSite(site: Site, fields: SiteFields): Site {
  checkFields(fields);
  if (site.smtpRevertedAt !== null && hasSmtpField(fields)) throw revertedBefore(site);
  return {
    ...site,
    ...mergeGeneral(site, fields),
    smtp: mergeSmtp(site.smtp, fields),
  };
}

/** Whether a change drops the stored password, because it is for another server or user. */
export function needsPassword(site: Site, changed: Site): boolean {
  return site.smtp?.password != null && changed.smtp !== null && changed.smtp.password === null;
}

function revertedBefore({ name, smtpRevertedAt }: Site): MailError {
  return new MailError(
    'invalid-settings',
    `"${name}" was reverted to the WriteUpp mail server on ${smtpRevertedAt?.slice(0, 10)}. SMTP can’t be set again for it, as in WriteUpp.`,
    'Connect a Gmail account instead: writeupp-mail sign-in',
  );
}

/** Whether any of the fields is an SMTP setting. */
export function hasSmtpField(fields: SiteFields): boolean {
  return SMTP_FIELDS.some(({ key }) => fields[key] !== undefined);
}

function mergeGeneral(old: Partial<GeneralSettings>, fields: SiteFields): GeneralSettings {
  const merged = GENERAL_FIELDS.map(({ key, stored }) => {
    const given = fields[key];
    return [key, given === undefined ? (old[key] ?? null) : stored(given)];
  });
  return Object.fromEntries(merged) as GeneralSettings;
}

function mergeSmtp(old: SmtpSettings | null, fields: SiteFields): SmtpSettings | null {
  if (!hasSmtpField(fields)) return old;
  const given = SMTP_FIELDS.flatMap(({ key, property, stored }) =>
    fields[key] === undefined ? [] : [[property, stored(fields[key])]],
  );
  const merged: Partial<SmtpSettings> = { ...old, ...Object.fromEntries(given) };
  const { host, port = 587, security = usualSecurity(port), user = null, from = null } = merged;
  if (host === undefined) throw missingField('smtpHost');
  const isSameLogin = host.toLowerCase() === old?.host.toLowerCase() && user === old.user;
  return { host, port, security, user, from, password: isSameLogin ? old.password : null };
}
