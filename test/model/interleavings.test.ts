/**
 * Runs interleaved at random: two or three commands on one site, or on two that share a Google account, each stopped,
 * let on, failed, interrupted, killed or overtaken at any call of a port. What must hold is in world.ts; that each
 * fence is needed is shown by mutants.test.ts.
 *
 * Overtaken: the run stood still so long that its claim was lost, as one in PostgreSQL ends with its connection. What
 * it then does to records fails; a call to the keychain that had passed its check still happens.
 */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Command } from './commands.js';
import { mockGoogle } from './memory-google.js';
import type { Fate } from './run.js';
import { ACCOUNTS, ModelWorld } from './world.js';

mockGoogle();
const { CommandRun } = await import('./commands.js');

const RUNS = Number(process.env.MODEL_RUNS ?? (process.env.TEST_ALL === '1' ? 5_000 : 400));
/** A fence that was taken away is missed by any sequence that fails, however long: it need not be shortened. */
const IS_ONE_ENOUGH = process.env.MODEL_SHRINK === 'no';
const SITES = ['harbour', 'quay'];

/** What happens to the run that stands there then. */
type Event = Fate | 'overtaken' | 'interrupted' | 'ended-by-google';

/** For so many calls this run goes on, and then this happens. */
interface Stretch {
  readonly run: number;
  readonly calls: number;
  readonly event: Event;
}

const command: fc.Arbitrary<Command> = fc.record({
  kind: fc.constantFrom(
    ...(['migrate', 'migrate', 'migrate', 'sign-in', 'sign-in', 'sign-out', 'sign-out'] as const),
    ...(['revert-smtp', 'test-connection', 'set', 'set', 'remove', 'add', 'send'] as const),
  ),
  site: fc.constantFrom('harbour', 'harbour', 'harbour', 'quay'),
  account: fc.constantFrom(null, 0, 0, 1, 2),
  signsInAs: fc.constantFrom(0, 0, 1, 2),
  yes: fc.boolean(),
  reauthenticate: fc.boolean(),
  agrees: fc.constantFrom(true, true, false),
  arrived: fc.constantFrom(true, true, true, false),
});

const stretch: fc.Arbitrary<Stretch> = fc.record({
  run: fc.nat(2),
  calls: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 60 })),
  event: fc.constantFrom<Event>(
    ...(['done', 'done', 'done', 'done', 'overtaken', 'overtaken', 'killed'] as const),
    ...(['killed-after', 'failed', 'failed-after', 'interrupted', 'ended-by-google'] as const),
  ),
});

/** What was done before, in peace: so that most sequences begin at a site in use. */
const before = fc.array(command, { maxLength: 3 });
const together = fc.array(command, { minLength: 2, maxLength: 3 });
const schedule = fc.array(stretch, { minLength: 2, maxLength: 14 });

test('nothing is lost, mixed up or believed that was not proven', async () => {
  const seen = { proven: 0, askedFor: 0, busy: 0, overtaken: 0, killed: 0 };
  await fc.assert(
    fc.asyncProperty(before, together, schedule, (...sequence) => play(...sequence, seen)),
    { numRuns: RUNS, endOnFailure: IS_ONE_ENOUGH },
  );
  // All of it must have been met often, or little was tested.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(RUNS / 20);
}, 1_200_000);

/** The moments at which two sites can harm each other are short, and rare among all others. */
test('two sites share a Google account: one connects it while the other signs out', async () => {
  const seen = { proven: 0, askedFor: 0, busy: 0, overtaken: 0, killed: 0 };
  const cooperative = { account: 0, signsInAs: 0, yes: true, agrees: true, arrived: true };
  const of = (site: string, ...kinds: readonly Command['kind'][]): fc.Arbitrary<Command> =>
    fc
      .record({
        ...{ kind: fc.constantFrom(...kinds), site: fc.constant(site) },
        ...{ reauthenticate: fc.boolean(), signsInAs: fc.constantFrom(0, 1) },
      })
      .map((some) => ({ ...cooperative, ...some }));
  const connected = of('harbour', 'sign-in', 'migrate').map((one) => [one]);
  const both = fc.tuple(of('harbour', 'sign-out'), of('quay', 'sign-in', 'migrate'));
  const turns = fc.array(
    fc.record({
      run: fc.nat(1),
      calls: fc.integer({ min: 0, max: 24 }),
      event: fc.constant<Event>('done'),
    }),
    { minLength: 2, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(connected, both, turns, (...sequence) => play(...sequence, seen)),
    { numRuns: RUNS / 4, endOnFailure: IS_ONE_ENOUGH },
  );
  expect(seen.busy).toBeGreaterThan(RUNS / 80);
}, 1_200_000);

test('a sign-out that loses its claims before its very last call ends no permission that another site sends by', async () => {
  const cooperative = { account: 0, signsInAs: 0, yes: true, agrees: true, arrived: true };
  const one = (kind: Command['kind'], site: string): Command => ({
    ...{ ...cooperative, kind, site, reauthenticate: false },
  });
  const lostAt: string[] = [];
  for (let calls = 0; !lostAt.includes('revoke at Google'); calls += 1) {
    const world = new ModelWorld(SITES);
    await toTheEnd(world, one('sign-in', 'harbour'));
    const ending = new CommandRun(one('sign-out', 'harbour'), world);
    await ending.begin();
    for (let call = 0; call < calls; call += 1) await ending.go('done');
    lostAt.push(ending.standsAt ?? 'the end');
    world.sites.loseClaims(ending);
    // From here on it can't be helped: the request is on its way.
    if (ending.standsAt === 'revoke at Google') break;
    expect(await toTheEnd(world, one('migrate', 'quay'))).toBeNull();
    while (ending.standsAt !== null) await ending.go('done');
    expect({ calls, violations: [...world.violations] }).toEqual({ calls, violations: [] });
    expect(world.google.grants.filter(({ endedBy }) => endedBy !== null)).toEqual([]);
  }
  expect(lostAt).toEqual(expect.arrayContaining(['metadata of Google', 'confirm account']));
});

/** How often things happened, over all sequences. */
interface Seen {
  proven: number;
  askedFor: number;
  busy: number;
  overtaken: number;
  killed: number;
}

/** Plays one sequence, and judges it at every moment. */
async function play(
  first: readonly Command[],
  commands: readonly Command[],
  stretches: readonly Stretch[],
  seen: Seen,
): Promise<void> {
  const world = new ModelWorld(SITES);
  for (const one of first) await toTheEnd(world, one);
  expect([...world.violations]).toEqual([]);

  const runs = commands.map((one) => new CommandRun(one, world));
  for (const run of runs) await run.begin();
  for (const { run: index, calls, event } of stretches) {
    const run = runs[index % runs.length];
    if (run === undefined) continue;
    for (let call = 0; call < calls && run.standsAt !== null; call += 1) {
      await step(world, run, 'done');
    }
    await happen(world, run, event, seen);
  }
  // All go on, in turns, to the end.
  while (runs.some(({ standsAt }) => standsAt !== null)) {
    for (const run of runs) await step(world, run, 'done');
  }
  const codes = runs.map(({ outcome }) => (outcome as { code?: string } | null)?.code);
  if (codes.includes('site-busy')) seen.busy += 1;
  // Nobody is ever told of a fault of the program, unless the record changed behind it.
  if (!world.isOvertaken) expect(codes).not.toContain('internal');
  expect([...world.violations]).toEqual([]);
  seen.proven += world.deleted.proven;
  seen.askedFor += world.deleted.askedFor;
  await expectNextRunsToGetThere(world);
}

type RunOfCommand = InstanceType<typeof CommandRun>;

async function step(world: ModelWorld, run: RunOfCommand, fate: Fate): Promise<void> {
  await run.go(fate);
  if (run.standsAt === null) world.sites.loseClaims(run);
  await world.judge();
}

async function happen(
  world: ModelWorld,
  run: RunOfCommand,
  event: Event,
  seen: Seen,
): Promise<void> {
  if (event === 'ended-by-google') return world.google.end(ACCOUNTS[0]?.subject ?? '', 'outside');
  if (run.standsAt === null) return;
  if (event === 'interrupted') return run.stop.abort();
  if (event === 'overtaken') {
    if (!world.sites.loseClaims(run)) return;
    world.isOvertaken = true;
    run.lose();
    seen.overtaken += 1;
  } else {
    await step(world, run, event);
    if (event.startsWith('killed')) seen.killed += 1;
  }
}

async function toTheEnd(world: ModelWorld, command: Command): Promise<unknown> {
  const run = new CommandRun(command, world);
  await run.begin();
  while (run.standsAt !== null) await step(world, run, 'done');
  return run.outcome;
}

/** The next commands find nothing in their way, and leave nothing behind. */
async function expectNextRunsToGetThere(world: ModelWorld): Promise<void> {
  const cooperative = {
    account: 0,
    signsInAs: 0,
    yes: true,
    reauthenticate: false,
    agrees: true,
    arrived: true,
  };
  for (const site of SITES) {
    const isThere = world.sites.get(site) !== null;
    if (!isThere && !world.isOvertaken) expect(world.orphans(site)).toEqual([]);
    if (!isThere) expect(await toTheEnd(world, { ...cooperative, kind: 'add', site })).toBeNull();
    // The first command that opens the store clears what nothing accounts for.
    await toTheEnd(world, { ...cooperative, kind: 'test-connection', site });
    expect(world.orphans(site)).toEqual([]);
    expect(await toTheEnd(world, { ...cooperative, kind: 'migrate', site })).toBeNull();
    expect(world.orphans(site)).toEqual([]);
    expect(world.sites.get(site)).toMatchObject({
      smtp: null,
      gmail: { email: ACCOUNTS[0]?.email },
    });
  }
  expect([...world.violations]).toEqual([]);
}
