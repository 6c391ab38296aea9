/** The points of a command: counted in a run that is left alone, and a run killed at one of them. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunResult } from '../support/program.js';
import type { Workspace } from '../support/workspace.js';
import type { Point } from './fault-hook.js';
import { runLettingPersonSignIn } from './run-with-person.js';

/** Compiled by `npm run build:test`. */
export const HOOK = new URL('../../build/test/durability/fault-hook.js', import.meta.url).href;

/** A command under test. */
export interface Command {
  readonly args: readonly string[];
  readonly input?: string;
}

/** A run with its points. */
export interface HookedRun {
  readonly run: RunResult;
  /** Of a run that is left alone: all of them. Of a killed one: the one it was killed at. */
  readonly points: readonly Point[];
}

/** Runs a command to its end, or to its death at a point. */
export async function runToPoint(
  workspace: Workspace,
  { args, input = '' }: Command,
  killAt: number | null,
): Promise<HookedRun> {
  const log = join(workspace.folder, `points-${killAt ?? 'all'}`);
  const run = await runLettingPersonSignIn(workspace, args, {
    input,
    env: {
      NODE_OPTIONS: `${workspace.env.NODE_OPTIONS} --import ${HOOK}`,
      FAULT_LOG: log,
      FAULT_POINT: killAt === null ? undefined : String(killAt),
    },
  });
  return { run, points: await readPoints(log) };
}

/** What the hook wrote into its log. */
export async function readPoints(log: string): Promise<Point[]> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Point);
}

/** The points of operations that changed something: one that failed has no point after it. */
export function pointsThatMatter(points: readonly Point[]): Point[] {
  const done = new Set(points.filter(({ when }) => when === 'after').map((each) => each.operation));
  return points.filter(({ operation }) => done.has(operation));
}
