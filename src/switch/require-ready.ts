/** What a switch needs beside the site: looked for before anything is asked, so that nobody answers in vain. */

import { MailError } from '../errors.js';
import type { World } from '../kit/world.js';
import { kindOf } from '../sites/connection-kind.js';
import type { Site } from '../sites/site.js';
import { requireHandOver } from '../steps/hand-over.js';
import type { MigrationOptions } from '../steps/situation.js';

/** Whether somebody signs in to the Google client: not by a service account, named now or connected already. */
export function needsClient(
  site: Site | null,
  { serviceAccount }: Pick<MigrationOptions, 'serviceAccount'>,
): boolean {
  if (serviceAccount !== null) return false;
  const { gmail = null } = site ?? {};
  return gmail === null || kindOf(gmail).clientId(gmail) !== null;
}

/**
 * Makes sure of the Google client file and, where a site is still to be stored or asked for, of the keychain; and that
 * WriteUpp can send over what would be connected, where it sends by itself. All that is missing is said at once.
 *
 * @param name the site, where it is known already
 * @param isNew the site is stored by this run
 * @throws MailError `no-oauth-client`, `invalid-oauth-client`, `usage`, `store-refused`; of the credential store
 */
export async function requireReady(
  world: World,
  wanted: MigrationOptions,
  name = world.options.site ?? world.environment.site,
  isNew = false,
): Promise<void> {
  const store = await world.sites();
  const names = name === undefined ? await store.names() : [name];
  const [only] = names;
  // What is wrong with a name or a record is said once the site is chosen.
  const site = names.length === 1 && only ? await store.read(only).catch(() => null) : null;
  const needs: (() => Promise<unknown>)[] = [];
  if (needsClient(site, wanted)) needs.push(() => world.client());
  if (isNew || (site === null && name === undefined && world.ask !== null)) {
    needs.push(() => requireKeychain(world));
  }
  const missing: MailError[] = [];
  for (const need of needs) {
    try {
      await need();
    } catch (error) {
      if (!(error instanceof MailError) || error.code === 'interrupted') throw error;
      missing.push(error);
    }
  }
  const [first, ...more] = missing;
  if (first === undefined) return requireHandOver([site], wanted, world);
  throw more.length === 0 ? first : allMissing(first, missing);
}

function allMissing(first: MailError, missing: readonly MailError[]): MailError {
  const each = (part: (error: MailError) => string) => missing.map(part).join('\n');
  return new MailError(
    first.code,
    each(({ message }) => message),
    each(({ hint }) => hint),
    first.details,
  );
}

/**
 * What sites need that are to be connected: the Google client file, and that WriteUpp can send over the connection.
 *
 * @param sites null: one that is not known yet
 * @throws MailError `no-oauth-client`, `invalid-oauth-client`, `usage`, `store-refused`
 */
export async function requireConnectable(
  sites: readonly (Site | null)[],
  wanted: MigrationOptions,
  world: World,
): Promise<void> {
  if (sites.some((site) => needsClient(site, wanted))) await world.client();
  await requireHandOver(sites, wanted, world);
}

/** The vault asks for its passphrase itself, when it is first needed. @throws MailError of the keychain */
export async function requireKeychain({ environment, secrets }: World): Promise<void> {
  if (environment.credentials === 'keychain') await (await secrets()).prove();
}
