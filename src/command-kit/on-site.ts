/** Work on one site: reading it, or holding it for writing; failures say whether the SMTP settings are untouched. */

import type { ConnectionDeps } from '../connection/prove-connection.js';
import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { reassurance, withReassurance } from '../migration/reassurance.js';
import { clearUnaccountedSecrets } from '../sites/secrets.js';
import type { Site } from '../sites/site.js';
import { requireSite, type SiteSession, withSite } from '../sites/site-session.js';
import type { LockOptions } from '../storage/lock.js';
import { describeHolder, SHARED_FOLDER } from '../storage/lock-holder.js';
import { withAdminNote } from './admin-note.js';

/** How a command waits for another run on the same site. */
export function lockOptions(context: Context, command: string): LockOptions {
  return {
    command,
    signal: context.signal,
    onWait: (holder) =>
      context.reporter.note(
        `Waiting for ${describeHolder(holder)} to finish with this site, up to 15 seconds …`,
      ),
    onLeftElsewhere: ({ host }) =>
      context.reporter.note(
        `A run on another computer (${host}) left its lock here. ${SHARED_FOLDER}`,
      ),
  };
}

/** Holds a site for writing. @throws MailError as `withSite`, and what `work` throws */
export async function holdSite<T>(
  context: Context,
  name: string,
  command: string,
  work: (session: SiteSession) => Promise<T>,
): Promise<T> {
  const store = await context.sites();
  return reassuring(context, name, () =>
    withSite(store, name, lockOptions(context, command), work),
  );
}

/** Clears the secrets that a killed run left behind, where they are in the store of this run. */
export async function tidySecrets(context: Context, site: Site): Promise<void> {
  const credentials = await context.credentials();
  if (site.credentials !== null && site.credentials !== credentials.kind) return;
  await clearUnaccountedSecrets(site, credentials);
}

/** Reads a site for a command that changes nothing. */
export async function readSite<T>(
  context: Context,
  name: string,
  work: (site: Site) => Promise<T>,
): Promise<T> {
  const store = await context.sites();
  return reassuring(context, name, async () => work(await requireSite(store, name)));
}

/** What working with a Gmail connection needs. @throws MailError `no-oauth-client`, `invalid-oauth-client` */
export async function connectionDeps(context: Context): Promise<ConnectionDeps> {
  return {
    client: await context.oauthClient(),
    credentials: await context.credentials(),
    issuer: context.issuer,
    now: context.now,
    signal: context.signal,
  };
}

/** "Your SMTP settings are untouched" is said whenever something failed and the record shows that it is true. */
async function reassuring<T>(context: Context, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    const site = await (await context.sites()).read(name).catch(() => null);
    throw await withAdminNote(withReassurance(error, reassurance(site)), site, context);
  }
}
