/** `site list` and `site show`: the sites on record. */

import type { Command } from 'commander';
import { MailError } from '../errors.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { tellFailures } from '../kit/each-site.js';
import { withSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import { siteView } from '../show/status-facts.js';
import { PATHWAY_WORDS, statusLines } from '../show/status-lines.js';
import { noSites } from '../sites/require-site.js';
import { type Pathway, pathway, type Site } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';

export function siteListCommand(process: Process): Command {
  return newCommand('list', ['site list', 'site list --json']).action(
    run<CommonOptions>(process, list),
  );
}

export function siteShowCommand(process: Process): Command {
  return newCommand('show', ['site show harbour-physio'])
    .argument('[name]', 'the name of the site')
    .action(run<CommonOptions>(process, show, { namesSite: true }));
}

async function list(world: World): Promise<void> {
  const store = await world.sites();
  const sites: Listed[] = [];
  const failures: MailError[] = [];
  for await (const site of store.list()) {
    if (site instanceof MailError) failures.push(site);
    else {
      const { name, organisation } = site;
      sites.push({ name, organisation, pathway: pathway(site) });
    }
  }
  tellList(world, sites, sites.length + failures.length === 0 ? noSites(store) : null);
  tellFailures(world, failures);
}

interface Listed {
  readonly name: string;
  readonly organisation: string;
  readonly pathway: Pathway;
}

/** @param none the message that there are no sites; null if there are some, readable or not */
function tellList(world: World, sites: readonly Listed[], none: MailError | null): void {
  const rows = [
    { name: 'Site', way: 'Email goes by', organisation: 'Practice' },
    ...sites.map((site) => ({ ...site, way: PATHWAY_WORDS[site.pathway] as string })),
  ];
  const widthOf = (of: (row: (typeof rows)[number]) => string) =>
    Math.max(...rows.map((row) => of(row).length));
  const [nameWidth, wayWidth] = [widthOf(({ name }) => name), widthOf(({ way }) => way)];
  const [heading = '', ...lines] = rows.map(
    ({ name, way, organisation }) =>
      `${name.padEnd(nameWidth)}  ${way.padEnd(wayWidth)}  ${organisation}`,
  );
  world.report.item(
    'result',
    { ok: true, sites },
    none !== null
      ? [`${none.message} ${none.hint}`]
      : sites.length === 0
        ? []
        : [world.style.strong(heading), ...lines],
  );
}

async function show(world: World, options: CommonOptions, argument?: string): Promise<void> {
  const name = await chooseSite(world, argument ?? options.site);
  await withSite(world, name, async (site) => {
    const view = await siteView(world, site);
    const store = await world.sites();
    const { smtp } = site;
    // A password that WriteUpp keeps can't be read from here.
    const stored = store.can.readPassword ? { smtpPasswordStored: smtp?.password != null } : {};
    const more = {
      sendAs: site.sendAs,
      account: site.account,
      organisationEmail: site.organisationEmail,
      credentials: site.credentials,
      ...stored,
      smtpRevertedAt: site.smtpRevertedAt,
    };
    world.report.result({ ...view, ...more }, [
      ...statusLines(view, world.style),
      ...(site.sendAs === null ? [] : [`  Sender by Gmail: ${site.sendAs} (send-as address)`]),
      ...(site.account === null ? [] : [`  Google account expected: ${site.account}`]),
      `  Replies on the WriteUpp mail server go to: ${site.organisationEmail ?? 'not set'}`,
      `  SMTP password: ${passwordWords(site, store)}`,
      `  Secrets: ${site.credentials ?? 'none on this computer'}`,
      `  On record in: ${store.description}`,
    ]);
  });
}

function passwordWords({ smtp }: Site, { can }: SiteStore): string {
  if (!can.readPassword && smtp !== null && smtp.user !== null) return 'kept by WriteUpp';
  return smtp?.password == null ? 'none stored' : 'stored';
}
