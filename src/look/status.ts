/** `status`: the "Integrations & Add-Ons" view of a site, or of all of them. */

import { type Command, Option } from 'commander';
import { MailError } from '../errors.js';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { forEachSite } from '../kit/each-site.js';
import { requireCan } from '../kit/require-can.js';
import { type SpoolsOf, spoolsHere } from '../kit/spools.js';
import { withHeldSite, withSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import type { WholeView } from '../show/status-facts.js';
import { statusLines } from '../show/status-lines.js';
import { endFacts } from '../sites/ends.js';
import { noSites } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';
import type { Result } from '../terminal/events.js';
import { commandLine, siteCommand } from '../text/command-line.js';
import { statusTable } from './status-table.js';
import { spoolLines, viewWithSpools } from './with-spools.js';

interface Options extends CommonOptions {
  readonly all?: boolean;
  readonly check?: boolean;
  readonly forSupport?: boolean;
  readonly doneInWriteupp?: boolean;
  readonly changes?: boolean;
  readonly metrics?: string;
  readonly ends?: boolean;
  readonly ics?: string;
  readonly notify?: string;
}

const CHECK_CODES = `Exit codes of --check, for scripts: 0 the email can leave, 1 the SMTP server
refused, 4 sign-in needed, 5 network, 6 keychain. It asks nothing and sends
nothing. With --all, each site gives one line, failures come last, and the exit
code is that of the most urgent one: 6, 4, 2, 1, then 5, which may pass by
itself.

--changes reports only what is new, or fixed, since its last report; the exit
code is then that of what is new. What it reported is kept in checks.json in the
settings folder of this computer, with a shared store too. Each check counts as
a use of the Gmail connection: Google ends one that was not used for six months.`;

export function statusCommand(process: Process): Command {
  return newCommand(
    'status',
    [
      'status',
      'status --all',
      'status --json --site harbour-physio',
      'status --check --all --json',
      'status --check --all --changes --metrics /var/lib/metrics/writeupp.prom',
      'status --all --ends --ics ends.ics',
      'status --for-support',
    ],
    CHECK_CODES,
  )
    .option('--all', 'every site on record')
    .option('--check', 'prove it live: renew the Google permission, try the SMTP login')
    .option('--changes', 'with --all --check: only what is new since its last report')
    .option(
      '--notify <command>',
      'with --all --check: a command that gets what is new on standard input, as JSON',
    )
    .option('--metrics <file>', 'with --all --check: the outcome in Prometheus’ text format')
    .addOption(
      new Option(
        '--for-support',
        'what support asks for on the phone: a block to read aloud',
      ).conflicts([
        ...['all', 'check', 'changes', 'metrics', 'doneInWriteupp', 'ends', 'ics', 'notify'],
      ]),
    )
    .addOption(
      new Option('--ends', 'when each site’s way to send is known to end, soonest first').conflicts(
        [...['check', 'changes', 'metrics', 'doneInWriteupp', 'notify']],
      ),
    )
    .option('--ics <file>', 'the known ends as a calendar (goes with --all --check too)')
    .addOption(
      new Option(
        '--done-in-writeupp',
        'the switch was made in WriteUpp itself as well: stop reminding',
      ).conflicts(['check', 'changes', 'metrics', 'ics', 'notify']),
    )
    .action(run<Options>(process, status));
}

async function status(world: World, options: Options): Promise<void> {
  if (options.forSupport === true) {
    const { showForSupport } = await import('./status-for-support.js');
    return showForSupport(world);
  }
  if (options.doneInWriteupp === true) await requireCan(world, 'markDone');
  const isFleetCheck = options.all === true && options.check === true;
  const { changes, metrics, ics, notify } = options;
  const wantsEnds = options.ends === true || (ics !== undefined && !isFleetCheck);
  const ofFleet = {
    ...{ '--changes': changes, '--metrics': metrics, '--notify': notify },
    // Without a check, it is a calendar of what is already known.
    '--ics': options.check === true ? ics : undefined,
  };
  const [misplaced] = Object.entries(ofFleet).filter(([, value]) => value !== undefined);
  if (!isFleetCheck && misplaced !== undefined) throw misplacedOption(...misplaced);
  const names = options.all === true ? await allNames(world) : [await chooseSite(world)];
  if (isFleetCheck) {
    const { checkFleet } = await import('./status-fleet.js');
    return checkFleet(world, names, options);
  }
  if (wantsEnds) {
    const { showEnds } = await import('./status-ends.js');
    return showEnds(world, names, options);
  }
  if (options.check === true) {
    const { checkStatus } = await import('./status-check.js');
    return checkStatus(world, names);
  }
  if (options.doneInWriteupp === true) return markDone(world, names);
  if (options.all === true && options.json !== true) return showTable(world, names);
  const isOnly = options.all === true ? names.length === 1 : undefined;
  const endsOf = options.json === true ? await knownEnds(world) : null;
  const spoolsOf = await spoolsHere(world);
  await forEachSite(world, names, (name) =>
    withSite(world, name, (site) => show(world, spoolsOf, site, isOnly, endsOf?.(site))),
  );
}

/** @param value what it was given, if it takes a value */
function misplacedOption(option: string, value: string | boolean | undefined): MailError {
  const given = typeof value === 'string' ? [value] : [];
  return new MailError(
    'usage',
    option === '--ics'
      ? '--ics with --check needs --all.'
      : `${option} is about a check of all sites.`,
    `Use: ${commandLine('status', '--all', '--check', option, ...given)}`,
  );
}

/** Loaded only for scripts: people see ends with `--ends`. */
async function knownEnds(
  world: World,
): Promise<(site: Site) => readonly ReturnType<typeof endFacts>[]> {
  const { endsKnown } = await import('./status-ends.js');
  const endsOf = await endsKnown(world);
  return (site) => endsOf(site).map(endFacts);
}

/** Refuses all of them if one was never switched here: then it can't be done in WriteUpp either. */
async function markDone(world: World, names: readonly string[]): Promise<void> {
  for (const name of names)
    await withSite(world, name, async (site) => requireSwitched(world, site));
  const spoolsOf = await spoolsHere(world);
  for (const name of names) {
    await withHeldSite(world, name, async (held) => {
      await requireSwitched(world, held.site);
      await held.markDoneInWriteUpp(world.now());
      await show(world, spoolsOf, held.site);
    });
  }
}

/** @throws MailError `usage` */
async function requireSwitched(world: World, site: Site): Promise<void> {
  const store = await world.sites();
  if (site.doneInWriteUpp !== null || store.leftToDo(site).length > 0) return;
  throw new MailError(
    'usage',
    `The switch of "${site.name}" is not done here yet, so it can’t be done in WriteUpp as well.`,
    `Nothing was changed. Do it here first: ${siteCommand('migrate', site.name)}`,
  );
}

async function allNames(world: World): Promise<readonly string[]> {
  const store = await world.sites();
  const names = await store.names();
  if (names.length === 0) {
    const { message, hint } = noSites(store);
    world.report.note(`${message} ${hint}`);
  }
  return names;
}

async function showTable(world: World, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const views: WholeView[] = [];
  const { isTTY, columns } = world.streams.stdout;
  const spoolsOf = await spoolsHere(world);
  await forEachSite(
    world,
    names,
    (name) =>
      withSite(world, name, async (site) => {
        views.push(await viewWithSpools(world, spoolsOf, site, names.length === 1));
      }),
    () =>
      world.report.lines(
        statusTable(views, world.style, isTTY ? columns : undefined, names.length - views.length),
      ),
  );
}

async function show(
  world: World,
  spoolsOf: SpoolsOf,
  site: Site,
  isOnly?: boolean,
  ends?: Result<'result-site'>['ends'],
): Promise<void> {
  const view = await viewWithSpools(world, spoolsOf, site, isOnly);
  world.report.item('result', { ok: true, ...view, ...(ends && { ends }) }, [
    ...statusLines(view, world.style),
    ...spoolLines(view),
    '',
  ]);
}
