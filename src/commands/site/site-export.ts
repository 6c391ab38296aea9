/** `site export`: sites as JSON, without secrets; with the Google client file, all that a practice needs to switch. */

import type { Command } from 'commander';
import { requireClientFile } from '../../command-kit/client-file.js';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import type { CommonOptions, Context } from '../../context/context.js';
import { readClientText } from '../../google/oauth-client-file.js';
import { type ExportedSite, exportSite } from '../../many/export-sites.js';
import { requireSite } from '../../sites/require-site.js';
import { parseSiteName, siteKey } from '../../sites/site-name.js';

interface Options extends CommonOptions {
  readonly withClient?: boolean;
}

/** The command. */
export function siteExportCommand(process: Process): Command {
  return newCommand('export', [
    'site export > sites.json',
    'site export harbour-physio --with-client > harbour-physio.json',
  ])
    .argument('[names...]', 'the sites; all of them unless named')
    .option('--with-client', 'put the Google client file in: for migrate --from at the practice')
    .action(run<Options>(process, exportSites));
}

async function exportSites(context: Context, options: Options, ...args: string[]): Promise<void> {
  const store = await context.sites();
  const named = args.flat().map(parseSiteName);
  const wanted = options.site === undefined ? named : [...named, parseSiteName(options.site)];
  const sites: ExportedSite[] = [];
  const once = new Map(wanted.map((name) => [siteKey(name), name])).values();
  for (const name of wanted.length > 0 ? once : await store.names()) {
    sites.push(exportSite(await requireSite(store, name)));
  }
  const client = options.withClient === true ? await readClient(context) : null;
  const whole = client === null ? sites : { sites, client };
  const facts = client === null ? { sites } : { sites, client };
  if (options.json === true) context.reporter.result(facts, []);
  // As it stands: it is a file to be, and never folded.
  else context.streams.stdout.write(`${JSON.stringify(whole, null, 2)}\n`);
}

async function readClient(context: Context): Promise<unknown> {
  await requireClientFile(context);
  return JSON.parse((await readClientText(context.environment.oauthClientPath)) ?? 'null');
}
