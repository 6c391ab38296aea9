/** Where the records are WriteUpp’s own settings, refuses what is done in WriteUpp itself, before asking anything. */

import type { Stores } from '../sites/hold.js';
import type { Site } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';
import { notHere } from '../stores/http/backend-error.js';

const WORDS: Readonly<Record<keyof SiteStore['can'], string>> = {
  addSites: 'Sites are added and removed',
  setSmtp: 'SMTP settings are set',
  readPassword: 'The SMTP password is kept, and email by SMTP is sent,',
  markDone: 'What is left to do is known',
};

/** @throws MailError `usage` if the store leaves it to WriteUpp */
export async function requireCan(
  { sites }: Pick<Stores, 'sites'>,
  what: keyof SiteStore['can'],
): Promise<void> {
  const { can } = await sites();
  if (!can[what]) throw notHere(WORDS[what]);
}

/** For commands that send through the site’s pathway. @throws as `requireCan` */
export async function requirePassword(
  world: Pick<Stores, 'sites'>,
  { smtp }: Pick<Site, 'smtp'>,
): Promise<void> {
  if (smtp === null || smtp.user === null) return;
  const { can } = await world.sites();
  if (!can.readPassword) throw notHere(WORDS.readPassword).with({ details: { sent: 'no' } });
}
