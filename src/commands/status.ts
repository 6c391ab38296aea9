/** `status`: the "Integrations & Add-Ons" view of a site, or of all of them. */

import type { Command } from 'commander';
import type { CommonOptions, Context } from '../context.js';
import type { Site } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';
import { statusLines } from '../terminal/status-view.js';
import { chooseSite } from './choose-site.js';
import { newCommand, type Process, run } from './command-runner.js';
import { readSite } from './on-site.js';

interface Options extends CommonOptions {
  readonly all?: boolean;
}

/** The command. */
export function statusCommand(process: Process): Command {
  return newCommand('status', ['status', 'status --all', 'status --json --site harbour-physio'])
    .option('--all', 'every site on record')
    .action(run<Options>(process, status));
}

async function status(context: Context, options: Options): Promise<void> {
  if (options.all !== true) {
    const name = await chooseSite(context);
    await readSite(context, name, async (site) => show(context, site));
    return;
  }
  const store = await context.sites();
  const names = await store.names();
  if (names.length === 0) {
    context.reporter.note('No site is on record. Add one with: writeupp-mail site add');
  }
  for (const name of names) await readSite(context, name, async (site) => show(context, site));
}

function show(context: Context, site: Site): void {
  const view = viewSite(site, context.issuer.id, context.now());
  context.reporter.result({ ...view }, [...statusLines(view, context.style), '']);
}
