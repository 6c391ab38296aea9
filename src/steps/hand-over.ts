/** Where WriteUpp sends by itself: whether it can with what would be connected, known before anybody is asked. */

import type { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';
import { isLeftToPerson, whyConnect } from './connect-steps.js';
import { expectedAccount, type MigrationOptions, type SwitchWorld } from './situation.js';

type Ports = Pick<SwitchWorld, 'sites' | 'client'>;

/**
 * Why WriteUpp could not send over a new connection; null where it can, or does not send by itself.
 *
 * @throws MailError `no-oauth-client`, `invalid-oauth-client`, `usage`
 */
export async function handOverRefusal(
  { serviceAccount }: Pick<MigrationOptions, 'serviceAccount'>,
  world: Ports,
): Promise<MailError | null> {
  const { handsOver } = await world.sites();
  if (handsOver === undefined) return null;
  return handsOver.refusal(serviceAccount === null ? (await world.client()).id : null);
}

/**
 * Checks what can be known without asking Google; whether a connection still works is found by its step. Several sites
 * are refused only if all would have to connect: otherwise each site that can't is reported by itself.
 *
 * @param sites null: one that is not known yet
 * @throws MailError `store-refused`, and as `handOverRefusal`
 */
export async function requireHandOver(
  sites: readonly (Site | null)[],
  options: MigrationOptions,
  world: Ports,
): Promise<void> {
  const connects = (site: Site | null) =>
    site !== null &&
    whyConnect({ site, options, account: expectedAccount(site, options.account) }) !== null;
  if (isLeftToPerson(options) || !sites.every(connects)) return;
  const refusal = await handOverRefusal(options, world);
  if (refusal !== null) throw refusal;
}
