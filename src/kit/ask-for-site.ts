/** Asks a person about a site, no more than the switch needs, and adds it. */

import { MailError } from '../errors.js';
import { newSite } from '../sites/edit-site.js';
import { addSite } from '../sites/hold.js';
import type { Site } from '../sites/site.js';
import {
  byNeed,
  type FieldKey,
  fieldOf,
  GENERAL_FIELDS,
  type SiteFields,
  usualSecurity,
} from '../sites/site-fields.js';
import { problemWith } from '../sites/site-input.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import type { Ask } from '../terminal/prompts.js';
import { passwordRule } from './read-secret-line.js';
import { settleAddress, settleServer } from './usual-servers.js';
import type { World } from './world.js';

/** What is known of a new site before anything is asked. */
interface NewSite {
  readonly name?: string;
  readonly fields?: SiteFields;
  /** Only `send` needs the SMTP password; default: not asked for. */
  readonly asksForPassword?: boolean;
}

/** Asks for everything about a new site that was not given, and adds it. @throws as `addSite`; `interrupted` */
export async function askForNewSite(world: World, given: NewSite = {}): Promise<Site> {
  const { ask } = world;
  if (ask === null)
    throw new MailError('not-interactive', 'Nobody can be asked here.', 'Use options.');
  // Report a name that can't be used before asking anything.
  if (given.name !== undefined) parseSiteName(given.name);
  const fields = await askForFields(world, ask, given.fields ?? {});
  const name = given.name ?? (await nameFor(world, ask, fields.organisation ?? ''));
  const site = newSite(name, fields);
  const user = given.asksForPassword === true ? site.smtp?.user : null;
  const password = user == null ? null : await askForPasswordOfSend(world, ask, user);
  return addSite(site, password, world);
}

/** Nobody is asked for a password that they don't need: only `send` needs one. */
export async function askForPasswordOfSend(
  world: World,
  ask: Ask,
  user: string,
): Promise<string | null> {
  const isWanted = await ask.confirm(
    'Should this computer send email of this site by SMTP itself, with the command "send"?',
    false,
  );
  return isWanted ? askForSmtpPassword(world, ask, user) : null;
}

/** Asks for each field; Enter alone keeps what is stored. Returns the changes. */
export async function askForChanges(world: World, ask: Ask, site: Site): Promise<SiteFields> {
  const fields: { -readonly [Field in keyof SiteFields]: SiteFields[Field] } = {};
  const askFor = async (field: FieldKey, stored = fieldOf(field).get(site)) => {
    const { question } = fieldOf(field);
    const isOptional = stored === null;
    const answer = await ask.text(
      isOptional ? `${question} (Enter: none):` : `${question}:`,
      (text) => (isOptional && text.trim() === '' ? null : problemWith(field, text)),
      String(stored ?? ''),
    );
    if (answer.trim() !== String(stored ?? '')) fields[field] = answer;
  };
  const { smtp } = site;
  world.report.note('Enter keeps what is stored.');
  for (const { key, question } of byNeed(GENERAL_FIELDS)) {
    if (question !== undefined) await askFor(key);
  }
  const { can } = await world.sites();
  if (site.smtpRevertedAt !== null || !can.setSmtp) return fields;
  await askFor('smtpHost');
  if (smtp === null && fields.smtpHost === undefined) return fields;
  await askFor('smtpPort', smtp?.port ?? 587);
  const port = Number(fields.smtpPort ?? smtp?.port ?? 587);
  const usual = port === smtp?.port ? smtp.security : usualSecurity(port);
  await askFor('smtpSecurity', usual);
  if (fields.smtpSecurity === undefined && usual !== smtp?.security) fields.smtpSecurity = usual;
  await askFor('smtpUser');
  await askFor('smtpFrom');
  return fields;
}

/** Asks for the SMTP password; an empty answer stores none. */
export async function askForSmtpPassword(
  { report }: World,
  ask: Ask,
  user: string,
): Promise<string | null> {
  report.note('Only "send" needs the SMTP password. The switch to Gmail does not.');
  const password = await ask.secret(`SMTP password of ${user} (Enter: none):`, passwordRule);
  return password === '' ? null : password;
}

async function askForFields(world: World, ask: Ask, given: SiteFields): Promise<SiteFields> {
  const askFor = (field: FieldKey, question: string, byDefault?: string) =>
    given[field] === undefined
      ? ask.text(question, (answer) => problemWith(field, answer), byDefault)
      : Promise.resolve(given[field]);
  const organisation = await askFor('organisation', `${fieldOf('organisation').question}:`);
  const login = await settleAddress(
    world,
    await askFor('login', `${fieldOf('login').question} (for the test message):`),
  );
  const general: SiteFields = { ...given, organisation, login };
  if (given.smtpHost !== undefined) return general;
  const seen = await askFor('smtpUser', 'Email address that patients see:', login);
  const smtpUser = seen === login ? seen : await settleAddress(world, seen);
  const isGoogle = await ask.confirm(
    'Does email go through Google now (Gmail or Google Workspace)?',
    true,
  );
  const smtpHost = isGoogle ? 'smtp.gmail.com' : await askForServer(world, ask);
  return smtpHost === null ? general : { ...general, smtpHost, smtpUser };
}

async function askForServer(world: World, ask: Ask): Promise<string | null> {
  const host = await ask.text(
    'SMTP server in WriteUpp’s settings (Enter: none, or not known):',
    (answer) => (answer.trim() === '' ? null : problemWith('smtpHost', answer)),
  );
  return host === '' ? null : settleServer(world, host);
}

/** The site's name, derived from the practice's: "Harbour Physio" becomes harbour-physio. */
async function nameFor(world: World, ask: Ask, practice: string): Promise<string> {
  const taken = new Set((await (await world.sites()).names()).map(siteKey));
  const plain = practice
    .normalize('NFC')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  for (const name of [plain, `${plain}-2`, `${plain}-3`]) {
    if (nameProblem(name) === null && !taken.has(siteKey(name))) return name;
  }
  return ask.text('A short name for this site, for example harbour-physio:', nameProblem);
}

function nameProblem(answer: string): string | null {
  try {
    parseSiteName(answer);
    return null;
  } catch (error) {
    return error instanceof MailError ? `${error.message} ${error.hint}` : null;
  }
}
