/** Adding, changing and removing a site: the record and its secrets, in an order that a killed run survives. */

import type { CredentialStore } from '../credentials/credential-store.js';
import { MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import { accountedSlots, clearUnaccountedSecrets, requireSameCredentialStore } from './secrets.js';
import type { Site, SmtpSecurity, SmtpSettings } from './site.js';
import { checkFields, missingField, type SiteFields, usualSecurity } from './site-input.js';
import { parseSiteName, siteKey } from './site-name.js';
import { alreadyOnRecord, type SiteSession } from './site-session.js';
import type { SiteStore } from './site-store.js';

/** The password of the SMTP log in, on its way into the credential store. */
export type SmtpPassword = string | null;

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
    credentials: null,
    smtp: mergeSmtp(null, fields),
    smtpRevertedAt: null,
    gmail: null,
  };
}

/**
 * A site with some fields changed.
 *
 * @throws MailError `invalid-settings` that names the field; also for SMTP settings of a site that was
 *   reverted: going back to SMTP is not possible, as in WriteUpp
 */
export function changedSite(site: Site, fields: SiteFields): Site {
  checkFields(fields);
  if (site.smtpRevertedAt !== null && hasSmtpField(fields)) {
    throw new MailError(
      'invalid-settings',
      `"${site.name}" was reverted to the WriteUpp mail server on ${site.smtpRevertedAt.slice(0, 10)}. SMTP can't be set again for it, as in WriteUpp.`,
      'Connect a Gmail account instead: writeupp-mail sign-in',
    );
  }
  return {
    ...site,
    organisation: fields.organisation?.trim() ?? site.organisation,
    organisationEmail: fields.organisationEmail?.trim() ?? site.organisationEmail,
    login: fields.login?.trim() ?? site.login,
    smtp: mergeSmtp(site.smtp, fields),
  };
}

/**
 * Puts a new site on record: its password first, so that a record never promises one that is not there.
 *
 * @param credentials opened only if there is a password to keep
 * @throws MailError `invalid-settings` if the name is taken; `site-busy`, `storage`; of the credential store
 */
export async function addSite(
  store: SiteStore,
  site: Site,
  password: SmtpPassword,
  credentials: () => Promise<CredentialStore>,
  lockOptions: LockOptions,
): Promise<Site> {
  const lock = await store.lock(site.name, lockOptions);
  try {
    // Before the password is stored: it would replace that of the site of the same name.
    if ((await store.read(site.name)) !== null) throw alreadyOnRecord(site.name);
    const stored = await storePassword(site, password, credentials);
    await store.create(stored, lock);
    return stored;
  } finally {
    await lock.release();
  }
}

/** Changes a site on record. @throws as `addSite` */
export async function changeSite(
  session: SiteSession,
  fields: SiteFields,
  password: SmtpPassword,
  credentials: () => Promise<CredentialStore>,
): Promise<Site> {
  const { name: _, ...changes } = await storePassword(
    changedSite(session.site, fields),
    password,
    credentials,
  );
  return session.update(changes);
}

/**
 * Forgets a site: the secrets first and the record last, so that no secret is ever left without a record.
 *
 * @throws MailError of the stores
 */
export async function removeSite(
  session: SiteSession,
  credentials: () => Promise<CredentialStore>,
): Promise<void> {
  if (accountedSlots(session.site).size > 0) {
    const nothing = { name: session.site.name, smtp: null, gmail: null };
    await clearUnaccountedSecrets(nothing, await credentials());
  }
  await session.remove();
}

async function storePassword(
  site: Site,
  password: SmtpPassword,
  openCredentials: () => Promise<CredentialStore>,
): Promise<Site> {
  if (password === null || site.smtp === null) return site;
  const credentials = await openCredentials();
  requireSameCredentialStore(site, credentials);
  await credentials.set(siteKey(site.name), 'smtp-password', password);
  return {
    ...site,
    credentials: credentials.kind,
    smtp: { ...site.smtp, passwordStored: true },
  };
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
  return {
    host,
    port,
    security:
      (fields.smtpSecurity as SmtpSecurity | undefined) ?? old?.security ?? usualSecurity(port),
    user: fields.smtpUser?.trim() ?? old?.user ?? null,
    from: fields.smtpFrom?.trim() ?? old?.from ?? null,
    passwordStored: old?.passwordStored ?? false,
  };
}
