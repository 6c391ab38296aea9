/** `migrate`: the whole switch for a site, step by step. */

import type { Command } from 'commander';
import { explainTimeout } from '../command-kit/ask-page.js';
import { receiptQuestions } from '../command-kit/ask-receipt.js';
import { chooseSite } from '../command-kit/choose-site.js';
import { requireClientFileUnlessDelegated } from '../command-kit/client-file.js';
import { commandHere } from '../command-kit/command-here.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { deliveryPort } from '../command-kit/delivery-port.js';
import { leftToDoLines } from '../command-kit/left-to-do.js';
import { googleDeps, holding } from '../command-kit/on-site.js';
import { PARALLEL, readParallel } from '../command-kit/parallel.js';
import { prepareSite } from '../command-kit/prepared-site.js';
import { reading } from '../command-kit/reading.js';
import { addSignInOptions, readSignInOptions, readTo } from '../command-kit/sign-in-options.js';
import { type SignInOptions, signInPorts } from '../command-kit/sign-in-ports.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { dryRun, isMigrated, type MigrationPorts, migrateSite } from '../migration/migrate-site.js';
import type { MigrationOptions } from '../migration/situation.js';
import type { Site, TestMessage } from '../sites/site.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import { viewSite } from '../sites/site-view.js';
import { statusLines } from '../terminal/status-view.js';
import { commandLine } from '../words/command-line.js';
import type { ManyOptions } from './migrate-many.js';

interface Options extends CommonOptions, SignInOptions {
  readonly to?: string;
  readonly reference?: string;
  readonly from?: string;
  readonly all?: boolean;
  readonly parallel?: string;
  readonly failures?: string;
}

/** The command. */
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
    .action(run<Options>(process, migrate));
}

async function migrate(context: Context, options: Options): Promise<void> {
  const wanted = await readOptions(options);
  const several = readMany(options);
  if (several !== null) {
    const { migrateAll } = await import('./migrate-many.js');
    return migrateAll(context, wanted, several);
  }
  if (options.from !== undefined) return migrateFrom(context, wanted, options.from);
  await requireClientFileUnlessDelegated(context, wanted);
  const name = await chooseSite(context);
  if (context.options.dryRun === true) return rehearse(context, name, wanted);
  await explainTimeout(context, name, () => switchSite(context, name, wanted));
}

/** The practice that support has prepared. A dry run puts nothing on record, and goes by what the file says. */
async function migrateFrom(
  context: Context,
  wanted: MigrationOptions,
  file: string,
): Promise<void> {
  const { name, site, client, record } = await prepareSite(context, file);
  const here = client === null ? context : { ...context, oauthClient: async () => client };
  await requireClientFileUnlessDelegated(here, wanted, name);
  if (context.options.dryRun === true) {
    if (site !== null) {
      context.reporter.note(`Would put ${site.organisation} on record, from ${file}.`);
    }
    return rehearse(here, name, wanted, site, ['--from', file]);
  }
  await record();
  await explainTimeout(here, name, () => switchSite(here, name, wanted));
}

async function switchSite(context: Context, name: string, wanted: MigrationOptions): Promise<void> {
  await holding(context, name, 'migrate', async (held) => {
    const ports = await migrationPorts(context, wanted);
    if (await isMigrated(held, wanted, ports)) return reportDone(context, held.site);
    const test = await migrateSite(held, wanted, ports);
    await report(context, held.site, test);
  });
}

async function rehearse(
  context: Context,
  name: string,
  wanted: MigrationOptions,
  known: Site | null = null,
  from: readonly string[] = [],
): Promise<void> {
  const work = async (site: Site) => {
    const deps = await googleDeps(context);
    const credentials = await context.credentials();
    const acts = await dryRun(
      site,
      wanted,
      context.prompts !== null,
      {
        ...{ ...deps, credentials, checkCredentials: () => credentials.prove() },
        assessDelivery: await deliveryPort(context),
      },
      context.reporter,
    );
    const view = viewSite(site, context.issuer.id, context.now());
    const given = [
      ...(wanted.account === null ? [] : ['--account', wanted.account]),
      ...(wanted.to === null ? [] : ['--to', wanted.to]),
    ];
    context.reporter.result({ ...view, testMessage: null, dryRun: true }, [
      '',
      ...(acts
        ? [
            'Nothing was changed. To make the switch:',
            `  ${from.length > 0 ? commandLine('migrate', ...from, ...given) : await commandHere(context, 'migrate', name, ...given)}`,
          ]
        : ['Nothing is left to do.']),
    ]);
  };
  await reading(context, name, work, known);
}

/** What `--all`, or `--site` given several times, asks for; null for one site. @throws MailError `usage` */
function readMany(options: Options): ManyOptions | null {
  const byKey = (options.sites ?? [])
    .map(parseSiteName)
    .map((name) => [siteKey(name), name] as const);
  const named = [...new Map(byKey).values()];
  if (options.all !== true && named.length < 2) {
    const alone = options.parallel !== undefined ? '--parallel' : '--failures';
    if (options.parallel === undefined && options.failures === undefined) return null;
    throw unfit(`${alone} goes with --all, or with --site given several times.`);
  }
  if (options.all === true && named.length > 0) throw unfit('--all and --site exclude each other.');
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

async function readOptions(options: Options): Promise<MigrationOptions> {
  return {
    ...(await readSignInOptions(options)),
    yes: options.yes === true,
    to: readTo(options.to),
    reference: options.reference ?? null,
  };
}

async function migrationPorts(
  context: Context,
  { yes }: MigrationOptions,
): Promise<MigrationPorts> {
  const { prompts } = context;
  return {
    deps: await googleDeps(context),
    signIn: signInPorts(context, { readFirst: true }),
    report: context.reporter,
    assessDelivery: await deliveryPort(context),
    receipt: prompts === null || yes ? null : receiptQuestions(context, prompts),
  };
}

/** Two lines, and nothing is asked. */
async function reportDone(context: Context, site: Site): Promise<void> {
  const view = viewSite(site, context.issuer.id, context.now());
  const { test } = site.gmail ?? {};
  const testMessage = test == null ? null : { to: test.to, id: test.id };
  context.reporter.result({ ...view, testMessage }, [
    `${context.style.good('✓')} ${site.organisation} sends by Gmail already, as ${view.gmail?.email}.`,
    (await leftToDoLines(context, site)).length > 0
      ? `  Does WriteUpp itself still show SMTP? See ${await commandHere(context, 'status', site.name)}`
      : '  Nothing is left to do.',
  ]);
}

async function report(context: Context, site: Site, test: TestMessage | null): Promise<void> {
  const view = viewSite(site, context.issuer.id, context.now());
  const testMessage = test === null ? null : { to: test.to, id: test.id };
  context.reporter.result({ ...view, testMessage }, [
    '',
    ...statusLines(view, context.style, await leftToDoLines(context, site)),
  ]);
}
