/**
 * The shared store under partitions: three computers with clocks of their own, each on a way that is cut at any
 * statement, also so that it arrives when nobody waits for it any more; processes are killed, the server restarts,
 * and an older copy of the database takes its place. What must hold is in partition-world.ts; that each fence is
 * needed is shown by test/model/mutants.test.ts.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mockGoogle } from '../model/memory-google.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { numbersFrom } from '../support/random.js';
import { describeWith } from '../support/system-part.js';

mockGoogle();
const { Computer, judge, KINDS, NAMES, Partitions, passwordOf } = await import(
  './partition-world.js'
);
const { addSite } = await import('../../src/sites/hold.js');

const RUNS = Number(process.env.PARTITION_RUNS ?? (process.env.TEST_ALL === '1' ? 4 : 1));
const SEED = Number(process.env.PARTITION_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** How far each computer's clock is ahead, in milliseconds. */
const CLOCKS = [0, 25_000, -25_000];
const COMMANDS = 6;

describeWith(['postgres'], 'a shared store under partitions', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.close());

  async function play(seed: number): Promise<string[]> {
    const random = numbersFrom(seed);
    const world = new Partitions(server, await server.newDatabase(), random);
    world.isCutting = false;
    const computers = CLOCKS.map((ahead) => new Computer(world, ahead));
    const [first, ...others] = computers;
    if (first === undefined) throw new Error('no computers');
    for (const computer of computers) await computer.start();
    for (const name of NAMES) {
      const smtp = { ...SMTP, host: 'first.example', password: null };
      const stores = {
        ...{ sites: async () => first.store, secrets: async () => first.team, command: 'site add' },
        ...{ signal: first.stop.signal, report: { note: () => undefined } },
      };
      await addSite(aSite({ name, smtp, login: 'j@practice.example' }), passwordOf(smtp), stores);
    }
    for (const [number, other] of others.entries()) {
      await first.team.add(`person ${number}`, (await other.team.list()).own ?? '');
    }
    await world.keepCopy();
    world.isCutting = true;
    let isOver = false;

    const working = computers.map(async (computer) => {
      for (let count = 0; count < COMMANDS; count += 1) {
        const kind = KINDS[Math.floor(random() ** 1.5 * KINDS.length)] ?? 'set';
        const site = NAMES[Math.floor(random() ** 2 * NAMES.length)] ?? 'harbour';
        const running = computer.run(kind, site);
        if (random() < 0.25) {
          const over = await Promise.race([running, sleep(random() * 400)]);
          if (over === undefined) {
            await computer.kill();
            await running;
            await computer.store.close().catch(() => undefined);
            world.isCutting = false;
            await computer.start();
            world.isCutting = true;
          }
        }
        await running;
      }
    });
    const arriving = (async () => {
      while (!isOver) {
        await sleep(150 + random() * 300);
        for (const { way } of computers) await way.letArrive();
      }
    })();
    const misfortunes = (async () => {
      const what = random();
      await sleep(random() * 1_500);
      if (what < 0.25) {
        await server.stop();
        await server.start();
      } else if (what < 0.5) {
        await world.keepCopy();
        await sleep(random() * 1_000);
        await world.failOver(computers);
      }
    })();
    await Promise.all([...working, misfortunes]);
    isOver = true;
    await arriving;
    for (const { way } of computers) await way.letArrive();
    world.isCutting = false;
    const judging = await new Computer(world, 0, first.keychain).start();
    const found = await judge(world, judging);
    // Whatever was left: the next run ends it.
    for (const name of NAMES) {
      const { error } = await judging.run('migrate', name);
      if (error !== null) found.push(`${name}: the next run ends with ${error.code ?? error}`);
    }
    found.push(...(await judge(world, judging)));
    // Nobody is told of a fault of the program.
    const known = [
      'site-busy',
      'network',
      'interrupted',
      'sign-in-needed',
      'invalid-settings',
      'storage',
    ];
    for (const { error, command } of world.ended) {
      if (
        error !== null &&
        !known.includes(error.code ?? '') &&
        !/Error: killed$/.test(String((error as { readonly cause?: unknown }).cause ?? error))
      ) {
        const { cause } = error as { readonly cause?: unknown };
        found.push(`${command} ends with ${error.code ?? error}: ${cause ?? error}`);
      }
    }
    for (const computer of [...computers, judging]) await computer.remove();
    return found;
  }

  test('nothing is lost, mixed up, done twice, or told that is not so', async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const seed = SEED + run;
      expect({ seed, found: await play(seed) }).toEqual({ seed, found: [] });
    }
  }, 1_800_000);
});
