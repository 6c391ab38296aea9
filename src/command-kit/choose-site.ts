/** Which site a command is about: named, the only one, chosen from a list, or added on the spot. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { parseSiteName } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import type { Choice } from '../terminal/prompts.js';
import { commandLine } from '../words/command-line.js';
import { nearMiss } from '../words/near-miss.js';

/**
 * The name of the site: `--site`, else WRITEUPP_MAIL_SITE, else the only site, else asks.
 *
 * @throws MailError `usage` that lists the sites, `no-sites`, `no-such-site` with the name that was probably meant,
 *   `interrupted`, `storage`
 */
export async function chooseSite(context: Context, named = context.options.site): Promise<string> {
  const name = named ?? context.environment.site;
  const sites = await context.sites();
  if (name !== undefined) return spelledRight(sites, parseSiteName(name));
  const names = await sites.names();
  const [only] = names;
  if (names.length === 1 && only !== undefined) return only;
  if (names.length === 0) return addFirstSite(context);
  if (context.prompts === null) throw severalSites(names);
  return context.prompts.find('Which site?', await choices(sites, names));
}

/** With the practice's name, which people know better than the site's. */
function choices(sites: SiteStore, names: readonly string[]): Promise<Choice<string>[]> {
  return Promise.all(
    names.map(async (name) => {
      // A damaged record is told of once it is chosen.
      const site = await sites.read(name).catch(() => null);
      const practice = site?.organisation ?? name;
      return { name, value: name, ...(practice === name ? {} : { about: practice }) };
    }),
  );
}

/** A name that nobody has, but that is nearly one on record, is told at once; what else it lacks, who reads it tells. */
async function spelledRight(sites: SiteStore, name: string): Promise<string> {
  const isThere = (await sites.read(name).catch(() => undefined)) !== null;
  if (isThere) return name;
  const names = await sites.names();
  const meant = nearMiss(name, names);
  if (meant === null) return name;
  throw new MailError(
    'no-such-site',
    `No site "${name}" is on record in ${sites.description}.`,
    `Did you mean ${meant}?\nTo see all sites: ${commandLine('site list')}`,
    { sites: names },
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
      `Add one with: ${commandLine('site add', 'NAME', '--login', 'ADDRESS')}`,
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
