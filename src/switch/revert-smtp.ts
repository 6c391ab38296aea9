/** `revert-smtp`: "Revert to WriteUpp Mail Server", which removes the SMTP settings for good. */

import type { Command } from 'commander';
import { requireConnection } from '../connection/prove-connection.js';
import { MailError } from '../errors.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { withHeldSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import { showSite } from '../show/status-facts.js';
import { commandHere } from '../sites/command-here.js';
import { gmailSender, type Site } from '../sites/site.js';
import { describeSmtp } from '../sites/smtp-words.js';
import { confirmByPerson } from '../sites/warrant.js';
import { siteCommand } from '../text/command-line.js';

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

async function revert(world: World, options: Options): Promise<void> {
  const name = await chooseSite(world);
  await withHeldSite(world, name, async (held) => {
    // What is said of a message that was never sent would be believed, and with --require-gmail acted upon.
    const site = held.site.smtp === null ? held.site : await held.genuine(held.site);
    const risk = untestedWords(site, held.site);
    if (options.requireGmail === true) await requireTestedGmail(world, site, risk);
    if (site.smtp === null) {
      await held.tidy();
      const before = ['There are no SMTP settings to remove. Nothing was changed.', ''];
      return showSite(world, held.site, { before });
    }
    // Before the question: nobody who says yes should then learn that it can't be done.
    if (site.credentials !== null) await held.proveCredentials();
    await agree(world, site, risk);
    await held.revertSmtp(confirmByPerson(), world.now());
    await showSite(world, held.site, {
      before: [
        `${world.style.good('✓')} The SMTP settings and their password were removed.`,
        `  Changed: ${(await world.sites()).description}.`,
        '',
      ],
    });
  });
}

async function requireTestedGmail(world: World, site: Site, risk: string | null): Promise<void> {
  await requireConnection(site, world);
  if (risk === null) return;
  throw new MailError(
    'sign-in-needed',
    risk,
    `Do the whole switch: ${siteCommand('migrate', site.name)}\nOr send a test message: ${siteCommand('test-connection', site.name)}`,
  );
}

/**
 * Why a deletion is risky, in words; null where Gmail is connected and its test message was accepted.
 *
 * @param onRecord the site as its record says, also where that proves nothing
 */
function untestedWords({ gmail, name }: Site, onRecord: Site): string | null {
  if (gmail === null) return `No Google account is connected for "${name}".`;
  if (gmail.test === null && onRecord.gmail?.test != null)
    return `The test message on record for "${name}" proves nothing here: this computer does not have the permission that it was sent with, or something else wrote it there.`;
  if (gmail.test === null)
    return `No test message has been sent over the Gmail connection of "${name}".`;
  return gmail.test.arrival === 'denied'
    ? `Someone said that the test message to ${gmail.test.to} did not arrive.`
    : null;
}

/** Says what will happen, the risky cases first, and asks. @throws MailError `cancelled`, `not-interactive` */
async function agree(world: World, site: Site, risk: string | null): Promise<void> {
  for (const line of await warning(world, site, risk)) world.report.note(line);
  if (world.options.yes === true) return;
  if (world.ask === null) {
    throw new MailError(
      'not-interactive',
      'This removes the SMTP settings for good, and nobody can be asked here.',
      'Add --yes to go on without being asked.',
    );
  }
  const isAgreed =
    risk === null
      ? await world.ask.confirm('Revert to WriteUpp Mail Server?')
      : await world.ask.typed(
          `To remove them all the same, type the name of the site (${site.name}):`,
          site.name,
        );
  if (!isAgreed) throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

async function warning(world: World, site: Site, risk: string | null): Promise<string[]> {
  const { gmail, smtp } = site;
  return [
    ...(risk === null ? [] : [risk]),
    gmail === null
      ? 'Email will go by the WriteUpp mail server, and patients will see WriteUpp’s own address as the sender.'
      : `Email will go by Gmail, and patients will see ${gmailSender(site, gmail.email)} as the sender.`,
    ...(risk === null
      ? []
      : [`To switch to Gmail safely: ${await commandHere(world, 'migrate', site.name)}`]),
    `This removes from the site ${site.name}: ${smtp === null ? '' : describeSmtp(smtp)}, and the password.`,
    'It is permanent: SMTP can’t be set again for this site.',
  ];
}
