/** One command killed at every point: its starting state copied for each run, its points, and what was found. */

import { randomInt } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GoogleStandIn } from '../stand-in/stand-in.js';
import { newWorkspace, type Workspace } from '../support/workspace.js';
import { type Allowed, checkAfterKill, checkNextMigrate } from './checks.js';
import type { Point } from './fault-hook.js';
import { type Command, pointsThatMatter, runToPoint } from './points.js';
import type { ReadSecrets } from './secrets-on-disk.js';

/** A command and the state that it starts from. */
export interface Series extends Command, Allowed {
  readonly name: string;
  /** Brings a new workspace into the starting state; `number` is that of the run. */
  readonly prepare: (workspace: Workspace, number: number) => Promise<void>;
}

/** What a series found. */
export interface SeriesResult {
  readonly name: string;
  readonly points: number;
  readonly killed: number;
  /** The first of the points that were tried; then every `every`th. */
  readonly offset: number;
  readonly violations: readonly string[];
}

/** What all series share. */
export interface SeriesPorts {
  readonly google: GoogleStandIn;
  readonly readSecrets: ReadSecrets;
  /** More of the environment, such as the keyring's. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** 1: every point. 5: every fifth. */
  readonly every: number;
  /** A run waits for its keychain and its scrypt, so more runs than processors keep them busy. */
  readonly atOnce: number;
}

/** Copies the settings folder of a state that was prepared once. */
export function copyOf(state: Workspace): Series['prepare'] {
  return async ({ home }) => {
    await mkdir(dirname(home), { recursive: true });
    await cp(state.home, home, { recursive: true, mode: 0 });
  };
}

/** Counts the points of a command, then kills one run at each. */
export async function runSeries(series: Series, ports: SeriesPorts): Promise<SeriesResult> {
  const all = await inWorkspace(ports, async (workspace) => {
    await series.prepare(workspace, 0);
    const { run, points } = await runToPoint(workspace, series, null);
    if (run.code !== 0) throw new Error(`${series.name}: ${run.stdout}${run.stderr}`);
    return pointsThatMatter(points);
  });
  // Another part of them each time, and which one is told: in time, all are tried everywhere.
  const offset = randomInt(ports.every);
  const chosen = all.filter((_, index) => index % ports.every === offset);
  const violations: string[] = [];
  await forEachAtOnce(chosen, ports.atOnce, async (point) => {
    const found = await killAt(point, series, ports);
    violations.push(...found.map((what) => `${series.name}, ${describePoint(point)}: ${what}`));
  });
  return { name: series.name, points: all.length, killed: chosen.length, offset, violations };
}

async function killAt(point: Point, series: Series, ports: SeriesPorts): Promise<string[]> {
  return inWorkspace(ports, async (workspace) => {
    await series.prepare(workspace, point.number);
    const { run, points } = await runToPoint(workspace, series, point.number);
    if (run.signal !== 'SIGKILL') return [`was not killed: ${run.code} ${run.stderr}`];
    if (points[0]?.what !== point.what) return [`was killed elsewhere: ${points[0]?.what}`];
    const after = await checkAfterKill(workspace, ports.google, ports.readSecrets, series);
    const next = await checkNextMigrate(workspace, ports.google, ports.readSecrets);
    return [...after, ...next];
  });
}

async function inWorkspace<T>(
  { google, env }: SeriesPorts,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await newWorkspace(google, { env });
  try {
    return await work(workspace);
  } finally {
    await workspace.remove();
  }
}

function describePoint({ number, when, what }: Point): string {
  return `point ${number} (${when} ${what})`;
}

async function forEachAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
