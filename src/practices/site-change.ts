/** `site add` and `site set`: a site's fields by options, or by asking. */

import type { Command } from 'commander';
import { MailError } from '../errors.js';
import {
  askForChanges,
  askForNewSite,
  askForPasswordOfSend,
  askForSmtpPassword,
} from '../kit/ask-for-site.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { readSecretLine } from '../kit/read-secret-line.js';
import { requireCan } from '../kit/require-can.js';
import { settleAddress, settleServer } from '../kit/usual-servers.js';
import { withHeldSite, withSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import { showSite } from '../show/status-facts.js';
import { changedSite, hasSmtpField, needsPassword, newSite } from '../sites/edit-site.js';
import { addSite } from '../sites/hold.js';
import type { Site } from '../sites/site.js';
import { byNeed, SITE_FIELDS, type SiteFields } from '../sites/site-fields.js';
import type { Ask } from '../terminal/prompts.js';

interface Options extends CommonOptions, SiteFields {
  readonly smtpPasswordStdin?: boolean;
}

export function siteAddCommand(process: Process): Command {
  const command = newCommand('add', [
    'site add',
    'site add harbour-physio --organisation "Harbour Physio" --login jane@harbour-physio.example ' +
      '--smtp-host smtp.gmail.com --smtp-user info@harbour-physio.example --smtp-password-stdin < password.txt',
  ]).argument('[name]', 'the name of the site');
  return addFieldOptions(command).action(run<Options>(process, add, { namesSite: true }));
}

export function siteSetCommand(process: Process): Command {
  const command = newCommand('set', [
    'site set harbour-physio --login jane@harbour-physio.example',
    'site set harbour-physio --smtp-password-stdin < password.txt',
  ]).argument('[name]', 'the name of the site');
  return addFieldOptions(command).action(run<Options>(process, set, { namesSite: true }));
}

function addFieldOptions(command: Command): Command {
  for (const { column, option } of SITE_FIELDS) {
    if (option !== undefined) command.option(`--${column} ${option[0]}`, option[1]);
  }
  return command.option('--smtp-password-stdin', 'read the SMTP password from standard input');
}

async function add(world: World, options: Options, argument?: string): Promise<void> {
  await requireCan(world, 'addSites');
  const name = argument ?? options.site;
  const fields = await settledFields(world, options);
  const isWhole = name !== undefined && fields.login !== undefined;
  if (!isWhole && world.ask !== null) {
    const given = { fields, asksForPassword: true, ...(name === undefined ? {} : { name }) };
    await report(world, await askForNewSite(world, given), 'is on record now');
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
  const password = await readPassword(world, options, site);
  const added = await addSite(site, password, world);
  await report(world, added, 'is on record now');
}

async function set(world: World, options: Options, argument?: string): Promise<void> {
  if (hasSmtpField(options) || options.smtpPasswordStdin === true)
    await requireCan(world, 'setSmtp');
  const given = await settledFields(world, options);
  const isNamed = Object.keys(given).length > 0 || options.smtpPasswordStdin === true;
  const ask = world.options.yes === true ? null : world.ask;
  if (!isNamed && ask === null) {
    throw new MailError(
      'usage',
      'Nothing to change was named.',
      'See: writeupp-mail site set --help',
    );
  }
  const name = await chooseSite(world, argument ?? options.site);
  const fields = isNamed || ask === null ? given : await askedFields(world, ask, name);
  if (!isNamed && Object.keys(fields).length === 0) {
    return withSite(world, name, (site) => report(world, site, 'is as it was'));
  }
  // Before the site is held: typing a password may take long.
  const { login, password } = await passwordFor(world, name, fields, options);
  await withHeldSite(world, name, async (held) => {
    const changed = changedSite(held.site, fields);
    if (password !== null && loginOf(changed) !== login) throw changedMeanwhile(name);
    if (password === null && needsPassword(held.site, changed)) throw passwordNeeded(changed);
    await held.change(changed, password);
    await report(world, held.site, 'was changed');
  });
}

/** Asks field by field what to change. */
function askedFields(world: World, ask: Ask, name: string): Promise<SiteFields> {
  return withSite(world, name, async (site) =>
    settled(world, await askForChanges(world, ask, site)),
  );
}

/** A password, and the login it was given for. */
interface GivenPassword {
  readonly login: string | null;
  readonly password: string | null;
}

/**
 * The given password, or one asked for if the login changes: the stored one is never sent to another server or user.
 */
async function passwordFor(
  world: World,
  name: string,
  fields: SiteFields,
  options: Options,
): Promise<GivenPassword> {
  return withSite(world, name, async (site) => {
    const changed = changedSite(site, fields);
    const login = loginOf(changed);
    if (options.smtpPasswordStdin === true) {
      if (login === null) throw passwordForNothing(name);
      return { login, password: await readSecretLine(world) };
    }
    const user = changed.smtp?.user ?? null;
    const isAsked = world.ask !== null && user !== null && needsPassword(site, changed);
    return {
      login,
      password: isAsked ? await askForSmtpPassword(world, world.ask, user) : null,
    };
  });
}

/** Identifies the server and user that a password is for; null without SMTP settings. */
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
    `The stored SMTP password belongs to a login other than ${smtp?.user} at ${smtp?.host}.`,
    `Nothing was changed. Give the new password as well:\n  writeupp-mail site set "${name}" … --smtp-password-stdin < password.txt`,
  );
}

async function readPassword(world: World, options: Options, site: Site): Promise<string | null> {
  if (options.smtpPasswordStdin === true) {
    if (site.smtp === null) throw passwordForNothing(site.name);
    return readSecretLine(world);
  }
  const user = site.smtp?.user ?? null;
  if (user === null || world.ask === null) return null;
  return askForPasswordOfSend(world, world.ask, user);
}

/** The given fields. A near miss of a well-known server or domain is queried first. */
function settledFields(world: World, options: Options): Promise<SiteFields> {
  return settled(world, fieldsOf(options));
}

async function settled(world: World, given: SiteFields): Promise<SiteFields> {
  const fields: { -readonly [Field in keyof SiteFields]: SiteFields[Field] } = { ...given };
  if (fields.smtpHost !== undefined) fields.smtpHost = await settleServer(world, fields.smtpHost);
  for (const { key, isUsuallyAddress } of byNeed(SITE_FIELDS)) {
    const address = fields[key];
    if (isUsuallyAddress && address !== undefined)
      fields[key] = await settleAddress(world, address);
  }
  return fields;
}

function fieldsOf(options: Options): SiteFields {
  const given = SITE_FIELDS.filter(({ key, option }) => option && options[key] !== undefined);
  return Object.fromEntries(given.map(({ key }) => [key, options[key]]));
}

function report(world: World, site: Site, what: string): Promise<void> {
  const before = [`${world.style.good('✓')} The site ${site.name} ${what}.`];
  return showSite(world, site, { before });
}
