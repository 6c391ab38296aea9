/** `revert-smtp`: "Revert to WriteUpp Mail Server", which removes the SMTP settings for good. */

import type { Command } from 'commander';
import { chooseSite } from '../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { holdSite, tidySecrets } from '../command-kit/on-site.js';
import { requireConnection } from '../connection/prove-connection.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { revertSmtp } from '../sites/revert-smtp.js';
import { requireSameCredentialStore } from '../sites/secrets.js';
import type { Site } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';
import { describeSmtp } from '../sites/smtp-words.js';
import { statusLines } from '../terminal/status-view.js';

interface Options extends CommonOptions {
  readonly requireGmail?: boolean;
}

/** The command. */
export function revertSmtpCommand(process: Process): Command {
  return newCommand('revert-smtp', [
    'revert-smtp',
    'revert-smtp --yes --require-gmail --site harbour-physio',
  ])
    .option('--require-gmail', 'refuse unless Gmail is connected and its test message was accepted')
    .action(run<Options>(process, revert));
}

async function revert(context: Context, options: Options): Promise<void> {
  const name = await chooseSite(context);
  await holdSite(context, name, 'revert-smtp', async (session) => {
    const { site } = session;
    if (options.requireGmail === true) await requireTestedGmail(context, site);
    if (site.smtp === null) {
      if (site.credentials !== null) await tidySecrets(context, site);
      report(context, site, ['There are no SMTP settings to remove. Nothing was changed.']);
      return;
    }
    await confirm(context, site);
    const credentials = await context.credentials();
    await credentials.prove();
    requireSameCredentialStore(site, credentials);
    const reverted = await revertSmtp(session, credentials, context.now());
    await tidySecrets(context, reverted);
    const store = await context.sites();
    report(context, reverted, [
      `${context.style.good('✓')} The SMTP settings and their password were removed.`,
      `  Changed: ${store.description}.`,
      `  WriteUpp's website keeps its own settings: use "Revert to WriteUpp Mail Server" there too.`,
    ]);
  });
}

async function requireTestedGmail(context: Context, site: Site): Promise<void> {
  const { test } = requireConnection(site, {
    issuer: context.issuer,
    client: await context.oauthClient(),
  });
  if (test !== null && test.arrival !== 'denied') return;
  throw new MailError(
    'sign-in-needed',
    test === null
      ? `No test message has been sent over the Gmail connection of "${site.name}".`
      : `Someone said that the test message to ${test.to} did not arrive.`,
    `Do the whole switch: writeupp-mail migrate --site "${site.name}"\nOr send a test message: writeupp-mail test-connection --site "${site.name}"`,
    { reason: 'not-connected' },
  );
}

async function confirm(context: Context, site: Site): Promise<void> {
  if (site.smtp === null || context.options.yes === true) return;
  if (context.prompts === null) {
    throw new MailError(
      'not-interactive',
      'This removes the SMTP settings for good, and nobody can be asked here.',
      'Add --yes to go on without being asked.',
    );
  }
  for (const line of [
    `This removes from the site ${site.name}: ${describeSmtp(site.smtp)}, and the password.`,
    "It is permanent: SMTP can't be set again for this site.",
    site.gmail === null
      ? 'No Gmail account is connected: email will go by the WriteUpp mail server.'
      : `Email will go by Gmail, as ${site.gmail.email}.`,
  ]) {
    context.reporter.note(line);
  }
  if (await context.prompts.confirm('Revert to WriteUpp Mail Server?')) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

function report(context: Context, site: Site, lines: readonly string[]): void {
  const view = viewSite(site, context.issuer.id, context.now());
  const warning =
    view.pathway === 'writeupp'
      ? ['  No Gmail account is connected: email goes by the WriteUpp mail server.']
      : [];
  context.reporter.result({ ...view }, [
    ...lines,
    ...warning,
    '',
    ...statusLines(view, context.style),
  ]);
}
