/** Connecting a Google account outside a migration: the same two steps, with the same rules. */

import type { SiteSession } from '../sites/site-session.js';
import { saveTokensStep, signInStep } from './connect-steps.js';
import { type ConnectRun, expectedAccount } from './migration-run.js';

/**
 * Signs in and keeps the permission, unless the connection of the expected account works.
 *
 * @throws MailError as `signIn` and `saveConnection`
 */
export async function connectSite(
  session: SiteSession,
  options: ConnectRun['options'],
  ports: ConnectRun['ports'],
): Promise<'signed-in' | 'works-already'> {
  const run: ConnectRun = {
    session,
    options,
    ports,
    agreedAccount: expectedAccount(session.site, options.account),
    live: null,
    tokenReadBack: false,
    pending: null,
  };
  const { status } = await signInStep(run);
  if (status === 'skipped') return 'works-already';
  await saveTokensStep(run);
  return 'signed-in';
}
