/** `migrate --all`, or of several sites: side by side where nobody is needed, then one after another with a person. */

import { setMaxListeners } from 'node:events';
import { arrivalOfMany } from '../command-kit/arrival-of-many.js';
import { receiptQuestions } from '../command-kit/ask-receipt.js';
import { deliveryPort } from '../command-kit/delivery-port.js';
import { googleDeps, holding } from '../command-kit/on-site.js';
import { once } from '../command-kit/once.js';
import { reading } from '../command-kit/reading.js';
import { signInPorts } from '../command-kit/sign-in-ports.js';
import { requireConnection } from '../connection/prove-connection.js';
import type { Context } from '../context/context.js';
import { forManySites } from '../credentials/for-many-sites.js';
import { deliveryQuestion } from '../delivery/question.js';
import { EndedWith, MailError } from '../errors.js';
import { failuresFile } from '../many/failures-file.js';
import { type ManyPorts, migrateMany, type SiteEnd } from '../many/migrate-many.js';
import { dryRun, type MigrationPorts, migrateSite } from '../migration/migrate-site.js';
import { expectedAccount, type MigrationOptions } from '../migration/situation.js';
import { SILENT, type StepReport } from '../migration/step.js';
import type { HeldSite } from '../sites/held-site.js';
import { requireSite } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';
import { siteCommand } from '../words/command-line.js';
import { Tally } from './migrate-tally.js';

/** What the command line says about all the sites. */
export interface ManyOptions {
  /** The sites, or all on record. */
  readonly names: readonly string[] | 'all';
  readonly parallel: number;
  /** Where a list of what is left is written. */
  readonly failures: string | null;
}

/** How long the sites in hand may take to be finished after Ctrl-C, in milliseconds. */
const FINISHING_MS = 60_000;

/**
 * @throws EndedWith where not every site is done; MailError `usage`, `not-interactive`, `cancelled`, `storage`: nothing
 *   was begun then
 */
export async function migrateAll(
  context: Context,
  wanted: MigrationOptions,
  many: ManyOptions,
): Promise<void> {
  const store = await context.sites();
  const names = many.names === 'all' ? await store.names() : many.names;
  const failures = many.failures === null ? null : await failuresFile(many.failures);
  await agree(context, store, names);
  context.allowToFinish(FINISHING_MS);
  const tally = new Tally(context, names.length);
  const left = await sideBySide(context, wanted, store, names, many.parallel, tally);
  if (!context.signal.aborted) await oneAfterAnother(context, wanted, store, tally);
  tally.end(left, context.options.dryRun !== true && store.leftToDo.length > 0);
  await failures?.write([...tally.notDone, ...left.map(notReached)]);
  if (context.signal.aborted) throw new EndedWith(INTERRUPTED);
  if (tally.pressing !== null) throw new EndedWith(tally.pressing.exitCode);
}

const INTERRUPTED = 130;

/** Nobody reads hundreds of test messages: the proof is that Gmail accepts each, and that is agreed to once. */
async function agree(
  { options, prompts, reporter }: Context,
  store: SiteStore,
  names: readonly string[],
): Promise<void> {
  if (options.yes === true || options.dryRun === true) return;
  if (prompts === null) {
    throw new MailError(
      'not-interactive',
      'Many sites are to be switched, and nobody can be asked here.',
      'Add --yes: then it is enough, for each site, that Gmail accepts its test message.\nTo see what would be done first: --dry-run',
    );
  }
  let open = 0;
  for (const name of names) {
    const site = await store.read(name).catch(() => null);
    if (site === null || !isDone(site)) open += 1;
  }
  if (open === 0) return;
  reporter.note(
    'For each site it is enough that Gmail accepts the test message; its SMTP settings are removed then, for good.',
  );
  if (await prompts.confirm(`Switch ${open} of ${names.length} sites to Gmail?`)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

/** By its record: no SMTP settings, and a tested connection. `status --all --check` proves it live. */
function isDone({ smtp, gmail }: Site): boolean {
  return smtp === null && gmail?.test != null && gmail.test.arrival !== 'denied';
}

async function sideBySide(
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
  const ports: ManyPorts = {
    read: (name) => requireSite(store, name),
    isDone: (site) =>
      !wanted.reauthenticate && deps.issuer.id === site.gmail?.issuer && isDone(site),
    whyPerson: (site) => whyPerson(site, wanted, deps),
    accountOf: (site) => expectedAccount(site, wanted.account)?.toLowerCase() ?? '',
    async migrate(site) {
      // Read while the site is switched, which takes longer.
      const attention = arrival(deliveryQuestion(site, expectedAccount(site, wanted.account)));
      if (context.options.dryRun === true) {
        await rehearse(inHand, site.name, options, deps, report);
      } else {
        const work = async (held: HeldSite) => {
          const signIn = { ...signInPorts(inHand), signal: inHand.signal };
          const ports = { deps, signIn, report, receipt: null, assessDelivery: null };
          await migrateSite(held, options, ports);
        };
        await holding(inHand, site.name, 'migrate', work, site);
      }
      tally.warn(site.name, await attention);
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

/** On a terminal: each of the others in turn, with skip and stop. */
async function oneAfterAnother(
  context: Context,
  wanted: MigrationOptions,
  store: SiteStore,
  tally: Tally,
): Promise<void> {
  const { prompts, reporter, options } = context;
  if (prompts === null || options.dryRun === true) return;
  const waiting = tally.takePeople();
  for (const [index, end] of waiting.entries()) {
    const site = await store.read(end.site).catch(() => null);
    reporter.note(
      `\n${site?.organisation ?? end.site} (${index + 1} of ${waiting.length} that need a person): ${end.error?.message ?? ''}`,
    );
    const choice = await prompts.choose<'now' | 'skip' | 'stop'>(`${end.site}:`, [
      { name: 'Sign in with Google now', value: 'now' },
      { name: 'Skip this site', value: 'skip' },
      { name: 'Stop here', value: 'stop' },
    ]);
    if (choice === 'now') tally.take(await withPerson(context, wanted, end));
    else tally.take(end);
    if (choice === 'stop') {
      for (const other of waiting.slice(index + 1)) tally.take(other);
      return;
    }
  }
}

async function withPerson(
  context: Context,
  wanted: MigrationOptions,
  { site }: SiteEnd,
): Promise<SiteEnd> {
  try {
    await holding(context, site, 'migrate', async (held) => {
      // Which account sends is agreed to; that Gmail accepts the message was, for all, at the beginning.
      // Where no account was expected, the person answers for all of it, as in a switch of one site.
      const isKnown = expectedAccount(held.site, wanted.account) !== null;
      const { prompts } = context;
      const options = { ...wanted, yes: isKnown };
      await migrateSite(held, options, {
        deps: await googleDeps(context),
        signIn: signInPorts(context, { readFirst: true }),
        report: context.reporter,
        receipt: isKnown || prompts === null ? null : receiptQuestions(context, prompts),
        assessDelivery: await deliveryPort(context),
      });
    });
    return { site, outcome: 'migrated', error: null };
  } catch (error) {
    if (!(error instanceof MailError) || error.code === 'interrupted') throw error;
    return { site, outcome: 'failed', error };
  }
}

function notReached(site: string): SiteEnd {
  const error = new MailError(
    'interrupted',
    'It was not begun before the run was stopped.',
    'Run the same command again to go on.',
  );
  return { site, outcome: 'failed', error };
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
