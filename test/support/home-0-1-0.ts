/**
 * A settings folder as the released 0.1.0 wrote it: one site with SMTP settings and a Gmail connection, its vault,
 * and what a killed run left. Only the vault's passphrase, and what is in it, are told here.
 */

import { chmod, cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./home-0.1.0', import.meta.url));

export const FORMER_SITE = 'harbour-physio';
export const FORMER_PASSPHRASE = 'correct horse battery staple';
export const FORMER_SECRETS = {
  'smtp-password': 'hunter2-smtp',
  'google-token-a': '1//refresh-token-of-0.1.0',
} as const;

/** Copies it, as private as it was: git keeps no such modes. */
export async function copyFormerHome(to: string): Promise<void> {
  await cp(FOLDER, to, { recursive: true });
  await chmod(to, 0o700);
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
  }
}
