/** Many sites that need nobody, side by side: what `migrate --all` does with each, and what is the same for all. */

import { setMaxListeners } from 'node:events';
import { arrivalOfMany } from '../command-kit/arrival-of-many.js';
import { googleDeps, holding } from '../command-kit/on-site.js';
import { once } from '../command-kit/once.js';
import { reading } from '../command-kit/reading.js';
import { signInPorts } from '../command-kit/sign-in-ports.js';
import { requireConnection } from '../connection/prove-connection.js';
import type { Context } from '../context/context.js';
import { forManySites } from '../credentials/for-many-sites.js';
import { deliveryQuestion } from '../delivery/question.js';
import { MailError } from '../errors.js';
import { isSwitched, type ManyPorts, migrateMany } from '../many/migrate-many.js';
import { dryRun, type MigrationPorts, migrateSite } from '../migration/migrate-site.js';
import { expectedAccount, type MigrationOptions } from '../migration/situation.js';
import { SILENT, type StepReport } from '../migration/step.js';
import type { HeldSite } from '../sites/held-site.js';
import { requireSite } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';
import { siteCommand } from '../words/command-line.js';
import type { Tally } from './migrate-tally.js';

/**
 * Switches the sites that need nobody.
 *
 * @returns the names that were not begun
 */
export async function sideBySide(
  context: Context,
  wanted: MigrationOptions,
  store: SiteStore,
  names: readonly string[],
  parallel: number,
  tally: Tally,
): Promise<string[]> {
  // Ctrl-C begins no further site; what is in hand is finished.
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const inHand: Context = {
    ...context,
    signal,
    credentials: once(async () => forManySites(await context.credentials())),
    oauthClient: once(() => context.oauthClient()),
  };
  const deps = await googleDeps(inHand, true);
  const options = { ...wanted, yes: true, withoutSignIn: true };
  const report = context.options.verbose === true ? context.reporter : SILENT;
  const arrival = arrivalOfMany(await context.delivery());
  const isDone = (site: Site) =>
    !wanted.reauthenticate && deps.issuer.id === site.gmail?.issuer && isSwitched(site);
  const ports: ManyPorts = {
    read: (name) => requireSite(store, name),
    isDone,
    whyPerson: (site) => whyPerson(site, wanted, deps),
    accountOf: (site) => expectedAccount(site, wanted.account)?.toLowerCase() ?? '',
    async migrate(site, mayWait) {
      // Read while the site is switched, which takes longer.
      const attention = arrival(deliveryQuestion(site, expectedAccount(site, wanted.account)));
      let isOurs = true;
      if (context.options.dryRun === true) {
        await rehearse(inHand, site.name, options, deps, report);
      } else {
        const work = async (held: HeldSite) => {
          isOurs = !isDone(held.site);
          if (!isOurs) return;
          const signIn = { ...signInPorts(inHand), signal: inHand.signal };
          const ports = { deps, signIn, report, receipt: null, assessDelivery: null };
          await migrateSite(held, options, ports);
        };
        await holding(inHand, site.name, 'migrate', work, { before: site, mayWait });
      }
      tally.warn(site.name, await attention);
      return isOurs;
    },
    told: (end) => tally.take(end),
    onWait: (until) => tally.waits(until),
    now: context.now,
    signal: context.signal,
    parallel,
  };
  tally.showProgress();
  return migrateMany(names, ports);
}

async function rehearse(
  context: Context,
  name: string,
  options: MigrationOptions,
  deps: MigrationPorts['deps'],
  report: StepReport,
): Promise<void> {
  const credentials = await context.credentials();
  const checkCredentials = () => credentials.prove();
  await reading(context, name, (site) =>
    dryRun(
      site,
      options,
      false,
      { ...deps, credentials, checkCredentials, assessDelivery: null },
      report,
    ),
  );
}

/** Somebody has to sign in, or to say which account sends; null where a connection or a service account is there. */
async function whyPerson(
  site: Site,
  { serviceAccount, account, reauthenticate }: MigrationOptions,
  deps: MigrationPorts['deps'],
): Promise<MailError | null> {
  if (serviceAccount !== null) {
    return expectedAccount(site, account) === null ? accountMissing(site.name) : null;
  }
  if (reauthenticate) return signInWanted(site.name);
  try {
    await requireConnection(site, deps);
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
