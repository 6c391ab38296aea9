/** A site made or changed from what a person gives, field by field. Pure: nothing is stored here. */

import { MailError } from '../errors.js';
import type { Site, SmtpSecurity, SmtpSettings } from './site.js';
import { checkFields, missingField, type SiteFields, usualSecurity } from './site-input.js';
import { parseSiteName } from './site-name.js';

/**
 * Builds a new site from checked fields.
 *
 * @throws MailError `invalid-settings` that names the field
 */
export function newSite(name: string, fields: SiteFields): Site {
  const parsedName = parseSiteName(name);
  checkFields(fields);
  if (fields.login === undefined) throw missingField('login');
  return {
    name: parsedName,
    organisation: fields.organisation?.trim() ?? parsedName,
    organisationEmail: fields.organisationEmail?.trim() ?? null,
    login: fields.login.trim(),
    sendAs: fields.sendAs?.trim() ?? null,
    account: fields.account?.trim() ?? null,
    credentials: null,
    smtp: mergeSmtp(null, fields),
    smtpRevertedAt: null,
    gmail: null,
    doneInWriteUpp: null,
  };
}

/**
 * A site with some fields changed. A password that is stored belongs to its server and user: for another one it is
 * left behind, and `needsPassword` tells that a new one is wanted.
 *
 * @throws MailError `invalid-settings` that names the field; also for SMTP settings of a site that was
 *   reverted: going back to SMTP is not possible, as in WriteUpp
 */
export function changedSite(site: Site, fields: SiteFields): Site {
  checkFields(fields);
  if (site.smtpRevertedAt !== null && hasSmtpField(fields)) throw revertedBefore(site);
  return {
    ...site,
    organisation: fields.organisation?.trim() ?? site.organisation,
    organisationEmail: fields.organisationEmail?.trim() ?? site.organisationEmail,
    login: fields.login?.trim() ?? site.login,
    sendAs: fields.sendAs?.trim() ?? site.sendAs,
    account: fields.account?.trim() ?? site.account,
    smtp: mergeSmtp(site.smtp, fields),
  };
}

/** Whether a change leaves the stored password behind, because it is for another server or user. */
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

function hasSmtpField(fields: SiteFields): boolean {
  const { smtpHost, smtpPort, smtpSecurity, smtpUser, smtpFrom } = fields;
  return [smtpHost, smtpPort, smtpSecurity, smtpUser, smtpFrom].some(
    (value) => value !== undefined,
  );
}

function mergeSmtp(old: SmtpSettings | null, fields: SiteFields): SmtpSettings | null {
  if (!hasSmtpField(fields)) return old;
  const host = fields.smtpHost?.trim() ?? old?.host;
  if (host === undefined) throw missingField('smtpHost');
  const port = fields.smtpPort === undefined ? (old?.port ?? 587) : Number(fields.smtpPort);
  const user = fields.smtpUser?.trim() ?? old?.user ?? null;
  const isSameLogin = host.toLowerCase() === old?.host.toLowerCase() && user === old.user;
  return {
    host,
    port,
    security:
      (fields.smtpSecurity as SmtpSecurity | undefined) ?? old?.security ?? usualSecurity(port),
    user,
    from: fields.smtpFrom?.trim() ?? old?.from ?? null,
    password: isSameLogin ? old.password : null,
  };
}
