/** Proves each way in which a site's email could leave, live, and judges whether it can leave by its pathway. */

import type { LiveConnection } from '../connection/prove-connection.js';
import { MailError } from '../errors.js';
import { type SecretReader, smtpPassword } from '../sites/secrets.js';
import { pathway, type Site, type SmtpSettings } from '../sites/site.js';
import { commandLine, siteCommand } from '../words/command-line.js';
import type { SmtpProof } from './check-smtp.js';

/** How trying one thing went. */
export type Probe<T> =
  | { readonly ok: true; readonly found: T }
  | { readonly ok: false; readonly error: MailError };

/** What was tried; null for what the site does not have. */
export interface SiteCheck {
  readonly gmail: Probe<LiveConnection> | null;
  readonly smtp: Probe<SmtpProof> | null;
  /** Tried only where the pathway is the WriteUpp mail server. */
  readonly writeupp: Probe<SmtpProof> | null;
  /** Why email can't leave by the pathway; null if it can. */
  readonly failure: MailError | null;
}

/** The tries themselves. */
export interface CheckPorts {
  proveGmail(site: Site): Promise<LiveConnection>;
  trySmtp(smtp: SmtpSettings, site: Site): Promise<SmtpProof>;
  tryWriteupp(site: Site): Promise<SmtpProof>;
}

/**
 * Tries all that a site has. What is not on the pathway is tried too, and told, but does not decide: a Gmail
 * connection that waits for the switch may be broken while email still goes out by SMTP.
 *
 * @throws MailError `interrupted` only; every other failure is part of what it gives
 */
export async function checkSite(site: Site, ports: CheckPorts): Promise<SiteCheck> {
  const way = pathway(site);
  const { smtp: settings } = site;
  const [gmail, smtp, writeupp] = await Promise.all([
    site.gmail === null ? null : probe(() => ports.proveGmail(site)),
    settings === null ? null : probe(() => ports.trySmtp(settings, site)),
    way === 'writeupp' ? probe(() => ports.tryWriteupp(site)) : null,
  ]);
  const decisive = { gmail, smtp, writeupp }[way];
  return { gmail, smtp, writeupp, failure: decisive?.ok === false ? decisive.error : null };
}

/**
 * The SMTP password of a site; null for a server that asks for none.
 *
 * @throws MailError `smtp-refused` if none is stored: the server would take no email; of the store
 */
export async function storedSmtpPassword(
  site: Site,
  { host, user }: SmtpSettings,
  credentials: () => Promise<SecretReader>,
): Promise<string | null> {
  if (user === null) return null;
  const password =
    site.smtp?.password == null ? null : await smtpPassword(site, await credentials());
  if (password !== null) return password;
  throw new MailError(
    'smtp-refused',
    `No password is stored for the SMTP log in of ${user}, so ${host} would take no email.`,
    `Store it: ${commandLine('site set', site.name, '--smtp-password-stdin')}\n` +
      `Or move to Gmail sign-in: ${siteCommand('migrate', site.name)}`,
  );
}

async function probe<T>(attempt: () => Promise<T>): Promise<Probe<T>> {
  try {
    return { ok: true, found: await attempt() };
  } catch (error) {
    if (error instanceof MailError && error.code !== 'interrupted') return { ok: false, error };
    throw error;
  }
}
