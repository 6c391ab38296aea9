/**
 * Notifies somebody of what is new, through their own command (`--notify`). What was reported is remembered on this
 * computer, and not repeated until it changes.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { MailError } from '../errors.js';
import { readPrivateFile, writeFileDurably } from '../storage/durable-file.js';
import { errnoOf } from '../storage/storage-error.js';
import { NOTIFYING, SECRET } from './variables.js';
import type { World } from './world.js';

/** Something that holds now, and may be news. */
export interface NewsItem {
  /**
   * `died` and `recovered`: the site's way to send; the second is news only after the first was. `end`: an expected
   * end, news 30, 7 and 1 days before `at`. Anything else: news when `since` or `message` changes.
   */
  readonly kind: string;
  /** Null if it is not about a single site. */
  readonly site: string | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** ISO 8601; since when it has been the case, if known. */
  readonly since: string | null;
  /** ISO 8601; when it ends. */
  readonly at: string | null;
}

/** A command, split into words. */
export type NotifyCommand = readonly [program: string, ...args: string[]];

/** Who notifies: each remembers separately what it has reported. */
export type Notifier = 'check' | `spool-${string}`;

type NotifyWorld = Pick<World, 'now' | 'signal'> & {
  readonly environment: Pick<World['environment'], 'home' | 'forChildren'>;
  readonly report: Pick<World['report'], 'note'>;
};

const ITEMS_MOST = 100;
const LIMIT_MS = 30_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Days before an end. */
const STAGES = [1, 7, 30];
/** What no longer holds, such as an end of a removed site, is forgotten after a while. */
const KEPT_MS = 90 * DAY_MS;

/**
 * Reads the option's value: split at spaces, with double quotes around words that belong together. No shell is
 * involved.
 *
 * @throws MailError `usage`
 */
export function readNotifyCommand(text: string): NotifyCommand {
  if ((text.match(/"/g)?.length ?? 0) % 2 !== 0) {
    throw unfit(
      'has a double quote without its other half',
      'Put double quotes around words that belong together.',
    );
  }
  const [program = '', ...args] = (text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) =>
    word.replaceAll('"', ''),
  );
  if (program === '')
    throw unfit('names no command', 'Name a program: --notify /usr/local/bin/tell-us');
  // Windows ignores dots and spaces at the end of a name.
  if (/\.(?:cmd|bat)[. ]*$/i.test(program)) {
    throw unfit(
      `names a batch file, ${program}`,
      'Batch files read what they are given as commands. Name a program, for example: --notify "powershell -File C:\\tell-us.ps1"',
    );
  }
  return [program, ...args];
}

/**
 * Notifies of everything that is new among the items. It never fails: what could not be reported is tried again next
 * time, and a note says so.
 *
 * @param items everything that holds now
 * @param limitMs how long the command may take
 * @returns false if it could not be reported
 */
export async function notify(
  world: NotifyWorld,
  command: NotifyCommand,
  notifier: Notifier,
  items: readonly NewsItem[],
  limitMs = LIMIT_MS,
): Promise<boolean> {
  const now = world.now();
  const path = join(world.environment.home, `notified-${notifier}.json`);
  const { told, more, after } = whatIsNew(items, await readNotified(path), now);
  if (told.length === 0) return true;
  const event = {
    event: 'news',
    at: now.toISOString(),
    host: hostname(),
    items: told.map(({ kind, site, code, message, hint, since, at }) => ({
      ...{ kind, site, code, message, hint, since, at },
    })),
    more,
  };
  const failure = await runCommand(world, command, `${JSON.stringify(event)}\n`, limitMs);
  if (failure !== null) {
    world.report.note(
      `The command of --notify ${failure}. The news does not count as delivered, and will be sent again next time.`,
    );
    return false;
  }
  try {
    const text = JSON.stringify({ version: 1, told: after });
    await writeFileDurably(path, `${text}\n`);
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    world.report.note(
      `A record of what was sent could not be kept, so it will be sent again: ${error.message}`,
    );
  }
  return true;
}

const time = v.pipe(v.string(), v.isoTimestamp());
const notifiedSchema = v.strictObject({
  ...{ kind: v.string(), site: v.nullable(v.string()), code: v.string(), message: v.string() },
  ...{ since: v.nullable(time), at: v.nullable(time) },
  toldAt: time,
  /** For an end: at how many days before it was reported. */
  stage: v.nullable(v.number()),
});
const fileSchema = v.strictObject({ version: v.literal(1), told: v.array(notifiedSchema) });

/** What was reported about one item. */
export type Notified = v.InferOutput<typeof notifiedSchema>;

/** If it can't be read, everything is news: twice is better than never. */
async function readNotified(path: string): Promise<readonly Notified[]> {
  try {
    const text = await readPrivateFile(path);
    return text === null ? [] : v.parse(fileSchema, JSON.parse(text)).told;
  } catch {
    return [];
  }
}

/** Which of the items are new, and what to remember once those have been reported. */
export function whatIsNew(
  items: readonly NewsItem[],
  before: readonly Notified[],
  now: Date,
): {
  readonly told: readonly NewsItem[];
  readonly more: number;
  readonly after: readonly Notified[];
} {
  const known = new Map(before.map((each) => [keyOf(each), each]));
  const dead = new Set(before.filter(({ kind }) => kind === 'died').map(({ site }) => site));
  const news = items
    .filter((item) =>
      item.kind === 'recovered' ? dead.has(item.site) : isNews(item, known.get(keyOf(item)), now),
    )
    .sort(byUrgency);
  const told = news.slice(0, ITEMS_MOST);
  if (told.length === 0) return { told, more: 0, after: before };
  return { told, more: news.length - told.length, after: notifiedAfter(known, told, items, now) };
}

function keyOf({ kind, site, code }: Pick<NewsItem, 'kind' | 'site' | 'code'>): string {
  return JSON.stringify([kind, site, code]);
}

/** @param before what was last reported about it */
function isNews(item: NewsItem, before: Notified | undefined, now: Date): boolean {
  if (item.kind === 'end') {
    const stage = stageOf(item, now);
    if (stage === null || before === undefined) return stage !== null;
    return hasMoved(item.at, before.at) || stage < (before.stage ?? 0);
  }
  if (before === undefined || before.since !== item.since) return true;
  // The message of the same failure varies between attempts.
  return item.kind !== 'died' && before.message !== item.message;
}

/** If several have passed, the nearest one. An end in the past counts as the nearest. */
function stageOf({ at }: NewsItem, now: Date): number | null {
  if (at === null) return null;
  const days = (Date.parse(at) - now.getTime()) / DAY_MS;
  return STAGES.find((stage) => days <= stage) ?? null;
}

function hasMoved(at: string | null, before: string | null): boolean {
  if (at === null || before === null) return at !== before;
  return Math.abs(Date.parse(at) - Date.parse(before)) > DAY_MS;
}

function notifiedAfter(
  before: ReadonlyMap<string, Notified>,
  told: readonly NewsItem[],
  all: readonly NewsItem[],
  now: Date,
): Notified[] {
  const standing = new Set(all.map(keyOf));
  const alive = new Set(told.flatMap(({ kind, site }) => (kind === 'recovered' ? [site] : [])));
  const after = new Map(
    [...before].filter(
      ([key, { kind, site, toldAt }]) =>
        (standing.has(key) || now.getTime() - Date.parse(toldAt) < KEPT_MS) &&
        !(kind === 'died' && alive.has(site)),
    ),
  );
  for (const item of told) {
    if (item.kind === 'recovered') continue;
    const { kind, site, code, message, since, at } = item;
    const stage = kind === 'end' ? stageOf(item, now) : null;
    after.set(keyOf(item), {
      ...{ kind, site, code, message, since, at, stage },
      toldAt: now.toISOString(),
    });
  }
  return [...after.values()];
}

/** What stops email comes first, what is over comes last. */
function byUrgency(one: NewsItem, other: NewsItem): number {
  const rank = ({ kind }: NewsItem) => ({ died: 0, end: 2, recovered: 3 })[kind] ?? 1;
  const end = ({ at }: NewsItem) => (at === null ? 0 : Date.parse(at));
  return rank(one) - rank(other) || end(one) - end(other);
}

/** Runs the command. Returns what went wrong, in plain words, or null if it exited with 0. */
async function runCommand(
  { environment, signal }: NotifyWorld,
  [program, ...args]: NotifyCommand,
  input: string,
  limitMs: number,
): Promise<string | null> {
  const isGroup = process.platform !== 'win32';
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      env: environmentOf(environment.forChildren),
      // Standard output is reserved for this program's own JSON.
      stdio: ['pipe', 2, 2],
      windowsHide: true,
      // A separate process group, so that what the command started ends with it.
      detached: isGroup,
    });
  } catch (error) {
    return notStarted(error);
  }
  // The command may not read, or not exist: its exit says what happened.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  let why: string | null = null;
  const stop = (reason: string) => {
    why = reason;
    try {
      if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    } catch {
      // It has just exited.
    }
  };
  const seconds = Math.round(limitMs / 1000);
  const timer = setTimeout(
    () => stop(`took longer than ${seconds} seconds, and was stopped`),
    limitMs,
  );
  const onAbort = () => stop('was stopped because this run ended');
  signal.addEventListener('abort', onAbort);
  try {
    return await new Promise<string | null>((resolve) => {
      child.once('error', (error) => resolve(notStarted(error)));
      child.once('exit', (code, by) =>
        resolve(why ?? (code === 0 ? null : `ended with ${code ?? by}`)),
      );
      if (signal.aborted) onAbort();
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function notStarted(error: unknown): string {
  const code = errnoOf(error);
  if (code === 'ENOENT') return 'was not found: give its whole path';
  if (code === 'EACCES') return 'may not be run: make it executable (chmod +x)';
  return `could not be started (${code ?? 'for an unknown reason'})`;
}

/** Withheld from the command: this program's secrets, where messages wait, and libpq's password for a store. */
const WITHHELD: ReadonlySet<string> = new Set([...SECRET, 'WRITEUPP_MAIL_SPOOL', 'PGPASSWORD']);

function environmentOf(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(variables).filter(([name]) => !WITHHELD.has(name.toUpperCase()));
  return { ...Object.fromEntries(kept), [NOTIFYING]: '1' };
}

function unfit(what: string, hint: string): MailError {
  return new MailError('usage', `--notify ${what}.`, `Nothing was done. ${hint}`);
}
