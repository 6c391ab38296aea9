/** `revert-smtp`: "Revert to WriteUpp Mail Server", which removes the SMTP settings for good. */

import type { Command } from 'commander';
import { chooseSite } from '../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { leftToDoLines } from '../command-kit/left-to-do.js';
import { holding } from '../command-kit/on-site.js';
import { requireConnection } from '../connection/prove-connection.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { gmailSender, type Site } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';
import { describeSmtp } from '../sites/smtp-words.js';
import { takePersonsWord } from '../sites/warrant.js';
import { statusLines } from '../terminal/status-view.js';
import { siteCommand } from '../words/command-line.js';

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
  await holding(context, name, 'revert-smtp', async (held) => {
    const { site } = held;
    if (options.requireGmail === true) await requireTestedGmail(context, site);
    if (site.smtp === null) {
      await held.tidy();
      await report(context, held.site, [
        'There are no SMTP settings to remove. Nothing was changed.',
      ]);
      return;
    }
    // Before the question: whoever says yes must not be told then that it can't be done.
    if (site.credentials !== null) await held.proveCredentials();
    await agree(context, site);
    await held.revertSmtp(takePersonsWord(), context.now());
    await report(context, held.site, [
      `${context.style.good('✓')} The SMTP settings and their password were removed.`,
      `  Changed: ${(await context.sites()).description}.`,
    ]);
  });
}

async function requireTestedGmail(context: Context, site: Site): Promise<void> {
  const { test } = await requireConnection(site, {
    issuer: context.issuer,
    client: () => context.oauthClient(),
  });
  if (test !== null && test.arrival !== 'denied') return;
  throw new MailError(
    'sign-in-needed',
    untestedWords(site) ?? '',
    `Do the whole switch: ${siteCommand('migrate', site.name)}\nOr send a test message: ${siteCommand('test-connection', site.name)}`,
    { reason: 'not-connected' },
  );
}

/** Why a deletion is risky, in words; null where Gmail is connected and its test message was accepted. */
function untestedWords({ gmail, name }: Site): string | null {
  if (gmail === null) return `No Google account is connected for "${name}".`;
  if (gmail.test === null)
    return `No test message has been sent over the Gmail connection of "${name}".`;
  return gmail.test.arrival === 'denied'
    ? `Someone said that the test message to ${gmail.test.to} did not arrive.`
    : null;
}

/** Says what will happen, the risky cases first, and asks. @throws MailError `cancelled`, `not-interactive` */
async function agree(context: Context, site: Site): Promise<void> {
  const risk = untestedWords(site);
  for (const line of warning(site, risk)) context.reporter.note(line);
  if (context.options.yes === true) return;
  if (context.prompts === null) {
    throw new MailError(
      'not-interactive',
      'This removes the SMTP settings for good, and nobody can be asked here.',
      'Add --yes to go on without being asked.',
    );
  }
  const isAgreed =
    risk === null
      ? await context.prompts.confirm('Revert to WriteUpp Mail Server?')
      : await context.prompts.typed(
          `To remove them all the same, type the name of the site (${site.name}):`,
          site.name,
        );
  if (!isAgreed) throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

function warning(site: Site, risk: string | null): string[] {
  const { gmail, smtp } = site;
  return [
    ...(risk === null ? [] : [risk]),
    gmail === null
      ? 'Email will go by the WriteUpp mail server, and patients will see WriteUpp’s own address as the sender.'
      : `Email will go by Gmail, and patients will see ${gmailSender(site, gmail.email)} as the sender.`,
    ...(risk === null ? [] : [`To switch to Gmail safely: ${siteCommand('migrate', site.name)}`]),
    `This removes from the site ${site.name}: ${smtp === null ? '' : describeSmtp(smtp)}, and the password.`,
    'It is permanent: SMTP can’t be set again for this site.',
  ];
}

async function report(context: Context, site: Site, lines: readonly string[]): Promise<void> {
  const view = viewSite(site, context.issuer.id, context.now());
  context.reporter.result({ ...view }, [
    ...lines,
    '',
    ...statusLines(view, context.style, await leftToDoLines(context, site)),
  ]);
}
