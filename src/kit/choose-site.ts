/** Which site a command is about: named, the only one, chosen from a list, or added on the spot. */

import { MailError } from '../errors.js';
import { namesAsWritten, noSites, noSuchSite, whereOnRecord } from '../sites/require-site.js';
import { eachOnce, parseSiteName } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import type { Ask, Choice } from '../terminal/prompts.js';
import { commandLine } from '../text/command-line.js';
import { nearMiss } from '../text/near-miss.js';
import type { World } from './world.js';

/**
 * The name of the site: `--site`, else WRITEUPP_MAIL_SITE, else the only site, else asks.
 *
 * @throws MailError `usage` that lists the sites, `no-sites`, `no-such-site` with the name that was probably meant,
 *   `interrupted`, `storage`
 */
export async function chooseSite(
  world: World,
  named = world.options.site,
  { mayAsk = true, mustBeStored = false } = {},
): Promise<string> {
  const ask = mayAsk ? world.ask : null;
  const name = named ?? world.environment.site;
  const sites = await world.sites();
  if (name !== undefined) return spelledRight(sites, parseSiteName(name), mustBeStored);
  const found = await choices(sites);
  const [only] = found;
  if (only === undefined && !sites.can.addSites) throw noSites(sites);
  if (only === undefined) return addFirstSite(world, ask, sites);
  if (found.length === 1) return only.value;
  if (ask === null) throw severalSites(found.map(({ name: each }) => each));
  return ask.find('Which site?', found);
}

/** The sites that arguments and `--site` name, each once; may be empty. @throws MailError `invalid-settings` */
export function namedSites({ options }: World, args: readonly string[]): string[] {
  const all = options.site === undefined ? args : [...args, options.site];
  return eachOnce(all.map(parseSiteName));
}

/** Shown with the practice's name, which people know better than the site's. */
async function choices(sites: SiteStore): Promise<Choice<string>[]> {
  const found: Choice<string>[] = [];
  for await (const site of sites.list()) {
    // A damaged record is only reported when it is chosen.
    const name = site instanceof MailError ? (site.details.site ?? '') : site.name;
    const practice = site instanceof MailError ? name : site.organisation;
    found.push({ name, value: name, ...(practice === name ? {} : { about: practice }) });
  }
  return found;
}

/** Refuses an unknown name at once if it is nearly a known one; any other is reported when the site is read. */
async function spelledRight(
  sites: SiteStore,
  name: string,
  mustBeStored: boolean,
): Promise<string> {
  const site = await sites.read(name).catch(() => undefined);
  if (site !== null) return site?.name ?? name;
  const names = await namesAsWritten(sites);
  const meant = nearMiss(name, names);
  if (meant === null && mustBeStored) throw await noSuchSite(sites, name, names);
  if (meant === null) return name;
  throw new MailError(
    'no-such-site',
    `No site "${name}" is on record in ${sites.description}.`,
    `Did you mean ${meant}?\nTo see all sites: ${commandLine('site list')}`,
    { sites: names },
  );
}

async function addFirstSite(world: World, ask: Ask | null, store: SiteStore): Promise<string> {
  const question = `No site is on record ${whereOnRecord(store)} yet. Add one now?`;
  if ((await ask?.confirm(question, true)) !== true) throw noSites(store);
  const { askForNewSite } = await import('./ask-for-site.js');
  const { name } = await askForNewSite(world);
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
