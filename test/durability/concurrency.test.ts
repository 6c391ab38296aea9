/** Twenty runs at once on one site: one after the other, or told who holds it; and every reader sees a whole record. */

import { beforeAll, describe, expect, test } from '@jest/globals';
import type { RunResult } from '../support/program.js';
import { useStandIn } from '../support/use-stand-in.js';
import { SITE, type Workspace } from '../support/workspace.js';
import { runLettingPersonSignIn } from './run-with-person.js';
import { copyOf } from './series.js';

/**
 * A round starts twenty processes and takes about five seconds on two processors. STRESS_ROUNDS gives another number:
 * a hundred take about nine minutes.
 */
const ROUNDS = Number(process.env.STRESS_ROUNDS ?? (process.env.TEST_ALL === '1' ? 20 : 3));
const ROUND_LIMIT_MS = 60_000;

const CROWD: readonly (readonly string[])[] = [
  ...Array.from({ length: 5 }, () => ['migrate', '--yes', '--json']),
  ...Array.from({ length: 4 }, () => ['revert-smtp', '--yes', '--json']),
  ...Array.from({ length: 5 }, (_, index) => setOrganisation(index)),
  ...Array.from({ length: 6 }, () => ['status', '--json']),
];

const { google, newComputer } = useStandIn();
let connected: Workspace;
let workspace: Workspace;

beforeAll(async () => {
  connected = await newComputer();
  await connected.addSite();
  const run = await runLettingPersonSignIn(connected, ['sign-in', '--json']);
  if (run.code !== 0) throw new Error(run.stdout + run.stderr);
});
const counted = new Map<string, number>();

describe('twenty runs at once on one site', () => {
  test(
    `${ROUNDS} rounds: nothing is corrupted, one test message proves it, and losers say who holds the site`,
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        workspace = await newComputer();
        await copyOf(connected)(workspace, round);
        await playRound();
      }
      process.stdout.write(`\n${ROUNDS} rounds of ${CROWD.length} runs: ${summary()}\n`);
    },
    ROUNDS * ROUND_LIMIT_MS,
  );

  test('while one stands still in its sign-in, all others are told so, and readers are served', async () => {
    workspace = await newComputer();
    await copyOf(connected)(workspace, 0);
    const holder = workspace.start(['migrate', '--yes', '--json', '--reauthenticate']);
    await workspace.nextUrl();
    holder.child.kill('SIGSTOP');
    const before = await workspace.record();
    const runs = await Promise.all(
      CROWD.map(async (args) => ({ args, run: await workspace.run(args) })),
    );
    for (const { args, run } of runs) {
      expect(problemOf(args, run)).toBeNull();
      expect(run.code).toBe(args[0] === 'status' ? 0 : 5);
      if (run.code === 5) {
        expect(run.error).toMatchObject({ code: 'site-busy', exitCode: 5 });
        expect(run.error?.message).toContain(
          `migrate" on this computer (process ${holder.child.pid},`,
        );
      }
    }
    expect(await workspace.record()).toEqual(before);
    holder.child.kill('SIGKILL');
    await holder.ended;
  }, 120_000);
});

async function playRound(): Promise<void> {
  const sentBefore = google.messages.length;
  const runs = await Promise.all(
    CROWD.map(async (args) => ({ args, run: await workspace.run(args) })),
  );
  for (const { args, run } of runs) {
    const name = args.slice(0, args[0] === 'site' ? 2 : 1).join(' ');
    count(`${name} ended with ${run.code}`);
    expect(problemOf(args, run)).toBeNull();
  }
  // Every migrate that came later found the proof of the first one.
  expect(google.messages.length - sentBefore).toBeLessThanOrEqual(1);
  expect(await workspace.record()).toMatchObject({ name: SITE, gmail: { tokenSlot: 'a' } });
  // Whoever won, nothing is left that stands in the way of the next run.
  const last = await workspace.run(['migrate', '--yes', '--json']);
  expect({ code: last.code, result: last.result }).toMatchObject({
    code: 0,
    result: { pathway: 'gmail', smtp: null },
  });
  expect(google.messages.length - sentBefore).toBe(1);
}

/** What is wrong with the end of a run, in words, or null. */
function problemOf(args: readonly string[], run: RunResult): string | null {
  if (run.code === 0 && run.result !== undefined) return null;
  const isReader = args[0] === 'status';
  const isTold =
    /is in use by "writeupp-mail [a-z -]+" on this computer \(process \d+, for \d+ s\)/;
  if (!isReader && run.code === 5 && isTold.test(String(run.error?.message))) return null;
  return `${args.join(' ')} ended with ${run.code}: ${run.stdout}${run.stderr}`;
}

function setOrganisation(index: number): string[] {
  return ['site', 'set', '--organisation', `Harbour Physio ${index}`, '--json'];
}

function count(what: string): void {
  counted.set(what, (counted.get(what) ?? 0) + 1);
}

function summary(): string {
  return [...counted].map(([what, times]) => `${what} (${times} times)`).join(', ');
}
