/** Asking a person for a site, field by field, and putting it on record. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { addSite } from '../sites/hold.js';
import type { Site } from '../sites/site.js';
import { newSite } from '../sites/site-fields.js';
import { problemWith, type SiteFields, usualSecurity } from '../sites/site-input.js';
import { parseSiteName } from '../sites/site-name.js';
import type { Prompts } from '../terminal/prompts.js';
import { holdPorts } from './on-site.js';

/** Asks for everything about a new site that was not given, and adds it. @throws as `addSite`; `interrupted` */
export async function askForNewSite(
  context: Context,
  given: { readonly name?: string; readonly fields?: SiteFields } = {},
): Promise<Site> {
  const { prompts } = context;
  if (prompts === null)
    throw new MailError('not-interactive', 'Nobody can be asked here.', 'Use options.');
  const name =
    given.name ??
    (await prompts.text('Name of the site (your WriteUpp practice):', (answer) =>
      nameProblem(answer),
    ));
  const fields = await askForFields(prompts, name, given.fields ?? {});
  const site = newSite(name, fields);
  const password =
    site.smtp?.user == null ? null : await askForSmtpPassword(prompts, site.smtp.user);
  return addSite(site, password, await holdPorts(context, 'site add'));
}

/** Asks for the SMTP password; an empty answer stores none. */
export async function askForSmtpPassword(prompts: Prompts, user: string): Promise<string | null> {
  const password = await prompts.secret(
    `SMTP password of ${user} (Enter if you don't have it):`,
    () => null,
  );
  return password === '' ? null : password;
}

async function askForFields(
  prompts: Prompts,
  name: string,
  given: SiteFields,
): Promise<SiteFields> {
  const ask = (field: keyof SiteFields, question: string, byDefault?: string) =>
    given[field] === undefined
      ? prompts.text(question, (answer) => problemWith(field, answer), byDefault)
      : Promise.resolve(given[field]);
  const organisation = await ask('organisation', 'Name of the practice, as patients see it:', name);
  const login = await ask(
    'login',
    'Email address of your WriteUpp log in (the test message goes there):',
  );
  const general: SiteFields = { ...given, organisation, login };
  const hasSmtp =
    given.smtpHost !== undefined ||
    (await prompts.confirm('Does the site have SMTP settings in WriteUpp now?', true));
  if (!hasSmtp) return general;
  const smtpHost = await ask('smtpHost', 'SMTP server:', 'smtp.gmail.com');
  const smtpPort = await ask('smtpPort', 'SMTP port:', '587');
  const smtpSecurity = await ask(
    'smtpSecurity',
    'Protection of the connection (tls, starttls or none):',
    usualSecurity(Number(smtpPort)),
  );
  const smtpUser = await ask('smtpUser', 'SMTP user name:', login);
  return { ...general, smtpHost, smtpPort, smtpSecurity, smtpUser };
}

function nameProblem(answer: string): string | null {
  try {
    parseSiteName(answer);
    return null;
  } catch (error) {
    return error instanceof MailError ? `${error.message} ${error.hint}` : null;
  }
}
