/** Many sites that need nobody, side by side: what `migrate --all` does with each. */

import { requireConnection } from '../connection/prove-connection.js';
import { deliveryAttention } from '../delivery/delivery-report.js';
import { MailError } from '../errors.js';
import { unattended } from '../kit/bulk.js';
import type { World } from '../kit/world.js';
import { errorHere } from '../sites/command-here.js';
import { requireSite } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';
import { expectedAccount, type MigrationOptions } from '../steps/situation.js';
import { siteCommand } from '../text/command-line.js';
import type { Tally } from './migrate-tally.js';
import { isDoneFor, type ManyPorts, migrateMany } from './queue.js';
import { migrated, switchSite } from './switch-site.js';

/**
 * Switches the sites that need nobody.
 *
 * @returns the names that were not begun
 */
export async function sideBySide(
  world: World,
  wanted: MigrationOptions,
  names: readonly string[],
  parallel: number,
  tally: Tally,
): Promise<string[]> {
  const inHand = unattended(world);
  const store = await world.sites();
  const options = { ...wanted, yes: true, withoutSignIn: true };
  const isDone = (site: Site) => isDoneFor(site, wanted, world.issuer.id);
  const ports: ManyPorts = {
    read: (name) => requireSite(store, name),
    isDone,
    async whyPerson(site) {
      const why = await whyPerson(site, wanted, inHand);
      return why === null ? null : errorHere(world, why);
    },
    accountOf: (site) => expectedAccount(site, wanted.account)?.toLowerCase() ?? '',
    async migrate(site, mayWait) {
      const road = { before: site, mayWait, isDone };
      const switched = await switchSite(inHand, site.name, options, road);
      const { delivery } = switched;
      if (delivery !== null) tally.warn(site.name, deliveryAttention(delivery));
      return migrated(switched);
    },
    told: (end) => tally.take(end),
    onWait: (until) => tally.waits(until),
    now: world.now,
    signal: world.signal,
    parallel,
  };
  tally.showProgress();
  return migrateMany(names, ports);
}

/** Somebody has to sign in, or to say which account sends; null where a connection or a service account is there. */
async function whyPerson(
  site: Site,
  { serviceAccount, account, reauthenticate }: MigrationOptions,
  world: World,
): Promise<MailError | null> {
  if (serviceAccount !== null) {
    return expectedAccount(site, account) === null ? accountMissing(site.name) : null;
  }
  if (reauthenticate) return signInWanted(site.name);
  try {
    await requireConnection(site, world);
    return null;
  } catch (error) {
    if (error instanceof MailError && error.code === 'sign-in-needed') return error;
    throw error;
  }
}

function accountMissing(site: string): MailError {
  return new MailError(
    'usage',
    `It is not known which Google account sends for "${site}".`,
    `Say it: ${siteCommand('migrate', site, '--service-account', 'KEY.json', '--account', 'ADDRESS')}`,
  );
}

function signInWanted(site: string): MailError {
  return new MailError(
    'sign-in-needed',
    'Somebody has to sign in again, as you asked.',
    `Run it in a terminal: ${siteCommand('migrate', site, '--reauthenticate')}`,
    { reason: 'not-connected' },
  );
}
