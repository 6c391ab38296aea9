/** "Revert to WriteUpp Mail Server": the SMTP settings and their password are deleted, for good. */

import type { CredentialStore } from '../credentials/credential-store.js';
import type { Site } from './site.js';
import { siteKey } from './site-name.js';
import type { SiteSession } from './site-session.js';

/**
 * Deletes a site's SMTP settings. The record goes first, since it decides the pathway; a run killed before the
 * password is gone leaves a slot that the record does not account for, and the next command clears it.
 * Callers have checked that they may: see `judgeProof` for `migrate`.
 *
 * @throws MailError `storage`, `site-busy`; of the credential store
 */
export async function revertSmtp(
  session: SiteSession,
  credentials: CredentialStore,
  now: Date,
): Promise<Site> {
  const site = await session.update({ smtp: null, smtpRevertedAt: now.toISOString() });
  await credentials.delete(siteKey(site.name), 'smtp-password');
  return site;
}
