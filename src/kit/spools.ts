/**
 * The spools in which messages of this computer's sites wait, what is in them, and when a watch last looked. The list
 * of spools is kept in `spools.json` in the settings folder.
 */

import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Attention } from '../sites/attention.js';
import { siteKey } from '../sites/site-name.js';
import { readPrivateFile, writeFileDurably } from '../storage/durable-file.js';
import { siteCommand } from '../text/command-line.js';
import { isObject, parseJson } from '../text/json.js';
import type { World } from './world.js';

/** The suffix of a message's envelope, after the name of the message. */
export const ENVELOPE = '.envelope';

/** The suffix of the file with the reason why a message was refused, after the message's name there. */
export const REASON = '.json';

/** The file that a watch writes into its spool. */
export const WATCH_FILE = '.watch.json';

/** In milliseconds: a watch records at least this often that it has looked. One silent for longer counts as stopped. */
export const LOOKED_EVERY_MS = 5 * 60_000;
const LOOKED_LATELY_MS = 15 * 60_000;

/** Whether a file in the spool can be a message: programs write files under a name with a leading dot first. */
export function mayBeMessage(name: string): boolean {
  return !name.startsWith('.') && !name.endsWith(ENVELOPE);
}

/** How many of the names in a folder are messages. `refused` also contains reasons. */
export function countMessages(names: readonly string[], hasReasons: boolean): number {
  const there = new Set(names);
  return names.filter(
    (name) => mayBeMessage(name) && !(hasReasons && isReasonOf(name, (of) => there.has(of))),
  ).length;
}

/** Whether a file is the reason why another one in the folder was refused. */
export function isReasonOf(name: string, isThere: (name: string) => boolean): boolean {
  return name.endsWith(REASON) && isThere(name.slice(0, -REASON.length));
}

/** What a watch reports about its spool. */
export interface WatchReport {
  readonly lookedAt: string;
  /** Since when the oldest message has been waiting; null if none is. */
  readonly oldest: string | null;
  /** Until when nothing is tried, and why. */
  readonly paused: { readonly until: string; readonly code: string } | null;
}

/** The current state of a spool. */
export interface SpoolView {
  readonly folder: string;
  /** The site whose messages wait there. */
  readonly site: string;
  readonly waiting: number;
  readonly inRefused: number;
  readonly inUnknown: number;
  readonly oldest: string | null;
  /** When a watch last looked; null if none ever did. */
  readonly lookedAt: string | null;
  readonly paused: WatchReport['paused'];
  /** Messages wait, and no watch has looked for 15 minutes. */
  readonly isNotEmptied: boolean;
}

/** Remembers a spool, for `status` and `doctor`. Never fails: mail leaves without this too. */
export async function rememberSpool(home: string, site: string, named: string): Promise<void> {
  try {
    const [folder, known] = [realpathSync(named), await knownSpools(home)];
    if (known.some((one) => one.folder === folder && siteKey(one.site) === siteKey(site))) return;
    const spools = [...known.filter((one) => one.folder !== folder), { folder, site }];
    await writeFileDurably(pathIn(home), `${JSON.stringify({ version: 1, spools }, null, 2)}\n`);
  } catch {
    // Then `status` does not show it.
  }
}

/** The spools of a site, or for null of all sites, as they are now. */
export type SpoolsOf = (site: string | null) => SpoolView[];

/** The spools known on this computer: the list is read once. What can't be read is left out. */
export async function spoolsHere({
  environment,
  now,
}: Pick<World, 'environment' | 'now'>): Promise<SpoolsOf> {
  const known = await knownSpools(environment.home).catch(() => []);
  return (site) =>
    known
      .filter((one) => site === null || siteKey(one.site) === siteKey(site))
      .flatMap((one) => viewSpool(one, now()) ?? []);
}

/** The state of a spool, in a sentence or two. */
export function spoolWords(view: SpoolView): string {
  const { folder, waiting, oldest, inRefused, inUnknown, lookedAt, paused } = view;
  const since = oldest === null ? '' : ` (the oldest since ${oldest})`;
  const counts = `${waiting} waiting${since}, ${inRefused} in "refused", ${inUnknown} in "unknown"`;
  const looked =
    lookedAt === null ? 'No watch has ever looked.' : `A watch last looked on ${lookedAt}.`;
  const pause = paused === null ? '' : ` It tries again at ${paused.until} (${paused.code}).`;
  return `Spool ${folder}: ${counts}. ${looked}${pause}`;
}

/** Null if there is no such folder, or it can't be read. */
function viewSpool({ folder, site }: KnownSpool, now: Date): SpoolView | null {
  try {
    const inNew = namesIn(folder, 'new');
    const report = watchReportIn(folder);
    const waiting = countMessages(inNew, false);
    return {
      folder,
      site,
      waiting,
      inRefused: countMessages(namesIn(folder, 'refused'), true),
      inUnknown: countMessages(namesIn(folder, 'unknown'), false),
      oldest: waiting === 0 ? null : oldestOf(folder, inNew, report, now),
      lookedAt: report?.lookedAt ?? null,
      paused: report?.paused ?? null,
      isNotEmptied: waiting > 0 && !isWatched(report, now),
    };
  } catch {
    return null;
  }
}

/** Whether a watch has looked recently: then nothing needs to be said about who will send what waits. */
export function isWatchedNow(folder: string, now: Date): boolean {
  return isWatched(watchReportIn(folder), now);
}

/** A time in the future was written before the clock was set back. */
function isWatched(report: WatchReport | null, now: Date): boolean {
  if (report === null) return false;
  return Math.abs(now.getTime() - Date.parse(report.lookedAt)) <= LOOKED_LATELY_MS;
}

export function spoolAttention(views: readonly SpoolView[]): Attention[] {
  return views
    .filter(({ isNotEmptied }) => isNotEmptied)
    .map((view) => ({
      code: 'spool-not-emptied' as const,
      message: notEmptiedWords(view),
      hint: [
        `Start what sends it, and keep it running: ${siteCommand('send', view.site, '--batch', view.folder, '--watch')}`,
        `To send what waits now: ${siteCommand('send', view.site, '--batch', view.folder)}`,
      ].join('\n'),
    }));
}

function notEmptiedWords({ folder, waiting, lookedAt }: SpoolView): string {
  const wait = waiting === 1 ? '1 message waits' : `${waiting} messages wait`;
  const since =
    lookedAt === null ? 'no watch has ever looked there' : `no watch has looked since ${lookedAt}`;
  return `${wait} in the spool ${folder}, and ${since}.`;
}

/** What a watch last wrote; null if there is nothing, or it can't be read. */
function watchReportIn(folder: string): WatchReport | null {
  try {
    return readWatchReport(readFileSync(join(folder, WATCH_FILE), 'utf8'));
  } catch {
    return null;
  }
}

export function readWatchReport(text: string): (WatchReport & Record<string, unknown>) | null {
  const value = parseJson(text);
  if (!isObject(value) || value.version !== 1 || !isTime(value.lookedAt)) return null;
  const { oldest, paused } = value;
  const isPaused = isObject(paused) && isTime(paused.until) && typeof paused.code === 'string';
  return {
    ...value,
    lookedAt: value.lookedAt,
    oldest: isTime(oldest) ? oldest : null,
    paused: isPaused ? { until: `${paused.until}`, code: `${paused.code}` } : null,
  };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

/** A watch knows since when; the time of a file is set whenever its message is put off. */
function oldestOf(
  folder: string,
  names: readonly string[],
  report: WatchReport | null,
  now: Date,
): string {
  const times = names
    .filter(mayBeMessage)
    .flatMap((name) => statSync(join(folder, 'new', name), { throwIfNoEntry: false }) ?? [])
    .map(({ mtimeMs }) => mtimeMs);
  if (report?.oldest != null) times.push(Date.parse(report.oldest));
  // Not `Math.min(...times)`: so many arguments could overflow the stack.
  const oldest = times.reduce((least, time) => Math.min(least, time), now.getTime());
  return new Date(oldest).toISOString();
}

function namesIn(folder: string, place: string): string[] {
  try {
    return readdirSync(join(folder, place));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && place !== 'new') return [];
    throw error;
  }
}

interface KnownSpool {
  readonly folder: string;
  readonly site: string;
}

async function knownSpools(home: string): Promise<KnownSpool[]> {
  const value = parseJson((await readPrivateFile(pathIn(home))) ?? '{}');
  const spools = isObject(value) && Array.isArray(value.spools) ? value.spools : [];
  return spools.flatMap((one: unknown) => {
    if (!isObject(one)) return [];
    const { folder, site } = one;
    return typeof folder === 'string' && typeof site === 'string' ? [{ folder, site }] : [];
  });
}

function pathIn(home: string): string {
  return join(home, 'spools.json');
}
