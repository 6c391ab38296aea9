/** `migrate`: the whole switch for a site, step by step. */

import type { Command } from 'commander';
import { MailError } from '../errors.js';
import { withClient } from '../kit/bulk.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { PARALLEL, readParallel } from '../kit/parallel.js';
import type { CommonOptions, World } from '../kit/world.js';
import { showSite, siteView } from '../show/status-facts.js';
import { commandHere } from '../sites/command-here.js';
import type { Site } from '../sites/site.js';
import { eachOnce, parseSiteName } from '../sites/site-name.js';
import { isDone } from '../sites/site-view.js';
import type { MigrationOptions } from '../steps/situation.js';
import { commandLine } from '../text/command-line.js';
import type { ManyOptions } from './migrate-many.js';
import { prepareSite } from './prepared-site.js';
import { requireReady } from './require-ready.js';
import {
  addSignInOptions,
  readSignInOptions,
  readTo,
  type SignInOptions,
} from './sign-in-options.js';
import { type Switched, switchSite } from './switch-site.js';

interface Options extends CommonOptions, SignInOptions {
  readonly to?: string;
  readonly reference?: string;
  readonly from?: string;
  readonly all?: boolean;
  readonly parallel?: string;
  readonly failures?: string;
}

export function migrateCommand(process: Process): Command {
  const command = newCommand('migrate', [
    'migrate',
    'migrate --site harbour-physio --account info@harbour-physio.example',
    'migrate --from harbour-physio.json',
    'migrate --dry-run',
    'migrate --all --yes --service-account key.json --failures left.csv',
    'migrate --reference KTM-472 --site harbour-physio',
    'migrate --yes --json --site harbour-physio',
    'migrate --service-account key.json --account info@harbour-physio.example',
  ]);
  return addSignInOptions(command)
    .option('--dry-run', 'check everything, say what each step would do, change nothing')
    .option('--from <file>', 'the practice that support has prepared (site export --with-client)')
    .option('--all', 'every site on record that is not done; or give --site several times')
    .option(
      '--parallel <number>',
      `with --all: how many sites at a time that need nobody (default: ${PARALLEL})`,
    )
    .option('--failures <file>', 'with --all: write what is left to a CSV file')
    .option('--to <address>', 'send the test message here instead of to the WriteUpp login')
    .option(
      '--reference <code>',
      'the reference that stands in the test message of an earlier run: proof that it came',
    )
    .action(run<Options>(process, migrate, { takesSites: true }));
}

async function migrate(world: World, options: Options): Promise<void> {
  const wanted: MigrationOptions = {
    ...(await readSignInOptions(options)),
    readFirst: true,
    yes: options.yes === true,
    to: readTo(options.to),
    reference: options.reference ?? null,
  };
  const several = readMany(options);
  if (several !== null) {
    const { migrateAll } = await import('./migrate-many.js');
    return migrateAll(world, wanted, several);
  }
  if (options.from !== undefined) return migrateFrom(world, wanted, options, options.from);
  await requireReady(world, wanted);
  const name = await chooseSite(world);
  await report(world, await switchSite(world, name, wanted), options);
}

/** The practice that support has prepared. A dry run stores nothing, and goes by what the file says. */
async function migrateFrom(
  world: World,
  wanted: MigrationOptions,
  options: Options,
  file: string,
): Promise<void> {
  const { name, site, client, record } = await prepareSite(world, file);
  const here = client === null ? world : withClient(world, client);
  await requireReady(here, wanted, name, site !== null);
  if (world.options.dryRun === true) {
    if (site !== null) world.report.note(`Would put ${site.organisation} on record, from ${file}.`);
  } else await record();
  const switched = await switchSite(here, name, wanted, { known: site });
  await report(world, switched, options);
}

/** What `--all`, or `--site` given several times, asks for; null for one site. @throws MailError `usage` */
function readMany(options: Options): ManyOptions | null {
  const named = eachOnce((options.sites ?? []).map(parseSiteName));
  if (options.all !== true && named.length < 2) {
    const alone = options.parallel !== undefined ? '--parallel' : '--failures';
    if (options.parallel === undefined && options.failures === undefined) return null;
    throw unfit(`${alone} goes with --all, or with --site given several times.`);
  }
  const ofOne = (['to', 'reference', 'from'] as const).find((name) => options[name] !== undefined);
  if (ofOne !== undefined) throw unfit(`--${ofOne} is for one site.`);
  return {
    names: options.all === true ? 'all' : named,
    parallel: readParallel(options.parallel),
    failures: options.failures ?? null,
  };
}

function unfit(message: string): MailError {
  return new MailError('usage', message, 'Nothing was changed. See: writeupp-mail migrate --help');
}

async function report(world: World, { outcome, site }: Switched, options: Options): Promise<void> {
  if (world.options.dryRun === true) return reportDryRun(world, site, outcome, options);
  const test = site.gmail?.test ?? null;
  const facts = { testMessage: test === null ? null : { to: test.to, id: test.id } };
  if (outcome === 'switched') {
    const { can } = await world.sites();
    const isWriteUpp = !can.markDone && isDone(site, await world.sites());
    const all = `${world.style.good('✓')} All email of this practice goes through Gmail, as ${site.gmail?.email}.`;
    return showSite(world, site, { facts, before: [''], after: isWriteUpp ? ['', all] : [] });
  }
  // Two lines, and nothing is asked.
  const view = await siteView(world, site);
  world.report.result({ ...view, ...facts }, [
    `${world.style.good('✓')} ${site.organisation} sends by Gmail already, as ${view.gmail?.email}.`,
    view.leftToDo.length > 0
      ? `  Does WriteUpp itself still show SMTP? See ${await commandHere(world, 'status', site.name)}`
      : '  Nothing is left to do.',
  ]);
}

/** What the command line said about the switch, for the same command without `--dry-run`. */
function givenAgain(options: Options): string[] {
  const { account, client, serviceAccount, to, reference, reauthenticate, browser } = options;
  const named = Object.entries({
    ...{ '--account': account, '--client': client },
    ...{ '--service-account': serviceAccount, '--to': to, '--reference': reference },
  });
  return [
    ...named.flatMap(([option, value]) => (value === undefined ? [] : [option, value])),
    ...(reauthenticate === true ? ['--reauthenticate'] : []),
    ...(browser === false ? ['--no-browser'] : []),
  ];
}

async function reportDryRun(
  world: World,
  site: Site,
  outcome: Switched['outcome'],
  options: Options,
): Promise<void> {
  const { from } = options;
  const given = givenAgain(options);
  const command =
    from === undefined
      ? await commandHere(world, 'migrate', site.name, ...given)
      : commandLine('migrate', '--from', from, ...given);
  const facts = { ...(await siteView(world, site)), testMessage: null, dryRun: true };
  world.report.result(facts, [
    '',
    ...(outcome === 'would-switch'
      ? ['Nothing was changed. To make the switch:', `  ${command}`]
      : ['Nothing is left to do.']),
  ]);
}
