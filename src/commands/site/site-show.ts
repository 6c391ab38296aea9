/** `site list` and `site show`: what is on record. */

import type { Command } from 'commander';
import { chooseSite } from '../../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import { forEachSite } from '../../command-kit/each-site.js';
import { reading } from '../../command-kit/reading.js';
import type { CommonOptions, Context } from '../../context/context.js';
import { type Pathway, pathway } from '../../sites/site.js';
import { viewSite } from '../../sites/site-view.js';
import { PATHWAY_WORDS, statusLines } from '../../terminal/status-view.js';
import { commandLine } from '../../words/command-line.js';

/** `site list`. */
export function siteListCommand(process: Process): Command {
  return newCommand('list', ['site list', 'site list --json']).action(
    run<CommonOptions>(process, list),
  );
}

/** `site show`. */
export function siteShowCommand(process: Process): Command {
  return newCommand('show', ['site show harbour-physio'])
    .argument('[name]', 'the name of the site')
    .action(run<CommonOptions>(process, show));
}

async function list(context: Context): Promise<void> {
  const store = await context.sites();
  const sites: Listed[] = [];
  await forEachSite(
    context,
    await store.names(),
    async (key) => {
      const site = await store.read(key);
      if (site === null) return;
      const { name, organisation } = site;
      sites.push({ name, organisation, pathway: pathway(site) });
    },
    () => tellList(context, sites),
  );
}

interface Listed {
  readonly name: string;
  readonly organisation: string;
  readonly pathway: Pathway;
}

function tellList(context: Context, sites: readonly Listed[]): void {
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
  context.reporter.item(
    'result',
    { ok: true, sites },
    sites.length === 0
      ? [`No site is on record. Add one with: ${commandLine('site add')}`]
      : [context.style.strong(heading), ...lines],
  );
}

async function show(context: Context, options: CommonOptions, argument?: string): Promise<void> {
  const name = await chooseSite(context, argument ?? options.site);
  await reading(context, name, async (site) => {
    const view = viewSite(site, context.issuer.id, context.now());
    const store = await context.sites();
    const more = {
      organisationEmail: site.organisationEmail,
      credentials: site.credentials,
      smtpPasswordStored: site.smtp?.password != null,
      smtpRevertedAt: site.smtpRevertedAt,
    };
    context.reporter.result({ ...view, ...more }, [
      ...statusLines(view, context.style),
      `  Replies on the WriteUpp mail server go to: ${site.organisationEmail ?? 'not set'}`,
      `  SMTP password: ${more.smtpPasswordStored ? 'stored' : 'none stored'}`,
      `  Secrets: ${site.credentials ?? 'none stored'}`,
      `  On record in: ${store.description}`,
    ]);
  });
}
