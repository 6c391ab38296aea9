/** `status`: the "Integrations & Add-Ons" view of a site, or of all of them. */

import type { Command } from 'commander';
import { chooseSite } from '../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { forEachSite } from '../command-kit/each-site.js';
import { isLeftToDo, leftToDoLines } from '../command-kit/left-to-do.js';
import { reading } from '../command-kit/reading.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';
import type { Site } from '../sites/site.js';
import { type SiteView, viewSite } from '../sites/site-view.js';
import { statusTable } from '../terminal/status-table.js';
import { statusLines } from '../terminal/status-view.js';
import { commandLine } from '../words/command-line.js';

interface Options extends CommonOptions {
  readonly all?: boolean;
  readonly check?: boolean;
  readonly forSupport?: boolean;
  readonly doneInWriteupp?: boolean;
  readonly changes?: boolean;
  readonly metrics?: string;
}

const CHECK_CODES = `Exit codes of --check, for scripts: 0 the email can leave, 1 the SMTP server
refused, 4 sign-in needed, 5 network, 6 keychain. It asks nothing and sends
nothing. With --all, each site gives one line, failures come last, and the exit
code is that of the most pressing one: 6, 4, 2, 1, then 5, which may pass by
itself.

--changes tells only what is new, or mended, since it last told; the exit code
is then that of what is new. What was told is kept in checks.json in the
settings folder of this computer, with a shared store too. Each check counts as
a use of the Gmail connection: Google ends one that was not used for six months.`;

/** The command. */
export function statusCommand(process: Process): Command {
  return newCommand(
    'status',
    [
      'status',
      'status --all',
      'status --json --site harbour-physio',
      'status --check --all --json',
      'status --check --all --changes --metrics /var/lib/metrics/writeupp.prom',
      'status --for-support',
    ],
    CHECK_CODES,
  )
    .option('--all', 'every site on record')
    .option('--check', 'prove it live: renew the Google permission, try the SMTP log in')
    .option('--changes', 'with --all --check: only what is new since it last told')
    .option('--metrics <file>', 'with --all --check: the outcome in Prometheus’ text format')
    .option('--for-support', 'what support asks for on the phone: a block to read aloud')
    .option('--done-in-writeupp', 'the switch was made in WriteUpp itself as well: stop reminding')
    .action(run<Options>(process, status));
}

async function status(context: Context, options: Options): Promise<void> {
  if (options.forSupport === true) {
    const { showForSupport } = await import('./status-for-support.js');
    return showForSupport(context);
  }
  const isFleetCheck = options.all === true && options.check === true;
  if (!isFleetCheck && (options.changes === true || options.metrics !== undefined)) {
    throw new MailError(
      'usage',
      '--changes and --metrics are about a check of all sites.',
      `Add both words: ${commandLine('status', '--all', '--check', '--changes')}`,
    );
  }
  const names = options.all === true ? await allNames(context) : [await chooseSite(context)];
  if (isFleetCheck) {
    const { checkFleet } = await import('./status-fleet.js');
    return checkFleet(context, names, options);
  }
  if (options.check === true) {
    const { checkStatus } = await import('./status-check.js');
    return checkStatus(context, names);
  }
  if (options.doneInWriteupp === true) return markDone(context, names);
  if (options.all === true && options.json !== true) return showTable(context, names);
  await forEachSite(context, names, (name) =>
    reading(context, name, (site) => show(context, site)),
  );
}

async function markDone(context: Context, names: readonly string[]): Promise<void> {
  const { holding } = await import('../command-kit/on-site.js');
  for (const name of names) {
    await holding(context, name, 'status --done-in-writeupp', async (held) => {
      await held.markDoneInWriteUpp(context.now());
      await show(context, held.site);
    });
  }
}

async function allNames(context: Context): Promise<readonly string[]> {
  const names = await (await context.sites()).names();
  if (names.length === 0) {
    context.reporter.note('No site is on record. Add one with: writeupp-mail site add');
  }
  return names;
}

async function showTable(context: Context, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const views: SiteView[] = [];
  const left = new Set<string>();
  const { stdout } = context.streams;
  await forEachSite(
    context,
    names,
    (name) =>
      reading(context, name, async (site) => {
        views.push(viewSite(site, context.issuer.id, context.now()));
        if (await isLeftToDo(context, site)) left.add(site.name);
      }),
    () =>
      context.reporter.item(
        'result',
        { ok: true },
        statusTable(views, context.style, stdout.isTTY ? stdout.columns : undefined, left),
      ),
  );
}

async function show(context: Context, site: Site): Promise<void> {
  const view = viewSite(site, context.issuer.id, context.now());
  const left = await leftToDoLines(context, site);
  context.reporter.item('result', { ok: true, ...view }, [
    ...statusLines(view, context.style, left),
    '',
  ]);
}
