/** `site add` and `site set`: a site's fields by options, or by asking. */

import type { Command } from 'commander';
import { askForNewSite, askForSmtpPassword } from '../../command-kit/ask-for-site.js';
import { chooseSite } from '../../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import { holding, holdPorts } from '../../command-kit/on-site.js';
import { readSecretLine } from '../../command-kit/read-secret-line.js';
import { reading } from '../../command-kit/reading.js';
import { settleServer } from '../../command-kit/usual-servers.js';
import type { CommonOptions, Context } from '../../context/context.js';
import { MailError } from '../../errors.js';
import { addSite } from '../../sites/hold.js';
import type { Site } from '../../sites/site.js';
import { changedSite, needsPassword, newSite } from '../../sites/site-fields.js';
import type { SiteFields } from '../../sites/site-input.js';
import { viewSite } from '../../sites/site-view.js';
import { statusLines } from '../../terminal/status-view.js';

interface Options extends CommonOptions, SiteFields {
  readonly smtpPasswordStdin?: boolean;
}

/** `site add`. */
export function siteAddCommand(process: Process): Command {
  const command = newCommand('add', [
    'site add',
    'site add harbour-physio --organisation "Harbour Physio" --login jane@harbour-physio.example ' +
      '--smtp-host smtp.gmail.com --smtp-user info@harbour-physio.example --smtp-password-stdin < password.txt',
  ]).argument('[name]', 'the name of the site');
  return addFieldOptions(command).action(run<Options>(process, add));
}

/** `site set`. */
export function siteSetCommand(process: Process): Command {
  const command = newCommand('set', [
    'site set harbour-physio --login jane@harbour-physio.example',
    'site set harbour-physio --smtp-password-stdin < password.txt',
  ]).argument('[name]', 'the name of the site');
  return addFieldOptions(command).action(run<Options>(process, set));
}

function addFieldOptions(command: Command): Command {
  return command
    .option('--organisation <name>', 'the name of the practice, as patients see it')
    .option('--organisation-email <address>', 'where replies go on the WriteUpp mail server')
    .option('--login <address>', 'the WriteUpp log in: the test message goes there')
    .option(
      '--send-as <address>',
      'the address patients see, if Gmail sends as another than its own',
    )
    .option('--smtp-host <host>', 'the SMTP server')
    .option('--smtp-port <port>', 'its port; 587 for a new site')
    .option('--smtp-security <tls|starttls|none>', 'its encryption; by the port for a new site')
    .option('--smtp-user <name>', 'the user name of the SMTP log in')
    .option('--smtp-from <address>', 'the sender address, if it is not the user name')
    .option('--smtp-password-stdin', 'read the SMTP password from standard input');
}

async function add(context: Context, options: Options, argument?: string): Promise<void> {
  const name = argument ?? options.site;
  const fields = await settledFields(context, options);
  const isWhole = name !== undefined && fields.login !== undefined;
  if (!isWhole && context.prompts !== null) {
    const given = { fields, asksForPassword: true, ...(name === undefined ? {} : { name }) };
    report(context, await askForNewSite(context, given), 'is on record now');
    return;
  }
  if (name === undefined) {
    throw new MailError(
      'usage',
      'The name of the site is missing.',
      'For example: site add harbour-physio',
    );
  }
  // Everything is checked before a password is read or asked for.
  const site = newSite(name, fields);
  const password = await readPassword(context, options, site);
  const added = await addSite(site, password, await holdPorts(context, 'site add'));
  report(context, added, 'is on record now');
}

async function set(context: Context, options: Options, argument?: string): Promise<void> {
  const fields = await settledFields(context, options);
  if (Object.keys(fields).length === 0 && options.smtpPasswordStdin !== true) {
    throw new MailError(
      'usage',
      'Nothing to change was named.',
      'See: writeupp-mail site set --help',
    );
  }
  const name = await chooseSite(context, argument ?? options.site);
  // Before the site is held: whoever gives a password may take long.
  const { login, password } = await passwordFor(context, name, fields, options);
  await holding(context, name, 'site set', async (held) => {
    const changed = changedSite(held.site, fields);
    if (password !== null && loginOf(changed) !== login) throw changedMeanwhile(name);
    if (password === null && needsPassword(held.site, changed)) throw passwordNeeded(changed);
    await held.change(changed, password);
    report(context, held.site, 'was changed');
  });
}

/** A password, and the log in that it was given for. */
interface GivenPassword {
  readonly login: string | null;
  readonly password: string | null;
}

/** The password given, or asked for where the change is to another log in: the stored one is never given to that. */
async function passwordFor(
  context: Context,
  name: string,
  fields: SiteFields,
  options: Options,
): Promise<GivenPassword> {
  return reading(context, name, async (site) => {
    const changed = changedSite(site, fields);
    const login = loginOf(changed);
    if (options.smtpPasswordStdin === true) {
      if (login === null) throw passwordForNothing(name);
      return { login, password: await readSecretLine(context) };
    }
    const user = changed.smtp?.user ?? null;
    const isAsked = context.prompts !== null && user !== null && needsPassword(site, changed);
    return {
      login,
      password: isAsked ? await askForSmtpPassword(context, context.prompts, user) : null,
    };
  });
}

/** The server and the user that a password is for; null without SMTP settings. */
function loginOf({ smtp }: Site): string | null {
  return smtp === null ? null : JSON.stringify([smtp.host.toLowerCase(), smtp.user]);
}

function changedMeanwhile(name: string): MailError {
  return new MailError(
    'site-busy',
    `Another run changed the SMTP server or user of "${name}" while the password was given.`,
    'Nothing was changed: the password may be for the other server. Look at the site, then run the command again.',
  );
}

function passwordForNothing(name: string): MailError {
  return new MailError(
    'invalid-settings',
    `"${name}" has no SMTP settings that a password could be for.`,
    'Nothing was changed. Name the server as well: --smtp-host and --smtp-user.',
  );
}

function passwordNeeded({ name, smtp }: Site): MailError {
  return new MailError(
    'invalid-settings',
    `The stored SMTP password belongs to another log in than ${smtp?.user} at ${smtp?.host}.`,
    `Nothing was changed. Give the new password as well:\n  writeupp-mail site set "${name}" … --smtp-password-stdin < password.txt`,
  );
}

async function readPassword(
  context: Context,
  options: Options,
  site: Site,
): Promise<string | null> {
  if (options.smtpPasswordStdin === true) return readSecretLine(context);
  const user = site.smtp?.user ?? null;
  if (user === null || context.prompts === null) return null;
  return askForSmtpPassword(context, context.prompts, user);
}

/** The fields given, the name of a server that is nearly a usual one asked about. */
async function settledFields(context: Context, options: Options): Promise<SiteFields> {
  const fields = fieldsOf(options);
  if (fields.smtpHost === undefined) return fields;
  return { ...fields, smtpHost: await settleServer(context, fields.smtpHost) };
}

function fieldsOf(options: Options): SiteFields {
  const { organisation, organisationEmail, login, sendAs } = options;
  const { smtpHost, smtpPort, smtpSecurity, smtpUser, smtpFrom } = options;
  const all = {
    organisation,
    organisationEmail,
    login,
    sendAs,
    smtpHost,
    smtpPort,
    smtpSecurity,
    smtpUser,
    smtpFrom,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function report(context: Context, site: Site, what: string): void {
  const view = viewSite(site, context.issuer.id, context.now());
  context.reporter.result({ ...view }, [
    `${context.style.good('✓')} The site ${site.name} ${what}.`,
    ...statusLines(view, context.style),
  ]);
}
