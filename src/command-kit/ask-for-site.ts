/** Asking a person for a site, no more than the switch needs, and putting it on record. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { addSite } from '../sites/hold.js';
import type { Site } from '../sites/site.js';
import { newSite } from '../sites/site-fields.js';
import { problemWith, type SiteFields } from '../sites/site-input.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import type { Prompts } from '../terminal/prompts.js';
import { holdPorts } from './on-site.js';
import { settleServer } from './usual-servers.js';

/** What is known of a new site before anything is asked. */
interface NewSite {
  readonly name?: string;
  readonly fields?: SiteFields;
  /** Only `send` needs the SMTP password; default: not asked for. */
  readonly asksForPassword?: boolean;
}

/** Asks for everything about a new site that was not given, and adds it. @throws as `addSite`; `interrupted` */
export async function askForNewSite(context: Context, given: NewSite = {}): Promise<Site> {
  const { prompts } = context;
  if (prompts === null)
    throw new MailError('not-interactive', 'Nobody can be asked here.', 'Use options.');
  // A name that can't be used is told before anything is asked.
  if (given.name !== undefined) parseSiteName(given.name);
  const fields = await askForFields(context, prompts, given.fields ?? {});
  const name = given.name ?? (await nameFor(context, prompts, fields.organisation ?? ''));
  const site = newSite(name, fields);
  const user = given.asksForPassword === true ? site.smtp?.user : null;
  const password = user == null ? null : await askForSmtpPassword(context, prompts, user);
  return addSite(site, password, await holdPorts(context, 'site add'));
}

/** Asks for the SMTP password; an empty answer stores none. */
export async function askForSmtpPassword(
  { reporter }: Context,
  prompts: Prompts,
  user: string,
): Promise<string | null> {
  reporter.note('Only “send” needs the SMTP password. The switch to Gmail does not.');
  const password = await prompts.secret(`SMTP password of ${user} (Enter: none):`, () => null);
  return password === '' ? null : password;
}

async function askForFields(
  context: Context,
  prompts: Prompts,
  given: SiteFields,
): Promise<SiteFields> {
  const ask = (field: keyof SiteFields, question: string, byDefault?: string) =>
    given[field] === undefined
      ? prompts.text(question, (answer) => problemWith(field, answer), byDefault)
      : Promise.resolve(given[field]);
  const organisation = await ask('organisation', 'Name of the practice, as patients see it:');
  const login = await ask('login', 'WriteUpp login, an email address (for the test message):');
  const general: SiteFields = { ...given, organisation, login };
  if (given.smtpHost !== undefined) return general;
  const smtpUser = await ask('smtpUser', 'Email address that patients see:', login);
  const isGoogle = await prompts.confirm(
    'Does email go through Google now (Gmail or Google Workspace)?',
    true,
  );
  const smtpHost = isGoogle ? 'smtp.gmail.com' : await askForServer(context, prompts);
  return smtpHost === null ? general : { ...general, smtpHost, smtpUser };
}

async function askForServer(context: Context, prompts: Prompts): Promise<string | null> {
  const host = await prompts.text(
    'SMTP server in WriteUpp’s settings (Enter: none, or not known):',
    (answer) => (answer.trim() === '' ? null : problemWith('smtpHost', answer)),
  );
  return host === '' ? null : settleServer(context, host);
}

/** The site's name, made from the practice's: "Harbour Physio" is harbour-physio. */
async function nameFor(context: Context, prompts: Prompts, practice: string): Promise<string> {
  const taken = new Set((await (await context.sites()).names()).map(siteKey));
  const plain = practice
    .normalize('NFC')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  for (const name of [plain, `${plain}-2`, `${plain}-3`]) {
    if (nameProblem(name) === null && !taken.has(siteKey(name))) return name;
  }
  return prompts.text('A short name for this site, for example harbour-physio:', nameProblem);
}

function nameProblem(answer: string): string | null {
  try {
    parseSiteName(answer);
    return null;
  } catch (error) {
    return error instanceof MailError ? `${error.message} ${error.hint}` : null;
  }
}
