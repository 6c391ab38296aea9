/**
 * `site export`: sites as JSON, without secrets; with the Google client file, everything a practice needs to switch.
 */

import type { Command } from 'commander';
import { MailError } from '../errors.js';
import { type ExportedSite, exportSite } from '../formats/export-sites.js';
import { readClientText } from '../google/oauth-client-file.js';
import { namedSites } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import type { CommonOptions, World } from '../kit/world.js';
import { requireSite } from '../sites/require-site.js';
import { tryNamedFile, writeNamedFile } from '../storage/named-file.js';
import { asciiJson } from '../text/json.js';

interface Options extends CommonOptions {
  readonly into?: string;
  readonly withClient?: boolean;
  readonly output?: string;
}

export function siteExportCommand(process: Process): Command {
  return newCommand('export', [
    'site export --output sites.json',
    'site export harbour-physio --with-client --output harbour-physio.json',
  ])
    .argument('[names...]', 'the sites; all of them unless named')
    .option('--with-client', 'put the Google client file in: for migrate --from at the practice')
    .option('--output <file>', 'write them to a file that only you can read')
    .option('--into <kit>', 'put one site’s file into a copy of a kit, which --output names')
    .action(run<Options>(process, exportSites));
}

async function exportSites(world: World, options: Options, ...args: string[]): Promise<void> {
  const { output } = options;
  if (output !== undefined) await tryNamedFile(output, OUTPUT);
  const store = await world.sites();
  const wanted = namedSites(world, args.flat());
  const sites: ExportedSite[] = [];
  for (const name of wanted) sites.push(exportSite(await requireSite(store, name)));
  if (wanted.length === 0) {
    for await (const site of store.list()) {
      if (site instanceof MailError) throw site;
      sites.push(exportSite(site));
    }
  }
  if (options.into !== undefined) {
    const { exportIntoKit } = await import('./export-into-kit.js');
    return exportIntoKit(world, options, sites, await readClient(world));
  }
  const client = options.withClient === true ? await readClient(world) : null;
  const whole = client === null ? sites : { sites, client };
  const text = `${asciiJson(whole, 2)}\n`;
  if (output !== undefined) {
    await writeNamedFile(output, text, OUTPUT);
    world.report.result({ sites, output }, written(world, sites.length, output, client !== null));
  } else if (options.json === true) {
    world.report.result(client === null ? { sites } : { sites, client }, []);
  }
  // Written verbatim, never wrapped: it is the content of a file.
  else world.streams.stdout.write(text);
}

const OUTPUT = { option: '--output' };

function written(
  { style }: World,
  count: number,
  path: string,
  holdsClient: boolean,
): readonly string[] {
  const sites = count === 1 ? '1 site' : `${count} sites`;
  return [
    `${style.good('✓')} Wrote ${sites} to ${path}.`,
    ...(holdsClient
      ? ['  It holds the Google client file too: delete it once it is handed over.']
      : []),
  ];
}

async function readClient(world: World): Promise<unknown> {
  await world.client();
  return JSON.parse((await readClientText(world.environment.oauthClientPath)) ?? 'null');
}
