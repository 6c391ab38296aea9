/** `migrate`: the whole switch for a site, step by step. */

import type { Command } from 'commander';
import { explainTimeout } from '../command-kit/ask-page.js';
import { chooseSite } from '../command-kit/choose-site.js';
import { requireClientFile } from '../command-kit/client-file.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { connectionDeps, holdSite, readSite, tidySecrets } from '../command-kit/on-site.js';
import {
  addSignInOptions,
  readAccount,
  readTimeout,
  readTo,
} from '../command-kit/sign-in-options.js';
import { type SignInOptions, signInPorts } from '../command-kit/sign-in-ports.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { TEST_SUBJECT } from '../message/test-subject.js';
import { dryRun } from '../migration/dry-run.js';
import { migrateSite } from '../migration/migrate-site.js';
import type { MigrationOptions, MigrationPorts } from '../migration/migration-run.js';
import { resolveMxHere } from '../sites/google-hosting.js';
import { describeSender } from '../sites/sender.js';
import type { Site, TestMessage } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';
import type { Prompts } from '../terminal/prompts.js';
import { statusLines } from '../terminal/status-view.js';

interface Options extends CommonOptions, SignInOptions {
  readonly to?: string;
}

/** The command. */
export function migrateCommand(process: Process): Command {
  const command = newCommand('migrate', [
    'migrate',
    'migrate --site harbour-physio --account info@harbour-physio.example',
    'migrate --dry-run',
    'migrate --yes --json --site harbour-physio',
  ]);
  return addSignInOptions(command)
    .option('--dry-run', 'check everything, say what each step would do, change nothing')
    .option('--to <address>', 'send the test message here instead of to the WriteUpp login')
    .action(run<Options>(process, migrate));
}

async function migrate(context: Context, options: Options): Promise<void> {
  const wanted = readOptions(options);
  await requireClientFile(context);
  const name = await chooseSite(context);
  if (options.dryRun === true) {
    await readSite(context, name, async (site) => {
      await dryRun(site, wanted, await migrationPorts(context));
      report(context, site, null, { dryRun: true });
    });
    return;
  }
  await explainTimeout(context, name, () => switchSite(context, name, wanted));
}

async function switchSite(context: Context, name: string, wanted: MigrationOptions): Promise<void> {
  await holdSite(context, name, 'migrate', async (session) => {
    if (session.site.smtp !== null && !wanted.yes && context.prompts === null)
      throw notInteractive();
    const ports = await migrationPorts(context);
    await ports.credentials.prove();
    await tidySecrets(context, session.site);
    const test = await migrateSite(session, wanted, ports);
    report(context, session.site, test, {});
  });
}

function readOptions(options: Options): MigrationOptions {
  return {
    yes: options.yes === true,
    reauthenticate: options.reauthenticate === true,
    account: readAccount(options),
    to: readTo(options.to),
    useBrowser: options.browser !== false,
    timeoutMs: readTimeout(options),
  };
}

async function migrationPorts(context: Context): Promise<MigrationPorts> {
  const { prompts } = context;
  return {
    ...(await connectionDeps(context)),
    signIn: signInPorts(context, { readFirst: true }),
    report: context.reporter,
    storeDescription: (await context.sites()).description,
    describeSender: (site, account) =>
      describeSender(site, account, context.issuer.isStandIn ? null : resolveMxHere),
    confirmReceipt:
      prompts === null ? null : (test, site) => askReceipt(context, prompts, test, site),
  };
}

async function askReceipt(
  { reporter }: Context,
  prompts: Prompts,
  test: TestMessage,
  site: Site,
): Promise<boolean> {
  reporter.note(`Look in the inbox of ${test.to}, and in its junk folder.`);
  reporter.note(`You are looking for "${TEST_SUBJECT}", reference ${test.reference}.`);
  if (site.smtp !== null) {
    reporter.note('Yes removes the SMTP settings for good. No leaves them as they are.');
  }
  return prompts.confirm('Has the test message arrived?');
}

function report(
  context: Context,
  site: Site,
  test: TestMessage | null,
  more: Readonly<Record<string, unknown>>,
): void {
  const view = viewSite(site, context.issuer.id, context.now());
  const testMessage = test === null ? null : { to: test.to, id: test.id };
  context.reporter.result({ ...view, testMessage, ...more }, [
    '',
    ...statusLines(view, context.style),
  ]);
}

function notInteractive(): MailError {
  return new MailError(
    'not-interactive',
    'There are SMTP settings to delete, and nobody can be asked here whether the test message arrived.',
    'Run it in a terminal to be asked.\nOr add --yes: then it is enough that Gmail accepts the test message.',
  );
}
