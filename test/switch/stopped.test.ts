/** Many sites, and Ctrl-C: each site is told once, or named as left, whatever was happening to it. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { EndedWith, interrupted, MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import { type ManyPorts, migrateMany } from '../../src/switch/queue.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { type Gate, MemorySites, openGate } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

const NAMES = Array.from({ length: 12 }, (_, index) => `practice-${index}`);

/** Runs until the one that stops it; the sites that were told, and those that are left. */
async function stoppedAt(
  stopping: string,
  migrate: (name: string, mayWait: boolean) => Promise<void>,
  given: Partial<ManyPorts> = {},
) {
  const told: string[] = [];
  const stop = new AbortController();
  const left = await migrateMany(NAMES, {
    read: async (name) => aSite({ name }),
    isDone: () => false,
    whyPerson: async () => null,
    accountOf: ({ name }) => name,
    async migrate(record, mayWait) {
      if (record.name === stopping) stop.abort();
      await migrate(record.name, mayWait);
      return { outcome: 'migrated', record };
    },
    told: ({ site }) => void told.push(site),
    onWait: () => undefined,
    now: () => new Date(),
    signal: stop.signal,
    parallel: 3,
    ...given,
  });
  return { told, left };
}

describe('after Ctrl-C', () => {
  const each = ({ told, left }: { told: string[]; left: string[] }) => [...told, ...left].sort();
  const ALL = NAMES.toSorted();

  test('those that were not begun are left, and those in hand are finished', async () => {
    const ended = await stoppedAt('practice-4', async () => undefined);
    expect(each(ended)).toEqual(ALL);
    expect(ended.told).toContain('practice-4');
    expect(ended.left).toContain('practice-11');
  });

  test('those in hand that did not get through are left as well', async () => {
    const ended = await stoppedAt('practice-4', async (name) => {
      if (name === 'practice-4') throw interrupted();
    });
    expect(each(ended)).toEqual(ALL);
    expect(ended.left).toContain('practice-4');
  });

  test('so is one that another run had, whose turn had not come again', async () => {
    const ended = await stoppedAt('practice-4', async (name, mayWait) => {
      if (name === 'practice-0' && !mayWait) throw new MailError('site-busy', 'Busy.', 'Wait.');
    });
    expect(each(ended)).toEqual(ALL);
    expect(ended.left).toContain('practice-0');
  });

  test('and one that waited for its turn in the quota of an account', async () => {
    const names = Array.from({ length: 70 }, (_, index) => `p${index}`);
    const told: string[] = [];
    const stop = new AbortController();
    const left = await migrateMany(names, {
      read: async (name) => aSite({ name }),
      isDone: () => false,
      whyPerson: async () => null,
      accountOf: () => 'info@x.example',
      migrate: async (record) => ({ outcome: 'migrated', record }),
      told: ({ site }) => void told.push(site),
      onWait: () => stop.abort(),
      now: () => new Date('2026-11-20T12:00:00.000Z'),
      ...{ signal: stop.signal, parallel: 3 },
    });
    expect([told.length, left.length]).toEqual([60, 10]);
    expect([...told, ...left].sort()).toEqual(names.toSorted());
  });
});

describe('the list of failures has a row for each site that was not done, stopped', () => {
  /** Runs `migrate --all` on sites that somebody has to sign in for. */
  async function run(given: (stop: AbortController, sites: MemorySites) => Partial<World>) {
    const folder = await mkdtemp(join(tmpdir(), 'stopped-'));
    try {
      const file = join(folder, 'left.csv');
      const [stop, sites, heard] = [new AbortController(), new MemorySites(), new Heard()];
      for (const name of NAMES) sites.put(aSite({ name, smtp: SMTP }));
      const client = async () => ({ id: 'client', secret: null });
      const expected = { signal: stop.signal, client, ...given(stop, sites) };
      const world = twin(expected, { sites, heard });
      const end = await runIn(world, 'migrate', '--all', '--yes', '--failures', file);
      const rows: Record<string, string>[] = parse(await readFile(file, 'utf8'), { columns: true });
      expect(rows.map(({ site }) => site).sort()).toEqual(NAMES.toSorted());
      return { end, codes: [...new Set(rows.map(({ code }) => code))], heard };
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test('before the first is begun', async () => {
    const { end, codes } = await run((stop, sites) => ({
      async sites() {
        stop.abort();
        return sites.viewOf('run', openGate, () => Promise.reject(new Error('nobody')));
      },
    }));
    expect(end).toBeInstanceOf(EndedWith);
    expect(end).toMatchObject({ exitCode: 130 });
    expect(codes).toEqual(['interrupted']);
  });

  test('while it was still looked who needs a person: none of them counts as done', async () => {
    const { end, heard } = await run((stop, sites) => {
      let reads = 0;
      const gate: Gate = async (call, work) => {
        if (call.startsWith('read ')) reads += 1;
        // Each site is read once: this is the last.
        if (reads === NAMES.length) stop.abort();
        return work();
      };
      const nobody = () => Promise.reject(new Error('nobody'));
      return { ask: person([]), sites: async () => sites.viewOf('run', gate, nobody) };
    });
    expect(end).toMatchObject({ exitCode: 130 });
    const told = heard.results.filter(({ outcome }) => outcome === 'needs-person').length;
    expect(told).toBeGreaterThan(0);
    expect(heard.results.at(-1)).toMatchObject({ ok: false, needsPerson: told });
  });

  test('in the first that a person signs in for: it has not failed, and no other is asked about', async () => {
    const asked: string[] = [];
    const { end, codes, heard } = await run((stop) => ({
      ask: person([
        [
          /^practice-/,
          (question: string) => {
            asked.push(question);
            stop.abort();
            return 'now';
          },
        ],
      ]),
    }));
    expect(end).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(codes).toEqual(['sign-in-needed']);
    expect(asked).toEqual(['practice-0:']);
    expect(heard.results.at(-1)).toMatchObject({ failed: 0, needsPerson: NAMES.length });
  });
});
