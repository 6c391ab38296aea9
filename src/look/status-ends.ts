/** `status --ends`: when each site's way to send is known to end, as a table and as a calendar. */

import { failureOf, tellFailures, throughSites } from '../kit/each-site.js';
import { endsSeen, readFleetMemory } from '../kit/fleet-memory.js';
import { spoolsHere } from '../kit/spools.js';
import { withSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import { MONTHS } from '../show/status-lines.js';
import { type End, endFacts, endsOf } from '../sites/ends.js';
import { hasOnlyOneSite } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import { END_WORDS } from './end-words.js';
import { inColumns } from './status-table.js';
import { type ViewWithSpools, viewWithSpools } from './with-spools.js';

const DAY_MS = 24 * 60 * 60 * 1000;

interface EndsOptions {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly ics?: string;
}

interface SiteEnds {
  readonly view: ViewWithSpools;
  readonly ends: readonly End[];
}

/** @throws MailError `usage`, before anything is done; of the store; `storage` */
export async function showEnds(
  world: World,
  names: readonly string[],
  { all = false, json = false, ics }: EndsOptions,
): Promise<void> {
  const calendar = ics === undefined ? null : await import('./calendar.js');
  if (ics !== undefined) calendar?.refuseUnfitCalendar(ics);
  const knownEnds = await endsKnown(world);
  const isOnly = all ? names.length === 1 : await hasOnlyOneSite(await world.sites());
  const spoolsOf = await spoolsHere(world);
  const found: SiteEnds[] = [];
  const failures = await throughSites(
    names,
    async (name) => {
      await withSite(world, name, async (site) => {
        const view = await viewWithSpools(world, spoolsOf, site, isOnly);
        found.push({ view, ends: knownEnds(site, isOnly) });
      });
      return { tell: null, failure: null };
    },
    1,
  );
  const sorted = found.toSorted((one, other) => firstEnd(one) - firstEnd(other));
  const sites = sorted.map(({ view, ends }) => ({ ...view, ends }));
  // Failing to write the calendar must hide neither the ends nor a site's failure.
  const unwritten = await failureOf(async () => calendar?.writeCalendar(ics ?? '', sites, world));
  if (json) {
    for (const { view, ends } of sorted) {
      world.report.item('result', { ok: true, ...view, ends: ends.map(endFacts) }, []);
    }
  } else if (sorted.length > 0) {
    const lines = all ? endsTable(sorted, world) : sorted.flatMap((site) => endsOfOne(site, world));
    world.report.lines([
      ...lines,
      ...(ics === undefined || unwritten !== null ? [] : ['', `The calendar is in ${ics}.`]),
    ]);
  }
  tellFailures(world, unwritten === null ? failures : [...failures, unwritten]);
}

/** The ends of a site, from its record and from what this computer's last check of all sites saw. */
export async function endsKnown({
  environment,
}: Pick<World, 'environment'>): Promise<(site: Site, isOnly?: boolean) => readonly End[]> {
  const memory = await readFleetMemory(environment.home);
  return (site, isOnly) => endsOf(site, endsSeen(memory?.seen[siteKey(site.name)]), isOnly);
}

function firstEnd({ ends: [first] }: SiteEnds): number {
  return first === undefined ? Number.POSITIVE_INFINITY : Date.parse(first.at);
}

function endsTable(sites: readonly SiteEnds[], { now, style, streams }: World): string[] {
  const rows = sites.flatMap(({ view, ends: [next] }) =>
    next === undefined
      ? []
      : [[day(next.at), left(next.at, now()), view.site, END_WORDS[next.code], next.who] as const],
  );
  const none = sites.length - rows.length;
  const rest =
    none === 0 ? [] : [`${none === 1 ? '1 site has' : `${none} sites have`} no known end.`];
  if (rows.length === 0) return rest;
  const { isTTY, columns } = streams.stdout;
  const room = isTTY ? columns : Number.POSITIVE_INFINITY;
  const heading = ['Ends', '', 'Site', 'Why', 'Who can prevent it'];
  const lines = [heading, ...rows];
  // Each site's own view also says who can prevent it, so that column is dropped if there is no room.
  const whole = inColumns(lines);
  const [first = '', ...others] = (
    whole.width <= room ? whole : inColumns(lines.map((line) => line.slice(0, -1)))
  ).lines;
  return [style.strong(first), ...others, ...(rest.length === 0 ? [] : ['', ...rest])];
}

function endsOfOne({ view, ends }: SiteEnds, { now, style }: World): string[] {
  if (ends.length === 0) return [`${view.site}: no known end.`];
  return [
    style.strong(`${view.site}: known ends of its way to send`),
    ...ends.flatMap(({ at, message, hint }) => [
      `  ${day(at)} (${left(at, now())})`,
      ...[message, ...hint.split('\n')].map((line) => `    ${line}`),
    ]),
  ];
}

/** In UTC, as the calendar has it. */
function day(time: string): string {
  const date = new Date(time);
  const month = MONTHS[date.getUTCMonth()]?.slice(0, 3);
  return `${date.getUTCDate()} ${month} ${date.getUTCFullYear()}`.padStart(11);
}

function left(time: string, now: Date): string {
  const days = Math.floor((Date.parse(time) - now.getTime()) / DAY_MS);
  if (days < 0) return 'has passed';
  if (days === 0) return 'within a day';
  return days === 1 ? 'in 1 day' : `in ${days} days`;
}
