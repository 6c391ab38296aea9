/** Which site a command is about: named, the only one, chosen from a list, or added on the spot. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { parseSiteName } from '../sites/site-name.js';

/**
 * The name of the site: `--site`, else WRITEUPP_MAIL_SITE, else the only site, else asks.
 *
 * @throws MailError `usage` that lists the sites, `no-sites`, `interrupted`, `storage`
 */
export async function chooseSite(context: Context, named = context.options.site): Promise<string> {
  const name = named ?? context.environment.site;
  if (name !== undefined) return parseSiteName(name);
  const sites = await context.sites();
  const names = await sites.names();
  const [only] = names;
  if (names.length === 1 && only !== undefined) return only;
  if (names.length === 0) return addFirstSite(context);
  if (context.prompts === null) throw severalSites(names);
  return context.prompts.choose(
    'Which site?',
    names.map((value) => ({ name: value, value })),
  );
}

async function addFirstSite(context: Context): Promise<string> {
  const wantsToAdd = await context.prompts?.confirm(
    'No site is on record on this computer yet. Add one now?',
    true,
  );
  if (wantsToAdd !== true) {
    throw new MailError(
      'no-sites',
      'No site is on record on this computer.',
      'Add one with: writeupp-mail site add NAME --login ADDRESS',
    );
  }
  const { askForNewSite } = await import('./ask-for-site.js');
  const { name } = await askForNewSite(context);
  return name;
}

function severalSites(names: readonly string[]): MailError {
  return new MailError(
    'usage',
    `${names.length} sites are on record, and none was named.`,
    `Name one with --site:\n${names.map((name) => `  ${name}`).join('\n')}`,
    { sites: names },
  );
}
